"""Build the wheel and the sdist into dist/, the same bytes in any folder, at any time.

python scripts/dist.py        print SHA-256, size and path of both

A statement on their provenance is written beside them. Nothing is signed; docs/maintainers/publishing.md shows how.
"""

import argparse
import sys
from pathlib import Path

from release.build import DistError, build_distributions, sha256
from release.provenance_statement import committed, write_statement
from tree.git import TreeError

ROOT = Path(__file__).resolve().parent.parent
_OURS = ("expunge-*.whl", "expunge-*.tar.gz", "expunge-*.intoto.json")


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    argparse.ArgumentParser(description="Build the wheel and the sdist into dist/.").parse_args(arguments)
    target = ROOT / "dist"
    try:
        target.mkdir(exist_ok=True)
        for pattern in _OURS:
            for old in target.glob(pattern):
                old.unlink()
        built = build_distributions(ROOT, target)
        statement = write_statement(ROOT, built, target)
    except (DistError, TreeError, OSError) as error:
        print(f"error: nothing was built: {error}", file=sys.stderr)
        return 1
    for path in built:
        print(f"{sha256(path)}  {path.stat().st_size:>9,} bytes  {path.relative_to(ROOT).as_posix()}")
    print(f"The statement {statement.relative_to(ROOT).as_posix()} is not signed (docs/maintainers/publishing.md).")
    if committed(ROOT) is None:
        print("note: the statement names no commit, because the tree is not equal to one", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
