"""Publish a release to an internal index, or upload nothing and report why.

python scripts/publish.py INDEX      credentials from TWINE_USERNAME and TWINE_PASSWORD
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from expunge._text import one_line
from release.build import DistError
from release.index import AddressError, IndexFailure, parse_address
from release.publish import RefusedError, publish
from release.upload import UploadError
from release.version_check import UnfitVersionError
from tree.git import TreeError

ROOT = Path(__file__).resolve().parent.parent
_USAGE = 2


def main(arguments: list[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Publish a release to an internal package index.")
    parser.add_argument("index", metavar="INDEX", nargs="?", default="", help="the address of the index")
    text = parser.parse_args(arguments).index
    if not text:
        print("error: nothing was uploaded: INDEX is missing: make publish INDEX=url", file=sys.stderr)
        return _USAGE
    try:
        publish(ROOT, parse_address(text), environ)
    except AddressError as error:
        print(f"error: nothing was uploaded: INDEX: {error}", file=sys.stderr)
        return _USAGE
    except UploadError as error:
        print(_line(f"error: {error}", environ), file=sys.stderr)
        return 1
    except (RefusedError, TreeError, IndexFailure, UnfitVersionError, DistError, OSError) as error:
        print(_line(f"error: nothing was uploaded: {error}", environ), file=sys.stderr)
        return 1
    return 0


def _line(text: str, environ: Mapping[str, str]) -> str:
    """Return *text* as one printable line, with the password masked."""
    password = environ.get("TWINE_PASSWORD")
    shown = text.replace(password, "***") if password else text
    return one_line(shown, 4_000)


if __name__ == "__main__":
    sys.exit(main())
