"""Run the vendors' own SDKs and expunge against the same server, and print each untrue result of an SDK.

    python scripts/compare_sdks.py          the cases in which an SDK is wrong
    python scripts/compare_sdks.py --all    every case
    python scripts/compare_sdks.py --write  put the table into docs/explanations/sdks.md, too

The SDKs are installed from the lock files in locks/ into environments of their own under .cache/; no part of expunge
needs them. Only that installation leaves this machine. The exit code is 1 if expunge itself is wrong.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comparison.run import NOT_RUN, SDKS, cases_of, environment_of, ours_on, run
from comparison.server import PATHS
from comparison.table import table
from tree.marked_section import replace_marked

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanations" / "sdks.md"


def main() -> int:
    """Run the program; return 0 if expunge is right in every case, else 1."""
    parser = argparse.ArgumentParser(description="Compare the vendors' SDKs with expunge, against the same server.")
    parser.add_argument("--all", action="store_true", help="print every case, not only those in which an SDK is wrong")
    parser.add_argument("--write", action="store_true", help="put the table into docs/explanations/sdks.md, too")
    arguments = parser.parse_args()
    environments = {lock: environment_of(lock) for lock in sorted({sdk.lock for sdk in SDKS})}
    installed = [(sdk, python) for sdk in SDKS if (python := environments[sdk.lock]) is not None]
    missing = [(str(sdk), "could not be installed") for sdk in SDKS if environments[sdk.lock] is None]
    with ThreadPoolExecutor(len(SDKS) + len(PATHS)) as pool:
        ours = {provider: pool.submit(run, ours_on(provider), sys.executable) for provider in PATHS}
        theirs = [(sdk, pool.submit(run, sdk, python)) for sdk, python in installed]
        rows = [
            (sdk, case, their_runs.result()[case], ours[sdk.provider].result()[case])
            for sdk, their_runs in theirs
            for case in cases_of(sdk.provider)
        ]
    shows_all: bool = arguments.all
    print(table(rows, [*NOT_RUN, *missing], shows_all=shows_all))
    if arguments.write:
        if missing:
            parser.error(f"{missing[0][0]} could not be installed, so {_PAGE.name} was not changed")
        replace_marked(_PAGE, "make compare", table(rows, NOT_RUN, shows_all=False))
    is_wrong = [case.name for _, case, _, our in rows if our.verdict.judgement == "wrong"]
    for name in sorted(set(is_wrong)):
        print(f"expunge is wrong in this case: {name}. See its row.", file=sys.stderr)
    return 1 if is_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
