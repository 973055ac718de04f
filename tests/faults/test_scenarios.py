"""Every fault on every provider, over real sockets, awaited and not: the end that the contract has, and a true one."""

import asyncio
import io
import json
import logging
import traceback
from contextlib import contextmanager
from itertools import pairwise

import pytest
from tests.conftest import SteppedClock
from tests.tables import Table

import expunge
from expunge._flow import Clock

from . import rows_answers, rows_courses, rows_limits, rows_wire
from .rows import Row
from .server import FaultServer
from .stands import STANDS, TOKEN

ROWS: list[Row] = [*rows_answers.ROWS, *rows_wire.ROWS, *rows_limits.ROWS, *rows_courses.ROWS]


class ClosingClock(SteppedClock):
    """Stepped time, in which the server closes idle connections whenever the client sleeps."""

    def __init__(self, server: FaultServer) -> None:
        super().__init__()
        self._server = server

    def sleep(self, seconds: float, stop: object = None) -> None:
        self._server.close_idle_connections()
        super().sleep(seconds, stop)


def table():
    """Yield each row with each provider. `make quick` plays each row with one of them, in turn."""
    for number, row in enumerate(ROWS):
        providers = [name for name in row.providers if row.is_for(STANDS[name])]
        quick = providers[number % len(providers)]
        for provider in providers:
            marks = [pytest.mark.slow] if provider != quick else []
            yield pytest.param(row, STANDS[provider], id=f"{row.id}-{provider}", marks=marks)


def delete(kind, settings, ref, clock, options, listeners, last_read):
    """Delete, and give the tombstone and the error."""
    made = {"clock": clock, "chance": lambda: 0.5, "listeners": listeners}
    if last_read is not None:
        made["last_read_seconds"] = last_read

    async def run():
        async with expunge.AsyncClient(settings, **made) as client:
            return await client.delete(ref, **options)

    try:
        if kind == "async":
            return asyncio.run(run()), None
        with expunge.Client(settings, **made) as client:
            return client.delete(ref, **options), None
    except expunge.ExpungeError as error:
        return error.tombstone, error


@pytest.mark.parametrize(("row", "stand"), list(table()))
def test_the_tombstone_is_true(row, stand):
    with Table() as played:
        for kind in ("sync", "async"):
            with played.row(kind), logged() as log:
                play(row, stand, kind, log)


@contextmanager
def logged():
    """Collect all that is logged."""
    log, root = io.StringIO(), logging.getLogger()
    handler, before = logging.StreamHandler(log), root.level
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def play(row, stand, kind, log):
    """Play *row*, and hold the tombstone to the truth."""
    expected = row.end_for(stand)
    server = FaultServer(stand, deletes=row.deletes, looks=row.looks, others=row.others, listens=row.listens)
    server.holding.is_there = row.is_there
    clock = ClosingClock(server) if row.closes_idle else SteppedClock()
    options = dict(row.options)
    if row.timeout is not None:
        clock, options = Clock(), {**options, "timeout": row.timeout}
    events = []

    try:
        tombstone, error = delete(
            kind, stand.settings(server.origin), stand.ref, clock, options, [events.append], row.last_read
        )
    finally:
        server.stop()

    found = (tombstone.status, tombstone.confirmed_by, type(error) if error else None)
    assert found == (expected.status, expected.confirmed_by, expected.error), tombstone.detail
    assert expected.detail in tombstone.detail
    assert (tombstone.detail + (tombstone.request_id or "")).isprintable()
    check_counts(row, expected, tombstone, error, server, clock)
    check_truth(tombstone, server)
    check_requests(stand, server)
    rendered = (
        ""
        if error is None
        else "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    )
    assert not row.deletes or log.getvalue()
    for text in (log.getvalue(), rendered, repr(tombstone), repr(error), str(error), repr(events)):
        assert TOKEN not in text


def check_counts(row, expected, tombstone, error, server, clock):
    """As many requests and waits as the row says, and no longer than there was time."""
    if expected.attempts is not None:
        assert tombstone.attempts == expected.attempts
        assert server.arrived == (expected.attempts if expected.arrived is None else expected.arrived)
    if isinstance(clock, SteppedClock):
        assert sum(clock.slept) <= row.options.get("timeout", 300.0)
        assert expected.slept is None or tuple(clock.slept) == expected.slept
    if isinstance(error, expunge.RateLimited) and expected.slept == ():
        assert error.retry_after == expected.retry_after
    assert not row.plays_all or server.unplayed == []
    assert not server.is_exhausted


def check_truth(tombstone, server):
    """The tombstone agrees with the server's versions once all that was under way has come to pass."""
    server.holding.land_all()
    if tombstone.status == "deleted":
        assert not server.holding.is_there
    elif tombstone.status == "absent":
        assert not server.holding.is_there
        assert not server.holding.was_deleted
    elif tombstone.status == "accepted":
        assert server.was_taken or server.holding.was_deleted
    elif tombstone.status in {"failed", "refused", "planned"}:
        assert not server.holding.was_deleted


def check_requests(stand, server):
    """Nothing but the named version was asked for, nobody was followed elsewhere, and no POST followed another."""
    for request in server.requests:
        if request.method == "GET":
            assert request.path in {stand.look, *stand.others}
        else:
            assert (request.method, request.target) == (stand.method, stand.target)
            assert (json.loads(request.body)["manifest"] if request.body else None) == stand.manifest
    if stand.method == "POST":
        methods = [request.method for request in server.requests]
        assert ("POST", "POST") not in list(pairwise(methods))
