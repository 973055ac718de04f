"""`make add-provider`: from the spec of a delete to a provider that deletes, with the suites of all others.

The registry of registry.yaml is invented, in a shape that model registries have in common. It is added to a copy of
the tree. Here some of its suites run; `make fifth` runs all of them.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
from tests.trees import ROOT, complete_tree, program

from clients.scaffold.operation import ScaffoldError, find_deletion
from clients.scaffold.overlay import write_overlay
from clients.scaffold.sources import REGISTERED, write_sources
from overlay.document import read_file
from spec.normalised import normalise, operations

REGISTRY = Path(__file__).with_name("registry.yaml")
SPEC = read_file(REGISTRY)
DELETE = "/v1/models/{name}/versions/{version}"
RUNS_ALL = "EXPUNGE_FIFTH" in os.environ
SOME = ("tests/contract/test_outcomes.py", "tests/faults/test_scenarios.py")
SUITES = ("tests/contract", "tests/faults", "tests/truth")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Return a copy of the tree to which the invented registry was added, and what that printed."""
    tree = complete_tree(tmp_path_factory.mktemp("fifth") / "tree")
    return tree, program(tree, "add_provider", "registry", str(REGISTRY))


def in_house(tree, *command):
    """Run a module of the environment with the copy's own packages."""
    path = os.pathsep.join(str(tree / part) for part in ("generated", "src"))
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.mark.slow
def test_one_command_leaves_a_provider_that_deletes_on_the_sandbox(house):
    tree, done = house

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("registry:churn@2: deleted")
    assert "nothing has changed" in program(tree, "generate").stdout
    in_house(tree, "ruff", "check", "--no-cache", "src")
    in_house(tree, "ruff", "format", "--no-cache", "--check", "src")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suites", "chosen", "least"),
    [
        pytest.param(SOME, "registry and (outcomes or documented or 500)", 60, id="some"),
        pytest.param(SUITES, "registry", 340, id="all", marks=pytest.mark.skipif(not RUNS_ALL, reason="`make fifth`")),
    ],
)
def test_its_suites_are_collected_and_pass(suites, chosen, least, house):
    tree, _ = house

    ran = in_house(tree, "pytest", "-q", *suites, "-k", chosen)

    passed = re.search(r"(\d+) passed", ran)
    assert passed is not None
    assert int(passed[1]) >= least


def changed(**changes):
    """Return the registry's spec with another delete."""
    spec = deepcopy(SPEC)
    spec["paths"][DELETE]["delete"] |= changes
    return spec


BODY = {"type": "object", "required": ["deleted"], "properties": {"deleted": {"type": "boolean"}}}


def answers(status, schema=None):
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    return {"responses": {status: {"description": "It is gone.", **content}}}


def page():
    """Return the spec of one page: nothing but the delete, with parameters of its own."""
    spec = deepcopy(SPEC)
    item = spec["paths"].pop(DELETE)
    delete = {**item["delete"], "parameters": item["parameters"]}
    return {**spec, "paths": {"/v1/{org-name}/models/{modelId}/versions/{version}": {"delete": delete}}, "components": {
        "securitySchemes": spec["components"]["securitySchemes"],
    }}  # fmt: skip


def page_of_three():
    spec = page()
    (item,) = spec["paths"].values()
    texts = {"in": "path", "required": True, "schema": {"type": "string"}}
    item["delete"]["parameters"] = [{"name": name, **texts} for name in ("org-name", "modelId", "version")]
    return spec


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param(SPEC, 'return Verdict("deleted" if answer.is_empty else "uncertain")', id="204"),
        pytest.param(changed(**answers("202")), 'Verdict("accepted" if answer.is_empty', id="202"),
        pytest.param(changed(**answers("200", BODY)), 'body.get("deleted") is True', id="deleted-true"),
        pytest.param(changed(**answers("200", {"type": "object"})), 'Verdict("acknowledged")', id="some-body"),
        pytest.param(page_of_three(), "ORG_NAME/MODEL_ID@VERSION", id="one-page"),
    ],
)
def test_a_documented_success_becomes_its_meaning(spec, words, tmp_path):
    """The overlay makes one valid document with the spec, and the sources are Python."""
    package = Path(shutil.copytree(ROOT / "src" / "expunge", tmp_path / "src" / "expunge"))
    deletion = find_deletion(spec)
    text, reads = write_overlay("fifth", "a page", spec, deletion)
    for name, content in (("specs/fifth.yaml", json.dumps(spec)), ("overlays/fifth.overlay.yaml", text)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content, encoding="utf-8")

    write_sources(package, "fifth", spec, deletion, reads)

    found = {operation["operationId"] for *_, operation, _ in operations(normalise("fifth", tmp_path))}
    assert found == {"delete_version", "get_version", "list_versions"}
    adapter = (package / "providers" / "fifth.py").read_text(encoding="utf-8")
    assert words in adapter
    ast.parse(adapter)
    ast.parse((package / "sandbox" / "fifth.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param({**SPEC, "paths": {}}, "0 operations delete something below a model: none", id="none"),
        pytest.param(
            {**SPEC, "paths": {**SPEC["paths"], "/v2/{a}/{b}": SPEC["paths"][DELETE]}},
            "2 operations .*OPERATION='DELETE /path'",
            id="two",
        ),
        pytest.param(changed(requestBody={}), "takes a body", id="body"),
        pytest.param(changed(responses={"404": {"description": "gone"}}), "documents no success", id="no-success"),
        pytest.param(changed(security=[]), "no security scheme", id="no-scheme"),
        pytest.param({**SPEC, "servers": [{"url": "https://x.example.com/v1"}]}, "has a path", id="path-in-server"),
    ],
)
def test_a_spec_with_which_no_provider_can_be_begun_is_refused(spec, words):
    with pytest.raises(ScaffoldError, match=words):
        find_deletion(spec)


@pytest.mark.parametrize(
    ("name", "words"), [("baseten", "is a provider already"), ("Acme-1", "cannot name a provider")]
)
def test_a_name_that_cannot_be_added_changes_nothing(name, words):
    done = program(ROOT, "add_provider", name, str(REGISTRY))

    assert done.returncode == 2
    assert words in done.stderr


def test_a_sixth_provider_can_be_registered_after_the_fifth(tmp_path):
    package = Path(shutil.copytree(ROOT / "src" / "expunge", tmp_path / "expunge"))
    deletion = find_deletion(SPEC)
    _, reads = write_overlay("fifth", "a page", SPEC, deletion)

    for name in ("fifth", "sixth"):
        write_sources(package, name, SPEC, deletion, reads)

    for module in REGISTERED:
        text = (package / module).read_text(encoding="utf-8")
        ast.parse(text)
        assert "fifth" in text.lower()
        assert "sixth" in text.lower()
