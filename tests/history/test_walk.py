"""One change of a provider after another goes in, and the tree stays green: the pipeline, the product and its tests.

`make history` walks the steps in a clone, each by `make update`. Then `make check` passes there, and so do the quick
tests of all that reads specs, overlays, clients or notes; with COMPLETE=1, `make test` does. Here the steps are only
held against the frozen overlays.
"""

import os
import re
import subprocess

import pytest
from tests.history.steps import STEPS, after
from tests.packaging.repository import environment
from tests.trees import FROZEN, ROOT

import expunge
from overlay.document import read_file
from spec.normalised import normalise

WALKS = os.environ.get("EXPUNGE_HISTORY", "")
READERS = ("changed", "clients", "contract", "generated", "library", "overlay", "project", "rules", "sandbox", "spec")
PROVIDERS = sorted(path.stem for path in (FROZEN / "specs").glob("*.yaml"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_all_steps_at_once_fit_the_overlay(provider, tmp_path):
    """Else the walk would be refused at one of them."""
    spec = read_file(FROZEN / "specs" / f"{provider}.yaml")
    for folder in ("specs", "overlays"):
        (tmp_path / folder).mkdir()
    text = (FROZEN / "overlays" / f"{provider}.overlay.yaml").read_text(encoding="utf-8")
    (tmp_path / "overlays" / f"{provider}.overlay.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "specs" / f"{provider}.yaml").write_text(after(spec, *STEPS), encoding="utf-8")

    document = normalise(provider, tmp_path)

    assert document["info"]["description"] == "An interface, described in other words."
    assert len(document["paths"]) < len(STEPS)


def test_each_step_changes_some_spec():
    specs = [read_file(FROZEN / "specs" / f"{provider}.yaml") for provider in PROVIDERS]

    assert [step.__name__ for step in STEPS if all(after(spec, step) == after(spec) for spec in specs)] == []


@pytest.mark.skipif(not WALKS, reason="only `make history` walks")
def test_after_each_step_of_each_provider_the_clone_is_green(tmp_path):
    clone = tmp_path / "clone"
    run(tmp_path, "git", "clone", "--quiet", ROOT, clone)
    for provider in expunge.PROVIDERS:
        for step in STEPS:
            path = clone / "specs" / f"{provider}.yaml"
            spec = tmp_path / f"{provider}.json"
            spec.write_text(after(read_file(path), step), encoding="utf-8")
            done = run(clone, "make", "update", f"PROVIDER={provider}", f"FROM={spec}")
            assert "no change" in done.stdout or "The types of the facade fit the new client." in done.stderr
            assert not re.search("^breaking", done.stdout, re.MULTILINE), f"{provider}, {step.__name__}: {done.stdout}"
        run(clone, "git", "add", "--all")
        run(clone, "git", "commit", "--quiet", "--message", f"Walk {provider}")

    run(clone, "make", "check")
    if WALKS == "complete":
        run(clone, "make", "test")
    else:
        run(clone, ".venv/bin/python", "-m", "pytest", "-q", "-m", "not slow", *(f"tests/{name}" for name in READERS))


def run(folder, *command):
    # Without the variable: `make test` in the clone would take a walk of its own, and that one another.
    kept = {name: value for name, value in environment().items() if name != "EXPUNGE_HISTORY"}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
    return done
