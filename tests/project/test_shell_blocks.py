"""The shell of each page runs as a reader types it: block by block, each in a process of its own, against a sandbox."""

import re
import sys

import pytest
from tests.project.markdown import DOCUMENTS, blocks, reasons
from tests.project.shell import ANSWERS_YES, Shell
from tests.trees import ROOT

from expunge.sandbox import Sandbox

# The files that the commands of docs/command-line.md and docs/journal.md read.
FILES = {
    "old.txt": "# no longer needed\ncerebras:acme/gpt-oss-120b@2\n\ntruefoundry:fraud-repo/churn@1\n",
    "policy.yaml": "version: 1\nrules:\n- models: ['baseten:*']\n  keep: {last: 2}\n",
    "churn-8.yaml": "name: churn\nml_repo: fraud-repo\nversion: 8\nmetadata: {}\nsource: {type: truefoundry}\n",
}
OTHERS = {ROOT / "docs" / "policies.md": ("console", "yaml")}
"""The languages that tests/project/test_walk.py runs, on a sandbox with a fleet."""


def is_shell(block):
    """Return whether the shell runs *block*. The tutorial is one session, so its Python is in it, too."""
    return block.kind in {"sh", "python"} or (block.kind == "" and block.text.startswith("expunge "))


def file_of(block):
    """Return the name of the file that *block* shows; its first line is a comment with it."""
    named = re.match(r"# ([\w-]+\.[a-z]+)\n", block.text)
    return named[1] if named else None


SHELL = {
    path: found
    for path in DOCUMENTS
    if (
        found := [
            block
            for block in blocks(path, "sh", "", "yaml", *(["python"] if path.name == "tutorial.md" else []))
            if (is_shell(block) or file_of(block)) and block.line not in reasons(path)
        ]
    )
}


@pytest.mark.slow
@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.stem)
def test_the_shell_of_a_page_succeeds_block_by_block(path, tmp_path):
    """A reader may paste one after another, in one folder, and answer yes."""
    with Sandbox(replicate_delay=0.2) as sandbox:
        shell = Shell(tmp_path / "reader", sandbox, expunge=ANSWERS_YES)
        for name, text in FILES.items():
            (shell.folder / name).write_text(text, encoding="utf-8")
        for block in SHELL[path]:
            if name := file_of(block):
                (shell.folder / name).write_text(block.text, encoding="utf-8")
                continue
            program = '"$0" -c "$1"' if block.kind == "python" else block.text
            done = shell.run(program, sys.executable, block.text)
            assert done.returncode == 0, f"{block.place}: {block.text}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_block_is_run_or_says_why_not(path):
    """A block of `text` is output or a drawing. A reason may name the tests that run the block in their own way."""
    run = {block.line for block in [*SHELL.get(path, ()), *blocks(path, "python", *OTHERS.get(path, ()))]}
    explained = reasons(path)

    assert [
        block.place for block in blocks(path) if block.line not in {*run, *explained} and block.kind != "text"
    ] == []
    named = [place for reason in explained.values() for place in re.findall(r"tests/[\w./]*\w", reason)]
    assert [place for place in named if not (ROOT / place).exists()] == []
