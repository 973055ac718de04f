"""Measure what expunge costs, as ratios in one run, and print them beside their targets, as Markdown.

    python scripts/bench.py            print the table
    python scripts/bench.py --write    put it into README.md, too

Both sides of a ratio take turns, each in a process of its own, so that a slow moment falls on both. The stub that
answers them is a process as well; its ceiling is printed first. Processor time is that of the client only. The vendors'
SDKs are installed from locks/ into environments of their own under .cache/. The exit code is 1 if a target is missed.
It takes some ten minutes, about half of them for a list of a million references.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from measure.bulk import bulk_rows
from measure.ceiling import ceiling
from measure.deletes import busy_rows, connection_rows, list_row, many_rows, new_row, warm_rows
from measure.fleets import fleet_rows
from measure.processes import Contenders, stub
from measure.rows import Row, table
from measure.starts import start_rows
from tree.marked_section import replace_marked

_README = Path(__file__).resolve().parents[1] / "README.md"


def main() -> int:
    """Run the program; return 0 if all targets are met, else 1."""
    parser = argparse.ArgumentParser(description="Measure what expunge costs, as ratios in one run.")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    writes: bool = parser.parse_args().write
    rows: list[Row] = []
    for row in _rows():
        print(f"{row.what}, {row.against}: {row.deciding}", file=sys.stderr)
        rows.append(row)
    printed = table(rows)
    print(printed)
    if writes:
        replace_marked(_README, "make bench", printed)
    return 0 if all(row.is_met for row in rows) else 1


def _rows() -> Iterator[Row]:
    with stub() as answers, Contenders() as contenders:
        print(f"The stub answers up to {ceiling(answers):,.0f} requests a second.", file=sys.stderr)
        yield from start_rows(answers)
        yield from warm_rows(answers, contenders)
        yield new_row(answers, contenders)
        yield from many_rows(answers, contenders)
        yield list_row(answers, contenders)
        yield from connection_rows(answers, contenders)
        yield from busy_rows(contenders)
    yield from bulk_rows()
    yield from fleet_rows()


if __name__ == "__main__":
    sys.exit(main())
