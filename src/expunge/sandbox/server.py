"""The sandbox in the foreground, as `expunge sandbox` runs it."""

import signal
import sys
import threading
from types import FrameType

from . import Sandbox
from .fleet import Size


def run(port: int, fleet: Size | None = None) -> None:
    """Serve until SIGINT or SIGTERM; print the variables to set, one a line, and then `ready`.

    Args:
        port: The first of four ports on 127.0.0.1; 0 for free ones.
        fleet: The size of a fleet to start with in place of the examples.

    Raises:
        OSError: A port is taken.

    Call it from the main thread: only that one gets signals.
    """
    handled = (signal.SIGINT, signal.SIGTERM)
    # SIGINT is set as well: a shell starts background jobs with it ignored.
    before = {number: signal.signal(number, _interrupt) for number in handled}
    try:
        with Sandbox(port=port, fleet=fleet, records=False) as sandbox:
            lines = [f"{name}={value}" for name, value in sandbox.environ.items()]
            sys.stdout.write("\n".join([*lines, "ready", ""]))
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
