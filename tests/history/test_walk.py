"""One change of a provider after another goes in, and the tree stays green: the pipeline, the product and its tests.

`make history` walks the steps in a clone, each by `make update`, and then runs `make check` and `make test` there. Here
the steps are only held against the frozen overlays.
"""

import os
import subprocess

import pytest
from tests.history.steps import STEPS, after
from tests.packaging.repository import environment
from tests.trees import FROZEN, ROOT

import expunge
from overlay.document import read_file
from spec.normalised import normalise

WALKS = "EXPUNGE_HISTORY" in os.environ
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
            run(clone, "make", "update", f"PROVIDER={provider}", f"FROM={spec}")
        run(clone, "git", "add", "--all")
        run(clone, "git", "commit", "--quiet", "--message", f"Walk {provider}")

    run(clone, "make", "check")
    run(clone, "make", "test")


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
