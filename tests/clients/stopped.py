"""Run a program that sends itself a signal where something happens for the first time.

Its arguments: the program's path, the signal's number, an event, the end of a path that the event has, and the
program's own arguments.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import clients.build

clients.build.subprocess = subprocess  # the generator as a process that is started: that is one of the events
program, number, event, ending = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
sys.argv[1:] = sys.argv[5:]
sys.path.insert(0, str(Path(program).parent))


def look(name: str, arguments: tuple[object, ...]) -> None:
    """Send the signal once, at the event."""
    global number
    if number and name == event and any(str(argument).endswith(ending) for argument in arguments):
        now, number = number, 0
        os.kill(os.getpid(), now)


sys.addaudithook(look)
runpy.run_path(program, run_name="__main__")
