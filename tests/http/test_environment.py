"""Certificate and proxy settings that cannot be used: a matter of configuration, nothing sent, nothing shown."""

import asyncio
import io

import pytest
from rich.console import Console
from rich.traceback import Traceback

import expunge

from .loopback import REF, TOKEN, both

PASSWORD = "pass-word-3f9"
MODEL = "cerebras:acme/gpt-oss-120b"
BAD = {
    "proxy-scheme": ({"HTTPS_PROXY": f"gopher://user:{PASSWORD}@127.0.0.1:9"}, "scheme"),
    "proxy-port": ({"HTTPS_PROXY": f"http://user:{PASSWORD}@127.0.0.1:port"}, "host or port"),
    "proxy-without-host": ({"HTTPS_PROXY": f"http://user:{PASSWORD}"}, "host or port"),
    "proxy-without-scheme": ({"HTTPS_PROXY": f"user:{PASSWORD}@127.0.0.1:99999999"}, "no valid port"),
    "proxy-empty-host": ({"HTTPS_PROXY": f"http://user:{PASSWORD}@:3128"}, "no host"),
    "proxy-bracket": ({"ALL_PROXY": f"http://user:{PASSWORD}@[::1:3128"}, "host or port"),
    "proxy-old-socks": ({"HTTPS_PROXY": f"socks4://user:{PASSWORD}@127.0.0.1:9"}, "scheme"),
    "file-missing": ({"SSL_CERT_FILE": "nowhere.pem"}, "SSL_CERT_FILE cannot be used: No such file"),
    "file-of-something-else": ({"SSL_CERT_FILE": __file__}, "SSL_CERT_FILE cannot be used"),
    "folder-missing": ({"SSL_CERT_DIR": "nowhere"}, "SSL_CERT_DIR cannot be used"),
    "key-log": ({"SSLKEYLOGFILE": "nowhere/keys"}, "SSLKEYLOGFILE cannot be used"),
}


@pytest.fixture(params=list(BAD.values()), ids=list(BAD))
def why(request, monkeypatch):
    """Set what cannot be used, and return what the error says of it."""
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "SSLKEYLOGFILE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    settings, said = request.param
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return said


def settings():
    return expunge.Cerebras(api_key=TOKEN, base_url="https://api.example.com")


CALLS = {
    "delete": ("delete", REF, {}),
    "dry-run": ("delete", REF, {"dry_run": True}),
    "get": ("get", REF, {}),
    "plan": ("plan", MODEL, {"keep_last": 1}),
}


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("name", CALLS)
def test_every_call_says_so(kind, name, why):
    method, ref, options = CALLS[name]

    with both(kind, settings()) as call, pytest.raises(expunge.ConfigurationError, match=why) as raised:
        call(method, ref, **options)

    assert PASSWORD not in str(raised.value)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_frame_and_no_message_shows_a_secret(kind, why):
    seen = io.StringIO()

    with both(kind, settings()) as call, pytest.raises(expunge.ConfigurationError) as raised:
        call("delete", REF)

    error = raised.value
    Console(file=seen, width=300).print(
        Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
    )
    assert why
    assert "authorization" in seen.getvalue()
    assert TOKEN not in seen.getvalue()
    assert PASSWORD not in seen.getvalue()
    assert PASSWORD not in repr((error, error.__context__, error.__cause__))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_in_bulk_each_is_named_and_none_was_sent(kind, why):
    if kind == "sync":
        with expunge.Client(settings()) as client:
            (tombstone,) = client.delete_many([REF])
    else:

        async def awaited():
            async with expunge.AsyncClient(settings()) as client:
                return [each async for each in client.delete_many([REF])]

        (tombstone,) = asyncio.run(awaited())

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert why.partition(": ")[0] in tombstone.detail
    assert PASSWORD not in repr(tombstone)
