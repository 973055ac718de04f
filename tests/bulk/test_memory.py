"""Memory hardly grows with the number of references: each is forgotten once its result is with the caller."""

import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

import expunge
from expunge._flow import Clock
from expunge._runs.job import items_of
from expunge.bulk.engine import Terms
from expunge.bulk.threads import Begun, in_threads
from expunge.cli.run.outcomes import Again
from expunge.cli.run.references import References
from expunge.cli.run.run import Run

FEW, MANY = 500, 5_000
MOST_BYTES = 15 * (1 << 20) / 1_000_000
"""Bytes that each further reference may take: 15 MiB for a million."""


def settled(item, status="deleted"):
    now = datetime.now(UTC)
    return expunge.Tombstone(
        ref=str(item.ref),
        requested_ref=item.requested,
        provider="cerebras",
        scope="version",
        status=status,
        requested_at=now,
        settled_at=now,
        detail=f"It was not deleted: the provider said so about {item.requested}.",
    )


def run_over(path, status):
    """Run over the references in *path*, in threads, without a network; return the traced peak."""
    tracemalloc.start()
    try:
        wanted = References([], [str(path)], lambda _ref, _is_typed: None)
        run = Run(wanted, wanted.by_provider, dict, Again(with_file="FILE"), missing_ok=False, wait=False)
        terms = Terms(concurrency=4, ledger=run)

        def begin(item):
            return Begun(lambda _stop: settled(item, status), lambda: settled(item, "unknown"))

        items = items_of(wanted.with_duplicates())
        with run:
            run.show(in_threads(begin, lambda item, _why: settled(item), items, terms, Clock()), as_json=True)
        wanted.close()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("status", ["deleted", "failed"])
def test_a_reference_takes_a_few_bytes(status, tmp_path, monkeypatch):
    """The first run pays for what is loaded once."""
    peaks = {}
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - closed below
    monkeypatch.setattr("sys.stdout", nowhere)
    for count in (FEW, FEW, MANY):
        path = tmp_path / f"{count}.txt"
        path.write_text("".join(f"cerebras:acme/gpt-oss-120b@{number}\n" for number in range(1, count + 1)))
        peaks[count] = run_over(path, status)
    nowhere.close()

    # Without the lists under the summary's reasons, which are bounded.
    assert peaks[MANY] - peaks[FEW] < MOST_BYTES * (MANY - FEW) + 100_000
