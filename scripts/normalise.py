"""Print a provider's spec, corrected by its overlay, as JSON.

python scripts/normalise.py PROVIDER
"""

import argparse
import json
import sys
from pathlib import Path

from expunge._text import escaped, one_line
from spec.normalised import NormaliseError, normalise, providers

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Print a provider's spec, corrected by its overlay, as JSON.")
    parser.add_argument("provider", metavar="PROVIDER", choices=providers(ROOT))
    options = parser.parse_args(arguments)
    try:
        document = normalise(options.provider, ROOT)
    except NormaliseError as error:
        print(one_line(f"error: {error}", 4_000), file=sys.stderr)
        return 1
    print(escaped(json.dumps(document, indent=2, ensure_ascii=False)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
