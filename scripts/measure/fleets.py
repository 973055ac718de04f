"""Memory of the commands of a plan: over a fleet of 300 models, in relation to a fleet of 30.

Each command is a process of its own, and so are the stand-ins of each fleet.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from .processes import peak_of, sandbox
from .rows import Figure, Row

_FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "measured-plans"
_FEW, _MANY, _VERSIONS = 30, 300, 100
_LISTED = (
    "truefoundry:fraud-repo/*",
    "truefoundry:credit-repo/*",
    "truefoundry:pricing-repo/*",
    "baseten:*",
    "cerebras:acme/*",
)
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
        what = f"memory of `expunge {name}`, {_MANY} models of {_VERSIONS} versions"
        yield Row(what, f"{_FEW} models", Figure.once(many[name] / few[name]), None, "≤", _TARGET)


def _peaks(models: int) -> Mapping[str, float]:
    """Return the most memory of each command, in MiB."""
    folder = _FOLDER / f"{models}x{_VERSIONS}"
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, count in (("old", 50), ("new", 40)):
        (folder / f"{name}.yaml").write_text(_policy(models, count), encoding="utf-8")
    peaks: dict[str, float] = {}
    with sandbox(f"{models}x{_VERSIONS}") as variables:
        environ = {"PATH": os.defpath, "NO_PROXY": "127.0.0.1", "XDG_STATE_HOME": str(folder), **variables}
        for name, command in _COMMANDS.items():
            if name in _BEFORE:
                peak_of(_BEFORE[name].split(), folder, environ)
            peaks[name] = peak_of(command.split(), folder, environ)
    return peaks


def _policy(models: int, count: int) -> str:
    """Return a policy for the complete fleet that keeps *count* versions of each model."""
    # Replicate has no list of models, so they are named.
    named = (f"replicate:acme/model-{number:03}" for number in range(1, models // 4 + 1))
    listed = ", ".join(f'"{model}"' for model in (*_LISTED, *named))
    rule = f"  - models: [{listed}]\n    keep: {{last: {count}}}\n"
    return f"version: 1\nrules:\n{rule}limits: {{max_delete: {models * _VERSIONS}}}\n"
