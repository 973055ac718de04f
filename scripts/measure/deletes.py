"""Deletes and lists: one at a time, many at once, and what happens on the way."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from comparison.run import SDKS, environment_of
from tree.git import TreeError, git
from tree.unpack import unpack

from .processes import Contender, Contenders, Stub, stub
from .rows import ROUNDS, Row, compared

BEFORE = "9d15a59"
"""The last commit whose session sent over httpcore's pool."""

_CALLS = 80
_ROOT = Path(__file__).resolve().parents[2]
_WARM = {"cerebras": 0.70, "baseten": 0.70, "replicate": 0.70, "truefoundry": 0.90}


def warm_rows(answers: Stub, contenders: Contenders) -> Iterator[Row]:
    """Measure one delete after the other on a connection that is open, against httpx and the vendors' SDKs."""
    ours = {provider: contenders.start("expunge", provider, answers) for provider in _WARM}
    for provider, at_most in _WARM.items():
        theirs = contenders.start("httpx", provider, answers)
        yield _pair(f"`Client.delete`, {provider}", "`httpx.Client.request`", ours[provider], theirs, at_most=at_most)
    for sdk in SDKS:
        python = environment_of(sdk.lock)
        if python is not None:
            theirs = contenders.start(sdk.name, "", answers, python=python)
            yield _pair(f"`Client.delete`, {sdk.provider}", str(sdk), ours[sdk.provider], theirs, at_most=0.99)


def new_row(answers: Stub, contenders: Contenders) -> Row:
    """Measure a new client's first two deletes: the price of not believing a late answer on a kept connection."""
    ours, theirs = (contenders.start(name, "cerebras", answers) for name in ("expunge-new", "httpx-new"))
    what, against = "two deletes of a new `Client`, which watches its kept connection", "two of a new `httpx.Client`"
    return _pair(what, against, ours, theirs, at_most=1.0, calls=8)


def many_rows(answers: Stub, contenders: Contenders) -> Iterator[Row]:
    """Measure many deletes at once, in tasks and in threads."""
    tasks = {number: contenders.start("expunge-tasks", str(number), answers) for number in (64, 256)}
    threads = contenders.start("expunge-threads", "64", answers)
    plain = contenders.start("httpx-tasks", "64", answers)
    what = "`AsyncClient.delete_many`, 64 under way"
    yield _pair(what, "a loop over `httpx.AsyncClient`", tasks[64], plain, at_least=8.0, calls=1_024, rounds=9)
    yield _pair("the same, 256 under way", "64 under way", tasks[256], tasks[64], at_most=1.3, calls=1_536, rounds=9)
    what = "`Client.delete_many`, 64 under way"
    if (folders := _before()) is not None:
        before = contenders.start("expunge-threads", "64", answers, folders=folders)
        yield _pair(what, f"the same at commit {BEFORE}", threads, before, at_least=4.0, calls=1_024, rounds=9)
    pooled = contenders.start("httpx-threads", "64", answers)
    yield _pair(what, "`httpx.Client` in 64 threads", threads, pooled, at_least=1.0, calls=1_024, rounds=9)


def list_row(answers: Stub, contenders: Contenders) -> Row:
    """Measure a list of 10,000 versions in 100 pages."""
    ours, theirs = (contenders.start(name, "", answers) for name in ("expunge-versions", "json.loads"))
    what, against = "`versions()` of 10,000 entries", "`json.loads` of the same pages"
    return compared(what, against, lambda: ours.work(1), lambda: theirs.work(1), at_most=1.5, rounds=5)


def connection_rows(answers: Stub, contenders: Contenders) -> Iterator[Row]:
    """Count the connections that are opened."""
    for number in (64, 128, 256):
        contender = contenders.start("expunge-tasks", str(number), answers)
        answers.stats()
        contender.work(1_500)
        opened = answers.stats().connections
        yield Row(f"connections opened, {number} under way", "", opened, None, "≤", number)


def busy_rows(contenders: Contenders) -> Iterator[Row]:
    """Count the deletes that never left and end `unknown`, while the event loop is busy."""
    with stub(delay=0.05) as answers:
        for number in (64, 128):
            contender = contenders.start("expunge-busy", str(number), answers)
            unknown = contender.work(1_500).unknown
            arrived = answers.stats().deleted
            never_left = sum(ref.rpartition("@")[2] not in arrived for ref in unknown)
            what = f"of 1,500 that never left, `unknown`; busy event loop, {number} under way"
            yield Row(what, "", never_left, None, "≤", 0)


def _pair(
    what: str,
    against: str,
    ours: Contender,
    theirs: Contender,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    calls: int = _CALLS,
    rounds: int = ROUNDS,
) -> Row:
    return compared(
        what,
        against,
        partial(ours.work, calls),
        partial(theirs.work, calls),
        at_most=at_most,
        at_least=at_least,
        rounds=rounds,
    )


def _before() -> list[Path] | None:
    """Return the folders of the package as it stood at `BEFORE`, or None if the history does not go back so far."""
    folder = _ROOT / ".cache" / f"measured-{BEFORE}"
    if not folder.is_dir():
        try:
            archive = git(_ROOT, "archive", BEFORE, "src", "generated")
        except TreeError as error:
            print(f"Not compared with commit {BEFORE}: {error}", file=sys.stderr)
            return None
        unpack(archive, folder)
    return [folder / "src", folder / "generated"]
