"""The walk of docs/policies.md: each command prints the lines that the page shows.

The page begins with 300 models of 100 versions, which `make policies` starts. A test run starts fewer models, and then
numbers are not compared.
"""

import os
import re
import shlex
from fnmatch import fnmatchcase

import pytest
from tests.project.markdown import blocks
from tests.trees import ROOT
from typer.testing import CliRunner

from expunge.cli.app import application
from expunge.sandbox import Sandbox
from expunge.sandbox.fleet import Size

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "policies.md"
SHOWN = Size.parse("300x100")
FLEET = SHOWN if "EXPUNGE_POLICIES" in os.environ else Size(60, 100)


def steps():
    """Yield each command of the page with the lines that it shows."""
    for block in blocks(PAGE, "console"):
        command, lines = "", []
        for line in block.text.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, lines
                command, lines = line.removeprefix("$ "), []
            else:
                lines.append(line)
        yield command, lines


def comparable(line):
    """Return *line* without its numbers if the fleet is a smaller one."""
    return line if FLEET == SHOWN else re.sub(r"[0-9]+", "#", line)


def left_after(pattern, lines):
    """Return the lines after the first one that fits *pattern*; None if none does."""
    wanted = comparable(re.sub(r"([\[*?])", r"[\1]", pattern)).replace("…", "*")
    for number, line in enumerate(lines):
        if fnmatchcase(comparable(line), wanted):
            return lines[number + 1 :]
    return None


def test_the_walk_goes_as_the_page_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (first, *_) = blocks(PAGE, "yaml")
    policy = tmp_path / "policy.yaml"
    policy.write_text(first.text, encoding="utf-8")
    assert f"--fleet {SHOWN.models}x{SHOWN.versions}" in PAGE.read_text(encoding="utf-8")

    with Sandbox(fleet=FLEET) as sandbox:
        for command, shown in steps():
            program, *arguments = shlex.split(command)
            if program == "sed":
                old, new = arguments[1].split("/")[1:3]
                policy.write_text(policy.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
                continue
            environ = sandbox.environ | {"XDG_STATE_HOME": str(tmp_path)}
            done = CliRunner().invoke(application(arguments), arguments, env=environ)
            assert done.exit_code == 0, f"{command}\n{done.output[-2_000:]}{done.exception!r}"
            left = done.output.splitlines()
            for line in shown:
                if line == "…":
                    continue
                after = left_after(line, left)
                assert after is not None, f"{command} does not print {line!r}; its last lines: {left[-5:]}"
                left = after
            assert not left or shown[-1] == "…", f"{command} also prints {left[:5]}"
