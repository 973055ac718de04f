"""Run the vendors' own SDKs and expunge against the same server, and print each untrue result of an SDK.

    python scripts/compare_sdks.py          the cases in which an SDK is wrong
    python scripts/compare_sdks.py --all    every case

The SDKs are installed from the lock files in locks/ into environments of their own under .cache/; no part of expunge
needs them. Only that installation leaves this machine. The exit code is 1 if expunge itself is wrong.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from comparison.cases import Case
from comparison.run import NOT_RUN, SDKS, Client, Run, cases_of, environment_of, ours_on, run
from comparison.server import PATHS


def main() -> int:
    """Run the program; return 0 if expunge is right in every case, else 1."""
    parser = argparse.ArgumentParser(description="Compare the vendors' SDKs with expunge, against the same server.")
    parser.add_argument("--all", action="store_true", help="print every case, not only those in which an SDK is wrong")
    shows_all: bool = parser.parse_args().all
    environments = {lock: environment_of(lock) for lock in sorted({sdk.lock for sdk in SDKS})}
    installed = [(sdk, python) for sdk in SDKS if (python := environments[sdk.lock]) is not None]
    missing = [(str(sdk), "could not be installed") for sdk in SDKS if environments[sdk.lock] is None]
    with ThreadPoolExecutor(len(SDKS) + len(PATHS)) as pool:
        ours = {provider: pool.submit(run, ours_on(provider), sys.executable) for provider in PATHS}
        theirs = [(sdk, pool.submit(run, sdk, python)) for sdk, python in installed]
        table = [
            (sdk, case, their_runs.result()[case], ours[sdk.provider].result()[case])
            for sdk, their_runs in theirs
            for case in cases_of(sdk.provider)
        ]
    _print_table(table, [*NOT_RUN, *missing], shows_all=shows_all)
    is_wrong = [case.name for _, case, _, our in table if our.verdict.judgement == "wrong"]
    for name in sorted(set(is_wrong)):
        print(f"expunge is wrong in this case: {name}. See its row.", file=sys.stderr)
    return 1 if is_wrong else 0


def _print_table(
    rows: Sequence[tuple[Client, Case, Run, Run]], not_run: Iterable[tuple[str, str]], *, shows_all: bool
) -> None:
    wrong = [row for row in rows if row[2].verdict.judgement == "wrong" and row[3].verdict.judgement != "wrong"]
    print("| what happens | SDK | it said | what was true | so it | expunge said | what was true |")
    print("|---|---|---|---|---|---|---|")
    for sdk, case, their, our in rows if shows_all else wrong:
        verdict = their.verdict.why or f"is {their.verdict.judgement}"
        ours = our.said + ("" if our.verdict.judgement == "right" else f" ({our.verdict.why or our.verdict.judgement})")
        print(f"| {case.name} | {sdk} | {their.said} | {their.truth} | {verdict} | {ours} | {our.truth} |")
    for package, reason in not_run:
        print(f"| | {package} | | | {reason} | | |")
    print(f"\n{len(rows)} cases; in {len(wrong)} an SDK is wrong and expunge is not.")


if __name__ == "__main__":
    sys.exit(main())
