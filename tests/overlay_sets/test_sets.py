"""Overlays give what sets of the standard's community say; `make overlays` fetches them.

A set is a document, an overlay and the result. The npm package (github.com/lornajane/openapi-overlays-js, Apache-2.0)
ships eight; the Overlay Specification's own `compliant-sets` (github.com/OAI/Overlay-Specification) have the same form,
and are in no package.
"""

import json
import os
from pathlib import Path

import pytest

from overlay.document import apply_overlay, read_file, read_overlay

PACKAGES = os.environ.get("EXPUNGE_OVERLAY_SETS")
LOCK = Path(__file__).with_name("package-lock.json")
SETS = [
    ("petstore", "overlay", "output1"),
    ("town", "building-description", "town-building-description"),
    ("town", "update-root", "town-root-updated"),
    ("town", "remove-example", "town-remove-example"),
    ("town", "remove-properties", "town-remove-properties"),
    ("town", "remove-descriptions", "town-remove-descriptions"),
    ("openapi-with-servers", "remove-server", "one-less-server"),
    ("responses", "remove-responses", "remove-responses"),
]


@pytest.mark.skipif(not PACKAGES, reason="EXPUNGE_OVERLAY_SETS names no folder; `make overlays` sets it")
@pytest.mark.parametrize(("document", "overlay", "result"), SETS, ids=lambda name: name)
def test_an_overlay_gives_the_result_of_its_set(document, overlay, result):
    folder = Path(PACKAGES, "openapi-overlays-js", "test")
    actions = read_overlay(read_file(folder / "overlays" / f"{overlay}.yaml"))

    found = apply_overlay(actions, read_file(folder / "openapi" / f"{document}.yaml"))

    assert found == read_file(folder / "expected" / f"{result}.yaml")


def test_the_lock_holds_hashes_and_names_no_registry():
    packages = {name: entry for name, entry in json.loads(LOCK.read_text("utf-8"))["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
