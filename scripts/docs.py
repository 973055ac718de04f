"""Build the site of the documentation strictly: docs/, and the pages that are made from something else.

python scripts/docs.py MKDOCS    `make docs` runs this after installing MkDocs

The README is its home page. The reference of the commands comes from the program itself.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from manual.commands import page_of_commands

_ROOT = Path(__file__).parents[1]
_FETCHED = re.compile(
    r"""<(?:script|link|img|iframe|image)\b[^>]*?\s(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)|url\(\s*["']?(https?:[^)]+)"""
)
_PAGES = _ROOT / ".cache" / "docs"


def main() -> int:
    """Collect the pages and build the site; return the builder's exit code."""
    parser = argparse.ArgumentParser(description="Build the site of the documentation into site/.")
    parser.add_argument("mkdocs", help="the program of MkDocs")
    mkdocs: str = parser.parse_args().mkdocs
    collect(_PAGES)
    command = [mkdocs, "build", "--strict", "--clean", "--quiet"]
    # The theme would print an advertisement.
    done = subprocess.run(command, cwd=_ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=False)
    if done.returncode:
        return done.returncode
    if fetched := sorted(from_the_net(_ROOT / "site")):
        print("error: the site would fetch from the net:", *fetched, sep="\n", file=sys.stderr)
        return 1
    print(_ROOT / "site" / "index.html")
    return 0


def collect(folder: Path) -> None:
    """Make *folder* hold every page of the site, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_ROOT / "docs", folder)
    for name, page in (("README.md", "index.md"), ("CHANGELOG.md", "changelog.md")):
        text = (_ROOT / name).read_text(encoding="utf-8")
        (folder / page).write_text(_from_the_site(text), encoding="utf-8")
    (folder / "reference" / "commands.md").write_text(page_of_commands(), encoding="utf-8")


def from_the_net(site: Path) -> Iterator[str]:
    """Find each script, style, picture or font of *site* that a browser would fetch from another host."""
    for path in site.rglob("*"):
        if path.suffix in {".html", ".css", ".svg"}:
            for found in _FETCHED.finditer(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(site)}: {found[1] or found[2]}"


def _from_the_site(text: str) -> str:
    """Point the links of a file in the root at the pages of the site."""
    return re.sub(r"\]\(docs/", "](", text).replace("](CHANGELOG.md)", "](changelog.md)")


if __name__ == "__main__":
    sys.exit(main())
