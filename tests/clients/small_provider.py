"""An invented provider, built by the real pipeline from whatever spec a test gives it."""

import json
import os
from pathlib import Path
from typing import Any

from tests.forks import PROGRAMS

from clients.build import BuildError

# An overlay must have an action; this one corrects nothing.
_OVERLAY = {
    "overlay": "1.1.0",
    "info": {"title": "Nothing to correct", "version": "1"},
    "actions": [
        {
            "target": "$.info",
            "description": "Say that this is small.",
            "x-source": "invented",
            "x-expect-matches": 1,
            "update": {"x-small": True},
        }
    ],
}


def build_provider(spec: dict[str, Any], root: Path) -> Path:
    """Build the client of the provider `small`, which has *spec*, below *root*; give the folder to import it from."""
    files = {"specs/small.yaml": spec, "specs/provenance.json": {}, "overlays/small.overlay.yaml": _OVERLAY}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(json.dumps(content), encoding="utf-8")
    # In a fork, which recalls how it hardened an equal module.
    done = PROGRAMS.run([Path(__file__).with_name("build_root.py"), root], env=os.environ)
    if done.returncode != 0:
        raise BuildError(done.stderr.removesuffix("\n"))
    return root / "generated"
