"""Whatever happens on the wire: the exact end of each scenario, on each provider, by either client."""

import asyncio
import io
import socket
import traceback
from itertools import pairwise

import pytest
from rich.console import Console
from rich.traceback import Traceback
from tests.conftest import settings
from tests.wire.rows import ALL, PATHS, REFS, ROWS, End
from tests.wire.server import FaultServer

import expunge
from expunge.sandbox import Sandbox

TABLE = [pytest.param(row, provider, id=f"{row.name}-{provider}") for row in ROWS for provider in row.providers]


@pytest.fixture(scope="module")
def running():
    with Sandbox(replicate_delay=0.0) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    running.reset()
    return running


def configured(sandbox, provider, origin):
    """Give the provider's settings with another address."""
    (found,) = (each for each in settings(sandbox.environ) if each.provider == provider)
    where = {"host" if provider == "truefoundry" else "base_url": origin}
    secret = {"api_token" if provider == "replicate" else "api_key": found.secret}
    return type(found)(**where, **secret)


def delete(kind, configuration, clock, ref, timeout):
    """Delete by either client; give the tombstone, and the error that came instead of it."""
    try:
        if kind == "sync":
            with expunge.Client(configuration, clock=clock) as client:
                return client.delete(ref, timeout=timeout), None

        async def run():
            async with expunge.AsyncClient(configuration, clock=clock) as client:
                return await client.delete(ref, timeout=timeout)

        return asyncio.run(run()), None
    except expunge.ExpungeError as error:
        return error.tombstone, error


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(("row", "provider"), TABLE)
def test_each_scenario_has_its_end(row, provider, kind, sandbox, clock):
    ref = REFS[provider]
    if row.timeout < 1:  # the time runs out on a socket, not by the clock of the tests
        clock = None
    (behind,) = (each.origin for each in settings(sandbox.environ) if each.provider == provider)
    server = FaultServer(behind, lambda: sandbox.remove(ref), row.deletes(provider), row.reads(provider))
    configuration = configured(sandbox, provider, server.origin)

    tombstone, error = delete(kind, configuration, clock, ref, row.timeout)

    server.close()
    sent = [method for method in server.methods if method != "GET"]
    assert End(tombstone.status, tombstone.confirmed_by, len(sent), error and type(error)) == row.end(provider)
    assert tombstone.attempts == len(sent)
    server.settle_late_effects()
    agrees(tombstone, sandbox.holds(ref))
    assert all(request.split(b" ")[1].decode().startswith(PATHS[provider]) for request in server.requests)
    if provider == "truefoundry":
        assert ("POST", "POST") not in list(pairwise(server.methods))
    assert configuration.secret.reveal() not in everything_said(tombstone, error)


def agrees(tombstone, is_there):
    """What the tombstone says is so; `unknown` and `accepted` leave it open."""
    if tombstone.status == "deleted":
        assert not is_there
    elif tombstone.status in {"failed", "refused"}:
        assert is_there


def everything_said(tombstone, error):
    """Give all that a person may come to see of an error, a traceback with locals included."""
    seen = io.StringIO()
    seen.write(f"{tombstone!r}")
    if error is not None:
        ours = error.with_traceback(error.__traceback__.tb_next)
        shown = Traceback.from_exception(type(ours), ours, ours.__traceback__, show_locals=False)
        Console(file=seen, width=200).print(shown)
        seen.write("".join(traceback.format_exception(error)) + repr(error))
    return seen.getvalue()


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("provider", ALL)
def test_where_nobody_listens_nothing_was_sent(provider, kind, sandbox, clock):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"

    tombstone, error = delete(kind, configured(sandbox, provider, origin), clock, REFS[provider], 300.0)

    assert (tombstone.status, tombstone.attempts, type(error)) == ("failed", 0, expunge.TransportError)
    assert sandbox.holds(REFS[provider])


@pytest.mark.parametrize("provider", ALL)
def test_a_connection_that_was_closed_meanwhile_is_no_doubt_about_the_next(provider, sandbox, clock):
    """The server closes after each answer without saying so: the next delete begins on a fresh connection."""
    ref = REFS[provider]
    (behind,) = (each.origin for each in settings(sandbox.environ) if each.provider == provider)
    success = next(row for row in ROWS if row.name == "documented-success").deletes(provider)[0]
    closing = type(success)(success.sends, success.effect, "close")
    server = FaultServer(behind, lambda: sandbox.remove(ref), [closing, closing])
    with expunge.Client(configured(sandbox, provider, server.origin), clock=clock) as client:
        client.delete(ref)
        sandbox.add(ref)

        tombstone = client.delete(ref)

    server.close()
    assert tombstone.status in {"deleted", "accepted"}
    assert tombstone.confirmed_by in {"response", "read_back"}
