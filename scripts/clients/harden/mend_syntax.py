"""Codemod: what the generator writes against Python's grammar, as text, for no parser reads it before.

`if flag != Trueand not isinstance(…)` has no space, and in a multipart model the loop over the additional properties
indents only its first line.
"""

import re
from pathlib import Path

_CONSTANT = re.compile(r"^( +if \w+ != (?:True|False|None))(and not isinstance\(\w+, Unset\):)$", re.MULTILINE)
_LOOP = re.compile(
    r"(?<=def to_multipart\(self\))(?P<before>(?:.*\n)*?)"
    r"(?P<head> {8}for prop_name, prop in self\.additional_properties\.items\(\):\n.*\n)(?P<rest>(?:.*\n)*?)"
    r"(?= {8}return files\n)"
)


def mend_syntax(package: Path) -> None:
    """Rewrite the models of *package*."""
    for path in sorted(package.glob("models/*.py")):
        text = path.read_text(encoding="utf-8")
        mended = _LOOP.sub(_indented, _CONSTANT.sub(r"\1 \2", text))
        if mended != text:
            path.write_text(mended, encoding="utf-8")


def _indented(match: re.Match[str]) -> str:
    """Put the lines after the first one of the loop inside it."""
    rest = re.sub(r"^(?=.*\S)", " " * 8, match["rest"], flags=re.MULTILINE)
    return match["before"] + match["head"] + rest
