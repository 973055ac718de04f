"""Generate the typed clients: specs and overlays in, `generated/` out.

python scripts/generate.py            write generated/
python scripts/generate.py --check    write nothing; name the files that differ, and exit with 1 if there are any
"""

import argparse
import signal
import sys
from pathlib import Path

from clients.errors import BuildError
from clients.generation import differences_from_inputs, generate
from expunge._text import one_line
from tree.work_folder import WorkFolderError

ROOT = Path(__file__).resolve().parent.parent
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Generate the typed clients from specs/ and overlays/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail and name the files that differ")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job that is stopped cleans up like one after Ctrl-C
    try:
        return _check() if options.check else _generate()
    except BuildError as error:
        lines = (*getattr(error, "__notes__", ()), f"error: {error}")
        print(*(one_line(line, 4_000) for line in lines), sep="\n", file=sys.stderr)
    except (OSError, WorkFolderError) as error:
        print(one_line(f"error: {error}", 4_000), file=sys.stderr)
    except MemoryError:
        print("error: not enough memory", file=sys.stderr)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return _INTERRUPTED
    return 1


def _check() -> int:
    differences = differences_from_inputs(ROOT)
    if differences:
        print(*differences, sep="\n", file=sys.stderr)
    return 1 if differences else 0


def _generate() -> int:
    changed = generate(ROOT)
    if changed is None:
        print("nothing has changed: specs, overlays, scripts and generated/ match the hashes in their stamp")
    else:
        print(f"{changed} files changed in generated/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
