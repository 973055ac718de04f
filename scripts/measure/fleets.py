"""Memory of the commands of a plan: over a fleet of 300 models, in relation to a fleet of 30.

Each command is a process of its own; the stand-ins of both fleets are in this one.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from expunge.sandbox import Sandbox
from expunge.sandbox.fleet import OWNER, REPOS, Size

from .processes import peak_of
from .rows import Figure, Row

_FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "measured-plans"
_FEW, _MANY = Size(30, 100), Size(300, 100)
_AT_MOST = 40
"""Versions that are deleted: the plan still has all that were read."""

_COMMANDS = {
    "plan": "plan --policy old.yaml -o old.json",
    "report": "report new.json",
    "report --markdown": "report new.json --markdown",
    "report --html": "report new.json --html page.html",
    "diff": "diff old.json new.json",
    "execute": "execute some.json --yes --journal run.journal",
}
_BEFORE = {
    "report": "plan --policy new.yaml -o new.json",
    "execute": f"plan --policy new.yaml --at-most {_AT_MOST} -o some.json",
}
"""Commands without a row, each before the command with that name."""

_TARGET = 1.15


def fleet_rows() -> Iterator[Row]:
    """Measure each command over both fleets, from empty folders."""
    few, many = _peaks(_FEW), _peaks(_MANY)
    for name in _COMMANDS:
        what = f"memory of `expunge {name}`, {_MANY.models} models of {_MANY.versions} versions"
        yield Row(what, f"{_FEW.models} models", Figure.once(many[name] / few[name]), None, "≤", _TARGET)


def _peaks(size: Size) -> Mapping[str, float]:
    """Return the most memory of each command, in MiB."""
    folder = _FOLDER / f"{size.models}x{size.versions}"
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, count in (("old", 50), ("new", 40)):
        (folder / f"{name}.yaml").write_text(_policy(size, count), encoding="utf-8")
    peaks: dict[str, float] = {}
    with Sandbox(fleet=size) as sandbox:
        environ = {"PATH": os.defpath, "NO_PROXY": "127.0.0.1", "XDG_STATE_HOME": str(folder), **sandbox.environ}
        for name, command in _COMMANDS.items():
            if name in _BEFORE:
                peak_of(_BEFORE[name].split(), folder, environ)
            peaks[name] = peak_of(command.split(), folder, environ)
    return peaks


def _policy(size: Size, count: int) -> str:
    """Return a policy for the complete fleet that keeps *count* versions of each model."""
    models = [*(f"truefoundry:{repo}/*" for repo in REPOS), "baseten:*", f"cerebras:{OWNER}/*"]
    models += [f"replicate:{OWNER}/model-{number:03}" for number in range(1, size.models // 4 + 1)]
    listed = ", ".join(f'"{model}"' for model in models)
    limits = f"{{max_delete: {size.models * size.versions}}}"
    return f"version: 1\nrules:\n  - models: [{listed}]\n    keep: {{last: {count}}}\nlimits: {limits}\n"
