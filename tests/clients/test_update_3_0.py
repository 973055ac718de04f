"""A page of OpenAPI 3.0 is taken in by `make update`, if the overlay asks to convert it."""

import json
from pathlib import Path

import pytest
from tests.clients.test_update import HEADING, SPEC, git, state, update
from tests.trees import change, program

pytestmark = pytest.mark.slow

OVERLAY = Path("overlays", "baseten.overlay.yaml")
FIELD = "          title: Deleted\n          type: boolean\n"
NULLABLE = f"{FIELD}        note:\n          type: string\n          nullable: true\n"


def test_a_page_of_openapi_3_0_is_converted_where_the_overlay_asks_for_it(tree, tmp_path):
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "before")
    before = (tree / SPEC).read_text(encoding="utf-8")
    text = before.replace("openapi: 3.1.0", "openapi: 3.0.3").replace(FIELD, NULLABLE)
    old, new = tmp_path / "3.1.md", tmp_path / "3.0.md"
    for path, spec in ((old, before), (new, text)):
        path.write_text(f"{HEADING}````yaml delete /v1\n{spec}````\n", encoding="utf-8")
    untouched = state(tree)

    refused = update(tree, new)
    assert refused.returncode == 2
    assert "state x-convert-from: '3.0' in the overlay" in refused.stderr
    assert state(tree) == untouched

    change(tree / OVERLAY, "x-operations:\n", "x-convert-from: '3.0'\nx-operations:\n")
    done = update(tree, new)

    assert done.returncode == 0, done.stderr
    assert "compatible     baseten      schemas.ModelTombstoneV1.note: field added" in done.stdout
    assert (tree / SPEC).read_text(encoding="utf-8") == text
    entry = json.loads((tree / "specs" / "provenance.json").read_text(encoding="utf-8"))["specs/baseten.yaml"]
    assert entry["converted"] == "from OpenAPI 3.0.3 to 3.1.0 before the overlay, which states x-convert-from"
    model = tree / "generated/expunge_clients/baseten/models/model_tombstone_v1.py"
    assert "note: None | str | Unset" in model.read_text(encoding="utf-8")
    assert program(tree, "generate", "--check").returncode == 0
    assert "no change" in update(tree, new).stdout

    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "Take in OpenAPI 3.0")
    back = update(tree, old)
    assert back.returncode == 2
    assert "'x-convert-from' asks to convert OpenAPI 3.0; " in back.stderr

    change(tree / OVERLAY, "x-convert-from: '3.0'\n", "")
    done = update(tree, old)
    assert done.returncode == 0, done.stderr
    entry = json.loads((tree / "specs" / "provenance.json").read_text(encoding="utf-8"))["specs/baseten.yaml"]
    assert "converted" not in entry
