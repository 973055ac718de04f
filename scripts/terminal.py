"""Draw the README's picture of a terminal: a clean-up against the sandbox, in a pseudo-terminal of its own.

python scripts/terminal.py FILE.svg    `make picture` runs this

The picture shows the screen while the run waits for one provider, and below it the outcome.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from expunge.sandbox import Sandbox
from manual.screen import Screen, run_on_terminal

_COMMAND = ("prune", "truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b", "--keep-last", "3")
_QUESTION, _ANSWER = "Type the number of versions: ", "5"
_COLUMNS, _ROWS = 118, 60
_WAITING = re.compile(r"truefoundry .* [1-3]/4 .* asks for")

# The library's own format would fetch a font from the net.
_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def main() -> None:
    """Run the command, and draw the terminal."""
    parser = argparse.ArgumentParser(description="Draw a clean-up in a terminal, as an SVG.")
    parser.add_argument("picture", help="the SVG file to write")
    picture: str = parser.parse_args().picture
    lines = [Text.assemble(("$ ", "dim"), (f"expunge {' '.join(_COMMAND)}", "bold")), *_lines()]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=_COLUMNS, file=nowhere, force_terminal=True, highlight=False)
        for line in lines:
            console.print(line)
    console.save_svg(picture, title="expunge", code_format=_FORMAT, unique_id="expunge-terminal")


def _lines() -> list[Text]:
    """Return the screen while the run waits, and the lines that come after it."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        # A limited rate makes the run wait, so that the progress can be seen.
        sandbox.answer_next("truefoundry", "POST", 429, {}, {"Retry-After": "3"})
        environ = {"PATH": os.environ["PATH"], "HOME": folder, "TERM": "xterm-256color"} | sandbox.environ
        command = [sys.executable, "-m", "expunge", *_COMMAND, "--journal", f"{folder}/clean-up.journal"]
        pieces = run_on_terminal(command, environ, (_COLUMNS, _ROWS), {_QUESTION: _ANSWER})
    screen, during = Screen(), list[Text]()
    for piece in pieces:
        screen.write(piece)
        if any(_WAITING.search(line.plain) for line in screen.lines()):
            during = screen.lines()
    if not during:
        sys.exit("the progress was not seen")
    asked = next(number for number, line in enumerate(during) if _QUESTION in line.plain)
    after = [Text("three seconds later:", style="dim italic"), *screen.lines()[asked + 1 :]]
    return [line for line in [*during, *after] if folder not in line.plain]


if __name__ == "__main__":
    main()
