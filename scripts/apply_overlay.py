"""Apply an OpenAPI Overlay 1.0 or 1.1 document to a YAML or JSON document and print the result as JSON.

    python scripts/apply_overlay.py OVERLAY DOCUMENT [--strict]

With `--strict`, a target that matches nothing is an error. So is an action that changes nothing, or that finds
something else than it expects (`x-expect-matches`, `x-expect-sha256`).
"""

import argparse
import json
import sys
from pathlib import Path

from expunge._text import escaped, one_line
from overlay.document import apply_overlay, read_file, read_overlay
from overlay.nodes import OverlayError


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Apply an OpenAPI Overlay document; print the result as JSON.")
    parser.add_argument("overlay", type=Path, metavar="OVERLAY")
    parser.add_argument("document", type=Path, metavar="DOCUMENT")
    parser.add_argument(
        "--strict", action="store_true", help="fail if an action changes nothing or finds something unexpected"
    )
    options = parser.parse_args(arguments)
    try:
        overlay = read_overlay(read_file(options.overlay))
        result = apply_overlay(overlay, read_file(options.document), strict=options.strict)
        text = escaped(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"
        printed = text.encode()
    except (OverlayError, RecursionError, UnicodeEncodeError, MemoryError) as error:
        print(f"error: {options.overlay}: {one_line(str(error), 4_000) or 'out of memory'}", file=sys.stderr)
        return 1
    for warning in overlay.warnings:
        print(f"warning: {options.overlay}: {one_line(warning, 4_000)}", file=sys.stderr)
    sys.stdout.buffer.write(printed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
