"""Print a table of all overlay actions: the provider, the correction, the reason and the source.

python scripts/overlay_actions.py [PROVIDER]
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from expunge._text import one_line
from overlay.document import read_file, read_overlay
from overlay.nodes import OverlayError
from spec.normalised import NormaliseError, providers

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Print all corrections in the overlays, with reason and source.")
    parser.add_argument("provider", metavar="PROVIDER", nargs="?", help="only this provider")
    options = parser.parse_args(arguments)
    try:
        names = providers(ROOT)
        if options.provider not in {None, *names}:
            parser.error(f"{options.provider!r} is not one of {', '.join(names)}")
        table = _table(names if options.provider is None else [options.provider])
    except (NormaliseError, OverlayError) as error:
        print(one_line(f"error: {error}", 4_000), file=sys.stderr)
        return 1
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return 0


def _table(names: list[str]) -> Table:
    """Return a table with one row for each action."""
    headings = ("provider", "no.", "correction", "why", "source")
    table = Table(*(Column(heading, overflow="fold") for heading in headings), show_lines=True)
    for name in names:
        for action in read_overlay(read_file(ROOT / "overlays" / f"{name}.overlay.yaml")).actions:
            what = "remove" if action.is_removal else "copy" if "copy" in action.fields else "update"
            cells = (f"{what} {action.target}", action.fields.get("description", ""), action.fields.get("x-source", ""))
            table.add_row(name, str(action.number), *(_plain(cell) for cell in cells))
    return table


def _plain(cell: object) -> str:
    """Return *cell* as one paragraph, with rich's markup escaped."""
    return one_line(str(cell), 4_000).replace("[", r"\[")


if __name__ == "__main__":
    sys.exit(main())
