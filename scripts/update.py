"""Take in a provider's new spec from a docs page, a file or a URL, and regenerate the tree.

    python scripts/update.py PROVIDER FROM [--check[=breaking|compatible|any]]

It prints a line for each change for users: `breaking`, `compatible` or `documentation`, and the change. Any failure
leaves the tree as it was, with one line on stderr and exit code 2. `--check`, for a nightly job, changes nothing. It
exits with 1 if our operations see a change. With `breaking` or `compatible`, it does so if a change is at least that
serious; with `any`, if any byte differs.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from changed.report import Threshold
from clients.update import FAILURES, update
from expunge._text import one_line

ROOT = Path(__file__).resolve().parent.parent
_FAILED = 2
_INTERRUPTED = 130
_THRESHOLDS: dict[str | None, Threshold] = {
    "1": "used",
    "breaking": "breaking",
    "compatible": "compatible",
    "any": "any",
}
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Take in a provider's new spec, and report the changes for users.")
    parser.add_argument("provider", metavar="PROVIDER")
    parser.add_argument(
        "place", metavar="FROM", help="a docs page with a block of YAML, a YAML or JSON spec, or its URL"
    )
    parser.add_argument(
        "--check",
        nargs="?",
        const="1",
        metavar="LEAST",
        help="change nothing; exit with 1 if our operations see a change (1), or: breaking, compatible, any",
    )
    options = parser.parse_args(arguments)
    if options.check is not None and options.check not in _THRESHOLDS:
        print(f"error: CHECK is {options.check!r}; use 1, breaking, compatible or any", file=sys.stderr)
        return _FAILED
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job that is stopped cleans up like one after Ctrl-C
    try:
        counts, taken = update(ROOT, options.provider, options.place, check=_THRESHOLDS.get(options.check))
    except FAILURES as error:
        what = one_line(str(error), 1_000) or "not enough memory"  # a MemoryError has no words
        print(f"error: {options.place}: not taken in, nothing has changed: {what}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"error: {options.place}: not taken in, nothing has changed: interrupted", file=sys.stderr)
        return _INTERRUPTED
    if taken:
        _print_next_steps(taken)
    return 1 if counts and options.check else 0


def _print_next_steps(taken: str) -> None:
    """Print the next steps, and where the facade does not fit the new client."""
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
        print(words, *map(one_line, misfits), sep="\n", file=sys.stderr)
    print("Next: read the difference, then run `make check` and `make test`.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
