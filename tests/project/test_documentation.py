"""The documentation runs: its Python and its commands, each against a sandbox; and it names only what there is."""

import ast
import io
import os
import re
import shlex
import subprocess
import sys
import tokenize
from fnmatch import fnmatchcase
from itertools import pairwise

import pytest
import typer
from tests.project.markdown import DOCUMENTS, anchors, blocks, code, links
from tests.trees import ROOT

from expunge.cli.app import COMMANDS as PROGRAM
from expunge.cli.app import application
from expunge.sandbox import Sandbox

pytestmark = pytest.mark.slow

COMMAND_LINE = ROOT / "docs" / "command-line.md"
PYTHON = [block for path in DOCUMENTS for block in blocks(path, "python")]
CODE = [piece for path in DOCUMENTS for piece in code(path)]
COMMANDS = [piece for piece in CODE if re.match(r"(\$ )?expunge( [a-z-]|$)", piece.text)]
OPTIONS = {
    name: {option for parameter in command.params for option in parameter.opts if option.startswith("-")}
    for name, command in typer.main.get_group(application(PROGRAM)).commands.items()
}
EVERY_OPTION = {"-h", "--help", "--version", "--show-completion", "--profile"}.union(*OPTIONS.values())
OTHERS = {"--extra-index-url"}
"""Options of other programs that stand by themselves in a sentence."""


@pytest.fixture
def sandbox():
    with Sandbox(replicate_delay=0.2) as running:
        yield running


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.place)
def test_a_block_of_python_runs_as_it_is_pasted(block, sandbox, tmp_path):
    """It stands by itself, in a process of its own, and prints exactly the lines that it shows."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text],
        cwd=tmp_path,
        env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | sandbox.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    left = done.stdout.splitlines()
    for pattern in shown_output(block.text):
        fitting = [line for line in left if fnmatchcase(line, pattern)]
        assert fitting, f"{block.place} shows {pattern!r}; left of what it printed: {left}"
        left.remove(fitting[0])
    assert left == [], f"{block.place} prints more than it shows"


@pytest.mark.parametrize("piece", COMMANDS, ids=lambda piece: f"{piece.place}-{piece.text}")
def test_a_command_that_is_shown_exists_with_its_options(piece):
    name, *arguments = [*words(piece), "--help"]

    assert name.startswith("-") or name in OPTIONS
    options = {word.partition("=")[0] for word in arguments if re.match("-{1,2}[a-z]", word)}
    assert options <= OPTIONS.get(name, set()) | {"--help", "--version"}


def test_an_option_that_is_named_exists():
    """A span of code that begins with dashes is an option of ours, or a known one of another program."""
    named = [(piece.place, piece.text.split()[0]) for piece in CODE if re.match("-{1,2}[a-z]", piece.text)]

    assert [each for each in named if each[1] not in EVERY_OPTION | OTHERS] == []


@pytest.mark.parametrize("command", OPTIONS)
def test_every_command_is_described_with_every_option(command):
    """`prune` is `plan` and `execute` in one, and so is its description."""
    lines = COMMAND_LINE.read_text(encoding="utf-8").splitlines()
    headings = [number for number, line in enumerate(lines, 1) if line.startswith("## ")] + [len(lines) + 1]
    section = {lines[first - 1]: range(first, after) for first, after in pairwise(headings)}

    described = {
        word
        for name in {"prune": ("prune", "plan", "execute")}.get(command, (command,))
        for piece in CODE
        if piece.path == COMMAND_LINE and piece.line in section[f"## expunge {name}"]
        for word in piece.text.split()
    }

    assert OPTIONS[command] <= described


def test_a_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {(piece.place, name) for piece in CODE for name in re.findall(r"^(?:\$ )?make ([a-z-]+)", piece.text)}

    assert {each for each in named if each[1] not in targets} == set()


def test_a_path_that_is_named_exists():
    folders = "src|scripts|tests|docs|specs|overlays|generated"
    named = {(piece.place, piece.text) for piece in CODE if re.fullmatch(rf"({folders})/[\w./]*", piece.text)}

    assert {each for each in named if not (ROOT / each[1]).exists()} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_to_a_file_and_a_heading(path):
    wrong = []
    for link in links(path):
        file, _, heading = link.text.partition("#")
        target = path.parent / file if file else path
        if not target.is_file() or (heading and heading not in anchors(target)):
            wrong.append((link.place, link.text))

    assert wrong == []


def words(piece):
    """Split a command as a shell does, without the program's own name."""
    return shlex.split(piece.text.removeprefix("$ "), comments=True)[1:]


def shown_output(block):
    """List the comments beside a `print()`, and those on the lines below it, as patterns: `…` is any text."""
    comments, code_lines = {}, set()
    for token in tokenize.generate_tokens(io.StringIO(block).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.string.removeprefix("#").strip()
        elif token.string.strip():
            code_lines.add(token.start[0])
    shown = []
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            line = node.end_lineno
            shown += [comments[line]] if line in comments else []
            while (line := line + 1) in comments and line not in code_lines:
                shown.append(comments[line])
    return [re.sub(r"([\[*?])", r"[\1]", text).replace("…", "*") for text in shown]


def test_shown_output_is_what_stands_at_a_print():
    block = "# why\nprint(1)  # 1\n# *… two\n\n# why not\nx = 2  # x\nprint(x)\n"

    assert shown_output(block) == ["1", "[*]* two"]
