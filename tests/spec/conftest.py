"""A provider whose spec and overlay a test gives."""

import json

import pytest
from tests.spec.small_spec import action

from spec.normalised import normalise


@pytest.fixture
def normalised(tmp_path):
    """Normalise a spec of the provider `small`, with an overlay that takes one operation and has these *actions*."""

    def run(document, *actions, operations=("GET /things",), before=None, extra=()):
        for folder in ("specs", "overlays"):
            (tmp_path / folder).mkdir()
        overlay = {
            "overlay": "1.1.0",
            "info": {"title": "t", "version": "1"},
            "x-operations": list(operations),
            **dict(extra),
            "actions": [*actions] or [action("$.info", {"x-small": True})],
        }
        (tmp_path / "specs" / "small.yaml").write_text(json.dumps(document), encoding="utf-8")
        (tmp_path / "overlays" / "small.overlay.yaml").write_text(json.dumps(overlay), encoding="utf-8")
        old = None
        if before is not None:
            old = tmp_path / "old.yaml"
            old.write_text(json.dumps(before), encoding="utf-8")
        return normalise("small", tmp_path, old)

    return run
