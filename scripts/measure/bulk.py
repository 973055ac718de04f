"""Large runs: the rate that is kept, the price of the journal, memory, and waits that take no room.

Each run is a process of its own, and so is the stub that answers it.
"""

from collections.abc import Iterator
from pathlib import Path

from .processes import Cost, Spent, long_run, stub
from .rows import Figure, Row, compared

_FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "measured-runs"
_LATENCY = 0.05

_RATES = {"replicate": (50.0, 600), "baseten": (100.0, 1_000)}
"""The documented rate of a provider, and the deletes that are sent there."""

_BURST = 0.5
"""Seconds' worth of calls that may leave at once; the ideal run uses them too."""

_FEW, _MANY = 10_000, 1_000_000
_WAITED, _WORK = 40, 10.0
_JOURNALLED, _ROUNDS = 1_600, 9


def bulk_rows() -> Iterator[Row]:
    """Measure all of it."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for provider in _RATES:
        yield from rate_rows(provider)
    yield wait_row()
    yield journal_row()
    yield from memory_rows()
    for file in _FOLDER.iterdir():
        file.unlink()


def rate_rows(provider: str) -> Iterator[Row]:
    """Measure the share of *provider*'s documented rate that is used, and the share of calls that exceed it."""
    rate, count = _RATES[provider]
    with stub(_LATENCY, rate) as answers:
        spent = _succeeding(f"rate-{provider}", count, answers.origin)
        stats = answers.stats()
    ideal = (count - rate * _BURST) / rate + _LATENCY
    what = f"rate of `delete_many`, {provider}, 50 ms away"
    against = f"its documented {rate:g} calls a second"
    yield Row(what, against, None, Figure.once(ideal / spent.wall), "≥", 0.95, by_clock=True)
    refused = Figure.once(stats.refused / stats.requests)
    yield Row(f"share of its {stats.requests:,} calls answered 429", "all of them", refused, None, "≤", 0.01)


def wait_row() -> Row:
    """Measure a wait for many versions, which the provider works on at the same time."""
    with stub(_LATENCY, work=_WORK) as answers:
        spent = _succeeding("waits", _WAITED, answers.origin)
    what = f"`delete_many(…, wait=True)`, {_WAITED} versions of Replicate, each gone after {_WORK:g} s"
    return Row(what, f"{_WORK:g} s", None, Figure.once(spent.wall / _WORK), "≤", 1.3, by_clock=True)


def journal_row() -> Row:
    """Measure a run that is written down against one that is not."""
    with stub(_LATENCY) as answers:

        def cost(kind: str) -> Cost:
            spent = _succeeding(kind, _JOURNALLED, answers.origin)
            return Cost(spent.cpu, spent.wall)

        return compared(
            f"`delete_many(…, journal=…)`, {_JOURNALLED:,} deletes, 50 ms away",
            "the same without a journal",
            lambda: cost("journal"),
            lambda: cost("plain"),
            at_most=1.1,
            rounds=_ROUNDS,
            by_clock=True,
        )


def memory_rows() -> Iterator[Row]:
    """Measure the memory and the cost of a reference in a short list and in a long one."""
    few, many = (_succeeding("list", count, "http://127.0.0.1:9") for count in (_FEW, _MANY))
    what = f"`expunge delete --from-file`, {_MANY:,} references, with a journal and without a socket"
    yield Row(f"{what}: memory, MiB", "", round(many.peak), None, "≤", 120)
    yield Row("memory that it takes more, MiB", f"{_FEW:,} references", round(many.peak - few.peak), None, "≤", 15)
    cpu, wall = (many.cpu / _MANY) / (few.cpu / _FEW), (many.wall / _MANY) / (few.wall / _FEW)
    yield Row("cost of a reference", f"{_FEW:,} references", Figure.once(cpu), Figure.once(wall), "≤", 1.2)


def _succeeding(kind: str, count: int, origin: str) -> Spent:
    """Do one run that leaves nothing undone."""
    spent = long_run(kind, count, origin, _FOLDER)
    if spent.failed:
        raise RuntimeError(f"{kind}: {spent.failed} of {count} references did not end as they should")
    return spent
