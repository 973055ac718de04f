"""Run the command line as a person does who types Ctrl-C at each line of results, and at the end.

Its first argument is a file: the first line waits until it is there. All others are the command's.
"""

import os
import signal
import sys
from pathlib import Path
from typing import TextIO

from expunge.__main__ import main


class Struck:
    """A stdout that a Ctrl-C strikes before it takes a line, and again before it takes the next."""

    def __init__(self, stream: TextIO, awaited: Path) -> None:
        self._stream = stream
        self._awaited = awaited

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        while not self._awaited.exists():
            pass
        os.kill(os.getpid(), signal.SIGINT)
        return self._stream.write(text)


sys.stdout = Struck(sys.stdout, Path(sys.argv.pop(1)))
try:
    main()
finally:
    os.kill(os.getpid(), signal.SIGINT)
