"""Take in a provider's new spec: from a docs page, a file or an address to a regenerated tree, or to nothing at all.

    python scripts/update.py PROVIDER FROM [--check]

prints a line a change for users: `breaking`, `compatible` or `documentation`, and what changed. Any failure leaves
the tree as it was, with one line on stderr and exit 2. With `--check` nothing is changed, and the exit code is 1 if
there is a change: what a nightly job runs.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from clients.update import FAILURES, update

ROOT = Path(__file__).resolve().parent.parent
_FAILED = 2
_INTERRUPTED = 130
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str] | None = None) -> int:
    """Run the program and give its exit code."""
    parser = argparse.ArgumentParser(description="Take in a provider's new spec, and report what changes for users.")
    parser.add_argument("provider", metavar="PROVIDER")
    parser.add_argument(
        "place", metavar="FROM", help="a docs page with a block of YAML, a YAML or JSON spec, or its URL"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where there is a change")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job that is stopped cleans up as after Ctrl-C
    try:
        has_changed, taken = update(ROOT, options.provider, options.place, check=options.check)
    except FAILURES as error:
        what = " ".join(str(error).split()) or "not enough memory"  # a MemoryError has no words
        print(f"error: {options.place}: not taken in, nothing has changed: {what}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"error: {options.place}: not taken in, nothing has changed: interrupted", file=sys.stderr)
        return _INTERRUPTED
    if taken:
        _say_what_follows(taken)
    return 1 if has_changed and options.check else 0


def _say_what_follows(taken: str) -> None:
    """Tell a person what is left to do, and where the facade no longer fits the new client."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_DFL)
    print(f"\nTaken in. {taken}", file=sys.stderr)
    if (ROOT / "pyproject.toml").is_file():
        done = subprocess.run(
            (sys.executable, "-m", "mypy", "src"), cwd=ROOT, capture_output=True, text=True, check=False
        )
        misfits = [line for line in done.stdout.splitlines() if ": error: " in line]
        words = (
            "The types of the facade fit the new client." if not done.returncode else "The facade does not fit it yet:"
        )
        print(words, *misfits, sep="\n", file=sys.stderr)
    print("Now: read the difference, then `make check` and `make test`.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
