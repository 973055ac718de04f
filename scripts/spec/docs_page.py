"""Find the fenced blocks of a docs page, and its heading: CommonMark, as markdown-it-py reads it, and what MDX adds.

Many pages of documentation are MDX, where tags such as `<Step>` indent what stands between them. So a fence may stand
at any depth, which in plain CommonMark would be code that shows a fence; and `{/* … */}` is a comment too.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence
from markdown_it.token import Token

_RULE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_ENDING = re.compile(r"\r\n?|\n")  # what markdown-it reads as the end of a line
_LANGUAGE = re.compile(r"\{?\s*\.?([^\s{}.,:]*)")  # `yaml`, `{.yaml}`, `yaml title="x"`, `yaml{1,3}`
_COMMENTS = {"<!--": "-->", "{/*": "*/}"}
_PROSE = "prose"
_LEAST = 4  # columns of indentation that make code in CommonMark, and so hide a fence


@dataclass(frozen=True)
class Block:
    """A fenced block.

    `words` stand behind the opening fence, whose line is `line` (from 1). `content` has the page's own ends of lines;
    `is_verbatim` is False if indentation of the fence was removed from it.
    """

    words: str
    line: int
    content: str
    is_verbatim: bool
    is_closed: bool

    @property
    def language(self) -> str:
        """The language that the words name, in small letters; empty if they name none."""
        match = _LANGUAGE.match(self.words)
        return match[1].lower() if match else ""


@dataclass(frozen=True)
class Page:
    """The blocks and the prose of a page, in order; comments and front matter are skipped.

    `prose` holds the lines outside blocks, unchanged.
    """

    title: str | None
    blocks: tuple[Block, ...]
    prose: str


def read_page(text: str) -> Page:
    """Read *text*, a page in Markdown or MDX."""
    hidden = front_matter(text)
    text = re.sub(r"[^\r\n]", "", text[:hidden]) + text[hidden:]  # lines keep their numbers
    endings = [match[0] for match in _ENDING.finditer(text)]
    numbers: list[int] = []
    tokens = _parser().parse(_ENDING.sub("\n", text) + "\n", {_PROSE: numbers})
    lines = _ENDING.split(text)
    title = next((inside.content for opening, inside in pairwise(tokens) if _is_title(opening)), None)
    blocks = tuple(_block(token, lines, endings) for token in tokens if token.type == "fence")
    return Page(title or None, blocks, "\n".join(lines[number] for number in numbers))


def front_matter(text: str) -> int:
    """Return the length of the front matter at the start of *text*, between two lines of three dashes."""
    first = _RULE.match(text)
    last = _RULE.search(text, first.end()) if first else None
    return last.end() if last else 0


def _is_title(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h1"


def _block(token: Token, lines: list[str], endings: list[str]) -> Block:
    begin, end = token.map or [0, 0]
    inside = token.content.split("\n")[:-1]
    content = "".join(map(str.__add__, inside, [*endings[begin + 1 :], ""]))
    is_verbatim = inside == lines[begin + 1 : begin + 1 + len(inside)]
    return Block(token.info.strip(), begin + 1, content, is_verbatim, is_closed=end - begin == len(inside) + 2)


def _parser() -> MarkdownIt:
    """Return a parser that knows only blocks that may contain fences; it reads nothing inside a line."""
    parser = MarkdownIt("zero").enable(["blockquote", "code", "fence", "heading", "hr", "list"])
    parser.core.ruler.enableOnly(["block"])
    parser.block.ruler.at("code", _deep_fence)
    parser.block.ruler.at("paragraph", _line)
    parser.block.ruler.before("code", "comment", _comment, {"alt": ["blockquote", "list"]})
    return parser


def _deep_fence(state: StateBlock, begin: int, end: int, silent: bool) -> bool:
    """Read a fence with more indentation than CommonMark allows, as if its surroundings were indented too."""
    if not state.is_code_block(begin):
        return False
    outer = state.blkIndent
    # Its end then differs from a fence further in, such as one in a description of the spec.
    state.blkIndent = state.sCount[begin] - _LEAST + 1
    try:
        return fence(state, begin, end, silent)
    finally:
        state.blkIndent = outer


def _line(state: StateBlock, begin: int, end: int, silent: bool) -> bool:  # noqa: ARG001 - markdown-it's way
    """Skip any other line. A fence may follow immediately, even after a tag or an indented line."""
    state.env[_PROSE].append(begin)
    state.line = begin + 1
    return True


def _comment(state: StateBlock, begin: int, end: int, silent: bool) -> bool:
    """Skip a comment that begins a line; without an end, skip everything after it."""
    start = state.bMarks[begin] + state.tShift[begin]
    closing = next((mark for opening, mark in _COMMENTS.items() if state.src.startswith(opening, start)), None)
    if closing is None:
        return False
    if not silent:
        found = state.src.find(closing, start + 2)
        last = begin
        while last < end - 1 and (found < 0 or state.eMarks[last] < found):
            last += 1
        state.line = last + 1
    return True
