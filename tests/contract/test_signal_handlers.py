"""An exception that a signal handler raises passes through whatever it strikes, and carries what was begun."""

import asyncio
import logging
import signal
import threading
from functools import partial

import pytest
from tests.faults.server import Act, FaultServer
from tests.faults.stands import STANDS

import expunge
from expunge.sandbox import Sandbox

REFS = ["baseten:mod3x7q@dep2bbb", "baseten:mod3x7q@dep3ccc"]


class SoftTimeLimitExceeded(Exception):
    """The exception that a task queue raises out of an alarm's handler."""


def plain(_number, _frame):
    raise SoftTimeLimitExceeded


def with_any_arguments(*_arguments):
    raise SoftTimeLimitExceeded


def that_drops_its_arguments(number, frame):
    del number, frame
    raise SoftTimeLimitExceeded


def that_comes_once(_number, _frame):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    raise SoftTimeLimitExceeded


def that_comes_once_with_any_arguments(*_arguments):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    raise SoftTimeLimitExceeded


def raise_it():
    raise SoftTimeLimitExceeded


class Limit:
    """A handler with a state, as a method and as an object that is called."""

    def reached(self, _number, frame):
        assert frame
        raise_it()

    def __call__(self, number, frame):
        del number, frame
        raise_it()


HANDLERS = [
    pytest.param(plain, id="function"),
    pytest.param(with_any_arguments, id="any-arguments"),
    pytest.param(that_drops_its_arguments, id="dropped-arguments"),
    pytest.param(that_comes_once, id="once"),
    pytest.param(that_comes_once_with_any_arguments, id="once-any-arguments"),
    pytest.param(lambda _number, _frame: raise_it(), id="lambda"),
    pytest.param(Limit().reached, id="method"),
    pytest.param(Limit(), id="object"),
    pytest.param(partial(lambda _limit, *_: raise_it(), 30), id="partial"),
]


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def alarm():
    """Set a handler of alarms, which a test then raises where it wants to."""
    before = signal.getsignal(signal.SIGALRM)
    yield lambda handler: signal.signal(signal.SIGALRM, handler)
    signal.signal(signal.SIGALRM, before)


def strike(event):
    """Listen, and let the alarm strike in here once a delete was answered."""
    if event.kind == "attempt":
        signal.raise_signal(signal.SIGALRM)


class Struck(logging.Handler):
    """A handler of log records that the alarm strikes."""

    def emit(self, _record):
        signal.raise_signal(signal.SIGALRM)


class Filter(logging.Filter):
    """A filter that the alarm strikes."""

    def filter(self, _record):
        signal.raise_signal(signal.SIGALRM)
        return True


@pytest.fixture
def logger():
    logger, keeping = logging.getLogger("expunge"), logging.NullHandler()
    before = logger.level
    logger.addHandler(keeping)
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(before)
    for handler in [each for each in logger.handlers if each is keeping or isinstance(each, Struck)]:
        logger.removeHandler(handler)
    for each in [each for each in logger.filters if isinstance(each, Filter)]:
        logger.removeFilter(each)


def delete(environ, listeners=()):
    with (
        expunge.Client.from_env(environ, listeners=listeners) as client,
        pytest.raises(SoftTimeLimitExceeded) as raised,
    ):
        client.delete(REFS[0])
    return raised.value.tombstone


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_time_limit_in_a_listener_is_not_taken_for_its_failure(handler, alarm, sandbox):
    alarm(handler)

    tombstone = delete(sandbox.environ, [strike])

    assert (tombstone.status, tombstone.attempts) == ("deleted", 1)


@pytest.mark.parametrize("struck", [Struck, Filter])
def test_a_time_limit_in_a_log_call_passes(struck, alarm, logger, sandbox):
    alarm(plain)
    (logger.addHandler if struck is Struck else logger.addFilter)(struck())

    tombstone = delete(sandbox.environ)

    assert (tombstone.status, tombstone.attempts) == ("deleted", 1)


def test_a_time_limit_while_a_listeners_failure_is_logged_passes(alarm, logger, sandbox):
    alarm(plain)

    def fail(_event):
        logger.addHandler(Struck())
        raise ValueError

    tombstone = delete(sandbox.environ, [fail])

    assert (tombstone.status, tombstone.attempts) == ("deleted", 1)


def test_a_failure_of_a_listener_is_its_own_even_if_it_looks_like_an_alarm(alarm, sandbox):
    alarm(plain)

    def fail(_event):
        raise TimeoutError

    with expunge.Client.from_env(sandbox.environ, listeners=[fail]) as client:
        assert client.delete(REFS[0]).status == "deleted"


def test_a_failure_of_a_listener_is_its_own_while_the_caller_handles_an_alarm(alarm, sandbox):
    alarm(plain)

    def fail(_event):
        raise ValueError

    with expunge.Client.from_env(sandbox.environ, listeners=[fail]) as client:
        try:
            signal.raise_signal(signal.SIGALRM)
        except SoftTimeLimitExceeded:
            assert client.delete(REFS[0]).status == "deleted"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_time_limit_ends_a_run_and_loses_no_record(kind, alarm, sandbox, monkeypatch):
    alarm(plain)
    got = []

    async def run():
        async with expunge.AsyncClient.from_env(sandbox.environ, listeners=[strike]) as client:
            async for tombstone in client.delete_many(REFS, concurrency=2):
                got.append(tombstone)  # noqa: PERF401 - those that came before it was raised count too

    def run_here():
        monkeypatch.setattr(threading.Thread, "start", no_thread)
        with expunge.Client.from_env(sandbox.environ, listeners=[strike]) as client:
            got.extend(client.delete_many(REFS, concurrency=2))

    with pytest.raises(SoftTimeLimitExceeded) as raised:
        run_here() if kind == "sync" else asyncio.run(run())

    known = {tombstone.ref: tombstone for tombstone in (*got, *raised.value.tombstones)}
    gone = {ref for ref in REFS if not sandbox.holds(ref)}
    # The limit strikes each that settles: the other one's exchange may be under way, and then its read is struck, too.
    assert {ref for ref in known if known[ref].status == "deleted"} <= gone
    assert gone <= {ref for ref in known if known[ref].status in {"deleted", "unknown"}}
    assert "Please report it" not in "".join(tombstone.detail for tombstone in known.values())


@pytest.mark.parametrize("limit", [TimeoutError, ConnectionResetError, PermissionError, ValueError, KeyError])
def test_a_time_limit_that_looks_like_a_failure_of_the_network_passes(limit, alarm):
    def reached(_number, _frame):
        raise limit("the task takes too long")

    alarm(reached)
    stand, caller = STANDS["baseten"], threading.get_ident()

    def strike(wire, _stand):
        signal.pthread_kill(caller, signal.SIGALRM)
        wire.hold()

    server = FaultServer(stand, deletes=[Act(name="strikes its client", play=strike).works()])
    try:
        with (
            expunge.Client(stand.settings(server.origin)) as client,
            pytest.raises(limit, match="the task takes too long") as raised,
        ):
            client.delete(stand.ref)
    finally:
        server.stop()

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("deleted", 1)


def no_thread(_thread):
    """Fail as at the limit of threads, so that the caller's own thread does the work and hears of the signal."""
    raise RuntimeError("can't start new thread")
