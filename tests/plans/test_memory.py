"""Memory hardly grows with the number of versions in a plan: those of one model are in memory at a time."""

import io
import tracemalloc
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta

import pytest

import expunge
from expunge.cli.approval_page.markdown import difference_as_markdown, plan_as_markdown
from expunge.cli.approval_page.render import pieces_of
from expunge.cli.plans.table import notes_of, print_plan, summary_of
from expunge.plans import window
from expunge.plans.difference import difference
from expunge.plans.plan import PlannedModel
from expunge.plans.retention import choose
from expunge.plans.selection import Selection
from expunge.providers import Capabilities

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
FEW, MANY, VERSIONS = 2, 8, 100
MOST_BYTES = 100
"""Bytes that each further version may take: a fifth of what its object takes."""
DATED = Capabilities(creation_times=True, aliases=True)


def planned(model, keep_last):
    ref = f"truefoundry:fraud-repo/model-{model:03}"
    versions = [
        expunge.Version(ref=f"{ref}@{number}", created_at=NOW - timedelta(days=1_000 - number), status="READY")
        for number in range(1, VERSIONS + 1)
    ]
    return PlannedModel(ref=ref, choices=choose(versions, Selection(keep_last=keep_last), DATED, NOW))


def plan_over(models, keep_last=50):
    return expunge.Plan(
        models=tuple(planned(model, keep_last) for model in range(models)),
        selection=Selection(keep_last=keep_last, max_delete=100_000),
        origins={"truefoundry": "https://app.example.com"},
        created_at=NOW,
        created_by="ana on build-7",
    )


class Nowhere(io.StringIO):
    """A pipe that keeps nothing."""

    def write(self, text):
        return len(text)


def shown(path):
    plan = expunge.Plan.load(path)
    with redirect_stdout(Nowhere()):
        print_plan(plan)
    return len(notes_of(plan)), summary_of(plan)


def drain(pieces):
    return sum(map(len, pieces))


WORK = {
    "made": lambda models, old, _new: plan_over(models).save(old.with_name("saved.json")),
    "shown": lambda _models, old, _new: shown(old),
    "as-markdown": lambda _models, old, _new: drain(plan_as_markdown(expunge.Plan.load(old))),
    "as-a-page": lambda _models, old, _new: drain(pieces_of(expunge.Plan.load(old))),
    "compared": lambda _models, old, new: drain(
        difference_as_markdown(difference(expunge.Plan.load(old), expunge.Plan.load(new)))
    ),
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """The files of two plans each over few models and over many; another rule changes the reason of every version."""
    folder = tmp_path_factory.mktemp("plans")
    for models in (FEW, MANY):
        plan_over(models).save(folder / f"{models}-old.json")
        plan_over(models, keep_last=40).save(folder / f"{models}-new.json")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_a_further_version_of_a_plan_takes_a_few_bytes(work, plans, monkeypatch):
    """The first run pays for what is loaded once."""
    monkeypatch.setattr(window, "_PIECE", 1 << 12)  # so that small plans are read in several pieces
    peaks = {}
    for models in (FEW, FEW, MANY):
        tracemalloc.start()
        work(models, plans / f"{models}-old.json", plans / f"{models}-new.json")
        peaks[models] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert (peaks[MANY] - peaks[FEW]) / ((MANY - FEW) * VERSIONS) < MOST_BYTES
