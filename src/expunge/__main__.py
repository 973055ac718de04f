"""The command line's way in: `expunge`, or `python -m expunge`."""

import os
import sys
from importlib.util import find_spec

from ._system.ending_signals import end_at_once
from ._version import __version__


def main() -> None:
    """Run the command line, or say how to get what it needs."""
    if sys.argv[1:] == ["--version"] and _has_printed_version():
        return
    end_at_once()
    try:
        from .cli.app import run  # noqa: PLC0415 - typer is an extra, and may not be there

        run()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"typer", "rich", "yaml", "platformdirs"}:
            raise
        sys.stderr.write(f"expunge: the command line needs {error.name}. Install it with: pip install 'expunge[cli]'\n")
        sys.exit(2)


def _has_printed_version() -> bool:
    """Print the version without importing anything. If that fails, return False: the complete program reports why."""
    if find_spec("typer") is None:
        return False
    try:
        # Not through the buffer: a text that cannot be written would stay there, and be written again at the end.
        os.write(sys.stdout.fileno(), f"expunge {__version__}\n".encode())
    except (AttributeError, OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
