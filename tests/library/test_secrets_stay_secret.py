"""No token in a log line, an exception, a traceback with locals, or a file: whatever a server echoes, at any level."""

import asyncio
import io
import logging
import socket
import traceback

import pytest
from rich.console import Console
from rich.traceback import Traceback
from tests.http.loopback import serving

import expunge

TOKEN = "tok'en-that-must-not-show"
REF = "cerebras:acme/gpt-oss-120b@2"
ECHO = f"""HTTP/1.1 409 Conflict\r
Content-Type: application/json\r
X-Echo: Bearer {TOKEN}\r
X-Request-Id: {TOKEN}\r
Content-Length: {len(TOKEN) + 13}\r
\r
{{"detail": "{TOKEN}"}}"""


@pytest.fixture(params=["echo", "reset", "stall"])
def origin(request):
    """Return the origin of a server that echoes the token, or closes, or never answers."""

    def serve(server, connection, _number):
        connection.recv(65_536)
        if request.param == "echo":
            connection.sendall(ECHO.encode())
        elif request.param == "stall":
            server.over.wait(60)

    with serving(serve) as server:
        yield server.origin


def delete(kind, settings, ref=REF, *, timeout=0.3, **options):
    if kind == "sync":
        with expunge.Client(settings, last_read_seconds=0.3) as client:
            return client.delete(ref, timeout=timeout, **options)

    async def awaited():
        async with expunge.AsyncClient(settings, last_read_seconds=0.3) as client:
            return await client.delete(ref, timeout=timeout, **options)

    return asyncio.run(awaited())


@pytest.fixture
def logged():
    """Collect what all loggers say at the lowest level, as text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(1)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_token_is_in_no_log_no_exception_and_no_traceback(kind, origin, logged):
    settings = expunge.Cerebras(api_key=TOKEN, base_url=origin)
    seen = io.StringIO()

    with pytest.raises(expunge.ExpungeError) as raised:
        delete(kind, settings)

    # What rich shows with locals is the most that a traceback ever tells. Our own test's frame holds the server's text.
    error = raised.value
    error.__traceback__ = error.__traceback__.tb_next.tb_next
    Console(file=seen, width=200).print(
        Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
    )
    seen.write("".join(traceback.format_exception(error)))
    seen.write(f"{error!r} {error.tombstone!r} {settings!r} {error.__cause__!r} {error.__context__!r}")
    assert f"settled {REF}" in logged.getvalue()
    for text in (logged.getvalue(), seen.getvalue()):
        assert TOKEN not in text
        assert TOKEN.replace("'", "\\'") not in text


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_write_that_times_out_shows_no_token_in_the_locals_of_its_frames(kind):
    """The frames of the HTTP library hold the header: none of them is kept."""
    manifest = {
        "name": "churn",
        "ml_repo": "fraud-repo",
        "version": 3,
        "type": "model-version",
        "metadata": {"x": "y" * 10_000_000},
        "source": {"type": "truefoundry"},
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:  # takes the connection, and never reads from it
        settings = expunge.TrueFoundry(host=f"http://127.0.0.1:{listener.getsockname()[1]}", api_key=TOKEN)
        with pytest.raises(expunge.Unconfirmed) as raised:
            delete(kind, settings, "truefoundry:fraud-repo/churn@3", timeout=2.0, manifest=manifest)

    error = raised.value
    error.__traceback__ = error.__traceback__.tb_next.tb_next
    seen = io.StringIO()
    shown = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, locals_max_string=200, locals_max_length=20
    )
    Console(file=seen, width=200).print(shown)
    assert "timeout" in seen.getvalue()
    assert TOKEN not in seen.getvalue()
    assert error.__cause__ is None
