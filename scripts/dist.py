"""Build the wheel and the sdist into dist/, the same bytes in any folder, at any time.

python scripts/dist.py        print SHA-256, size and path of both
"""

import argparse
import sys
from pathlib import Path

from release.build import DistError, build_distributions, sha256
from tree.git import TreeError

ROOT = Path(__file__).resolve().parent.parent
_OURS = ("expunge-*.whl", "expunge-*.tar.gz")


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
    except (DistError, TreeError, OSError) as error:
        print(f"error: nothing was built: {error}", file=sys.stderr)
        return 1
    for path in built:
        print(f"{sha256(path)}  {path.stat().st_size:>9,} bytes  {path.relative_to(ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
