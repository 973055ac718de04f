"""A random history: one change after another, each judged by the report and by the clients before and after.

The grammar of the changes and the oracle know no rule of the report, and no test of the report knows them.
"""

import contextlib
import io
import shutil
import tempfile
import warnings
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.held_out import changes_of_operations, changes_of_schemas
from tests.held_out.building import build_tree, write_templates
from tests.held_out.harbours import Document, harbour
from tests.held_out.oracle import Provider, broken
from tests.held_out.values import forget

from changed.trees import compare_trees
from clients.errors import BuildError
from spec.normalised import NormaliseError

CHANGES = (*changes_of_schemas.CHANGES, *changes_of_operations.CHANGES)
STEPS = 10
"""The changes of one history; a longer one wears its document out."""


@dataclass(frozen=True)
class Verdict:
    """One change: its place, what it broke, and the lines of the report. `refused` holds why it was not taken in."""

    seed: int
    step: int
    change: str
    problems: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    refused: str = ""

    @property
    def breaking_lines(self) -> int:
        """The number of breaking lines in the report."""
        return sum(line.startswith("breaking") for line in self.lines)

    def __str__(self) -> str:
        lines = "\n".join((*(f"  broken: {each}" for each in self.problems), *(f"  {line}" for line in self.lines)))
        return f"seed {self.seed}, step {self.step}, {self.change}:\n{lines}"


def mutated(rng: Random, document: Document) -> tuple[str, Document]:
    """Return the name of a random change, and *document* after it."""
    while True:
        change = rng.choice(CHANGES)
        changed = deepcopy(document)
        if change(rng, changed):
            return change.__name__, changed


def walk(seed: int) -> list[Verdict]:
    """Return the verdicts on the changes of one random history."""
    rng = Random(seed)  # noqa: S311 - the same history every time
    found: list[Verdict] = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        templates = write_templates(Path(folder, "templates"))
        document, old = harbour(rng), None
        for step in range(STEPS + 1):
            name, after = mutated(rng, document) if step else ("nothing", document)
            root = Path(folder, str(step))
            try:
                new = Provider(build_tree(after, root, templates), root / "generated", f"held_out_{seed}_{step}")
            except (NormaliseError, BuildError) as error:
                found.append(Verdict(seed, step, name, refused=str(error)))
                if old is None:
                    return found
                continue
            if old is not None:
                lines = compare_trees(old.root, root).lines()
                found.append(Verdict(seed, step, name, tuple(broken(old, new)), tuple(lines)))
                old.forget()
                forget()
                shutil.rmtree(old.root)
            document, old = after, new
        old.forget()
    return found
