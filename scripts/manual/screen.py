"""A terminal for a picture: a program runs in a pseudo-terminal, and its screen is kept as a person saw it."""

import fcntl
import os
import pty
import re
import select
import struct
import termios
from collections.abc import Mapping, Sequence

from rich.text import Text

_PIECE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
_LONGEST_SILENCE = 60
"""Seconds after which a program that says nothing is given up."""


class Screen:
    """The lines of a terminal: text, colours, and the movements that a progress display makes."""

    def __init__(self) -> None:
        self._lines: list[list[tuple[str, str]]] = [[]]
        self._row = self._column = 0
        self._colour = ""

    def write(self, text: str) -> None:
        """Show *text*, with its control sequences."""
        for codes, command, move, plain in _PIECE.findall(text):
            if plain:
                self._put(plain)
            elif move == "\r":
                self._column = 0
            elif move == "\n":
                self._row += 1
                self._lines += [[]] * (self._row == len(self._lines))
            elif command == "m":
                self._colour = "" if codes in {"", "0"} else self._colour + f"\x1b[{codes}m"
            elif command == "A":
                self._row = max(0, self._row - int(codes or 1))
            elif command == "K":
                self._lines[self._row] = []

    def _put(self, plain: str) -> None:
        line = self._lines[self._row]
        line += [(" ", "")] * (self._column - len(line))
        line[self._column : self._column + len(plain)] = [(character, self._colour) for character in plain]
        self._column += len(plain)

    def lines(self) -> list[Text]:
        """Return the lines that are on the screen, without the empty ones at the end."""
        texts = [Text.from_ansi("".join(f"{colour}{char}\x1b[0m" for char, colour in line)) for line in self._lines]
        while texts and not texts[-1].plain.strip():
            texts.pop()
        return texts


def run_on_terminal(
    command: Sequence[str], environ: Mapping[str, str], size: tuple[int, int], answers: Mapping[str, str]
) -> list[str]:
    """Run *command* in a terminal of *size* (columns, rows), type the answer to each question, and return its output.

    The output is in the pieces in which it appeared.
    """
    child, terminal = pty.fork()
    if not child:
        os.execve(command[0], list(command), dict(environ))  # noqa: S606 - no shell is needed
    columns, rows = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    pieces: list[str] = []
    asked = dict(answers)
    while select.select([terminal], [], [], _LONGEST_SILENCE)[0]:
        try:
            piece = os.read(terminal, 1 << 16).decode(errors="replace")
        except OSError:  # the program has ended
            break
        pieces.append(piece)
        for question in [each for each in asked if "".join(pieces).endswith(each)]:
            os.write(terminal, f"{asked.pop(question)}\n".encode())
    os.close(terminal)
    os.waitpid(child, 0)
    return pieces
