"""The documentation is written in plain, modern English: the part of that which a program can judge."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.project.markdown import Piece, prose
from tests.trees import ROOT

# Of Python, the docstrings are read.
GLOBS = ("[A-Z]*.md", "docs/**/*.md", "changelog.d/*.md", "src/**/*.py", "scripts/**/*.py", "tests/**/*.py")
# `make update` writes these, with a provider's own words.
NOT_OURS = re.compile(r"changelog\.d/[^/]*\.spec\.md")
FILES = sorted(
    path
    for glob in GLOBS
    for path in ROOT.glob(glob)
    if "node_modules" not in path.parts and not NOT_OURS.fullmatch(path.relative_to(ROOT).as_posix())
)
MOST_WORDS = 25

RULES = {
    "begin with a noun and a verb": r"\b(What|Who|Whoever|One that|That which)\b(?![^.]*\?)",
    "in a table too": r"\A(what|who|whoever|one that|that which)\b",
    'write "Return"': r"(\A|(?<=[.!?] ))(Give|Tell|Say)s?\b",
    'write "is not a"': r"(?i)(?<!there )\b(is|are|was|were) no\b(?! (longer|more)\b)",
    'write "except"': r"(?i)[,;] save\b|\bsave (for|that|where|when|`)",
    'write "only"': r"(?i)\balone\b",
    'write "complete" or "all"': r"(?i)\bwhole\b",
    'write "again"': r"(?i)\banew\b",
    'write "more serious"': r"(?i)\bgrave(r|st)\b",
    'write "fix"': r"(?i)\bmend(s|ed|ing)?\b",
    'write "reported"': r"(?i)\btold\b",
    'write "indefinitely"': r"(?i)\bfor ever\b",
    'write "anyway"': r"(?i)\ball the same\b",
    "begin a new sentence": r"(?i)\bof which\b",
    'write "so"': r"(?i)\bthereby\b",
    'write "and not", or a new sentence': r"(?i)\bnor\b",
}


def texts(path: Path) -> Iterator[Piece]:
    """Find what a person reads in *path*: the prose of Markdown, the docstrings of Python."""
    if path.suffix == ".md":
        yield from prose(path)
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                code_as_word = re.sub(r"`[^`]*`", "`code`", " ".join(text.split()))
                yield Piece(path, node.lineno, code_as_word, "docstring")


def faults(piece: Piece) -> Iterator[str]:
    """Name each rule that *piece* breaks, with the words that break it."""
    for advice, pattern in {} if piece.kind == "heading" else RULES.items():
        for found in re.finditer(pattern, piece.text):
            yield f"{piece.place}: {found[0]!r}: {advice}"
    if piece.kind == "text":
        for sentence in re.split(r"(?<=[.!?])\)?\s", piece.text):
            count = len(re.findall(r"[\w`'’.%-]*\w[\w`'’.%-]*", sentence))
            if count > MOST_WORDS:
                yield f"{piece.place}: {count} words, at most {MOST_WORDS}: {sentence}"


FOLDERS = sorted({path.relative_to(ROOT).parent.as_posix() for path in FILES})


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_english_is_plain(folder):
    """Each fault has its file and line."""
    paths = [path for path in FILES if path.parent == ROOT / folder]

    assert [fault for path in paths for piece in texts(path) for fault in faults(piece)] == []


@pytest.mark.parametrize(
    "text",
    [
        "What is sent is checked.",
        "It is sent. Whoever reads it knows.",
        "Sent: it goes. **One that** stays is kept.",
        "One that stays is kept.",
        "what is older",
        "Give the text.",
        "It is sent. Tells whether it was.",
        "Say which.",
        "It is no glob.",
        "All are optional, save one.",
        "It holds the index alone.",
        "Read whole.",
        "It is made anew.",
        "The graver one wins.",
        "It mends a spec.",
        "It is told once.",
        "It stays for ever.",
        "It stays all the same.",
        "Two, of which one goes.",
        "It thereby goes.",
        "Not this, nor that.",
        " ".join(["word"] * 26) + ".",
    ],
)
def test_a_fault_is_found(text):
    piece = Piece(ROOT / "README.md", 3, text, "text")

    (fault,) = faults(piece)

    assert fault.startswith("README.md:3: ")


@pytest.mark.parametrize(
    "text",
    [
        "What may be relied on?",
        "There is no limit, and it is no longer read.",
        "It shows what was asked for, and who approved it.",
        "It saves the plan. `save` writes it.",
        "Return whether they give a name, and say so.",
        " ".join(["word"] * 25) + ". " + " ".join(["word"] * 25) + ".",
    ],
)
def test_a_plain_sentence_passes(text):
    assert list(faults(Piece(ROOT / "README.md", 1, text, "text"))) == []


def test_code_is_not_judged_and_docstrings_are(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("A `whole` one.\n\n    a whole line\n\n```\nalone\n```\n", encoding="utf-8")
    module = tmp_path / "module.py"
    module.write_text('"""Read `whole` lists."""\nwhole = "whole"\n\n\ndef f():\n    """Take the whole\n    list."""\n')

    assert [piece.text for piece in texts(page)] == ["A `code` one."]
    assert [(piece.line, piece.text) for piece in texts(module)] == [
        (1, "Read `code` lists."),
        (6, "Take the whole list."),
    ]
