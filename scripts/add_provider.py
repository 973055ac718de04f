"""Add a provider, from the spec of its delete to a first version deleted on the sandbox.

    python scripts/add_provider.py NAME FROM [--operation 'DELETE /path']

It writes the spec with its provenance, an overlay, the generated client, an adapter, settings and a stand-in. Any
failure leaves the tree as it was, with one line on stderr and exit code 2.
"""

import argparse
import signal
import sys
from pathlib import Path

from clients.scaffold.add import add_provider
from clients.scaffold.operation import ScaffoldError
from clients.update import FAILURES
from expunge._text import one_line

ROOT = Path(__file__).resolve().parent.parent
_FAILED = 2
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Add a provider, from the spec of its delete.")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("place", metavar="FROM", help="a docs page with a block of YAML, a spec, or its URL")
    parser.add_argument("--operation", default="", help="the operation that deletes a version, if there are several")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job that is stopped cleans up like one after Ctrl-C
    try:
        printed = add_provider(ROOT, options.name, options.place, options.operation)
    except (ScaffoldError, *FAILURES) as error:
        print(f"error: {options.place}: nothing has changed: {one_line(str(error), 1_000)}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"error: {options.place}: nothing has changed: interrupted", file=sys.stderr)
        return _INTERRUPTED
    print(printed)
    print(f"Next: compare src/expunge/providers/{options.name}.py and the overlay with the provider's documentation,")
    print("complete what is inferred, then run `make check` and `make test`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
