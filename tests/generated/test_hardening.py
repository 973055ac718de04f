"""The effect of the codemods, seen from outside: statuses, credentials and copies of the generated clients."""

import asyncio
import copy
import importlib
import inspect
import logging
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from expunge_clients import _httpx

httpx = importlib.import_module(_httpx.NAME)
PROVIDERS = ("baseten", "cerebras", "replicate", "truefoundry")
SECRET = "sesame-4711"


def endpoints(provider) -> Iterator[object]:
    """Find each endpoint module of a client."""
    api = importlib.import_module(f"expunge_clients.{provider}.api")
    for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        if not module.ispkg:
            yield importlib.import_module(module.name)


def arguments(endpoint):
    """Make arguments for *endpoint*: a text for each that is required, and an empty body."""
    required = {
        name: parameter
        for name, parameter in inspect.signature(endpoint._get_kwargs).parameters.items()
        if parameter.default is parameter.empty
    }
    return {name: Body() if name == "body" else "x" for name in required}


class Body:
    """A request's body without a field."""

    def to_dict(self):
        return {}


OPERATIONS = [
    pytest.param(provider, endpoint, id=endpoint.__name__.removeprefix("expunge_clients."))
    for provider in PROVIDERS
    for endpoint in endpoints(provider)
]


@pytest.fixture(scope="module")
def server():
    """Answer every request with the status that the test has set, and note the headers that came."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.server.seen.append(self.headers)  # type: ignore[attr-defined]
            self.send_response(self.server.status, "Odd")  # type: ignore[attr-defined]
            self.send_header("Content-Length", "0")
            self.send_header("X-Echo", self.headers.get("Authorization", ""))
            self.end_headers()

        do_DELETE = do_PUT = do_POST = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.seen = []  # type: ignore[attr-defined]
        running.status = 200  # type: ignore[attr-defined]
        running.url = f"http://127.0.0.1:{running.server_port}"  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def build(server):
    """Build a client that is closed when the test has ended."""
    server.seen.clear()
    built = []

    def run(provider="cerebras", *, authenticated=True, **options):
        package = importlib.import_module(f"expunge_clients.{provider}")
        options = {"base_url": server.url, **options}
        client = package.AuthenticatedClient(token=SECRET, **options) if authenticated else package.Client(**options)
        built.append(client)
        return client

    yield run
    for client in built:
        client.get_httpx_client().close()


def send(client, server):
    """Send a request by *client*, and give the headers that reached the server."""
    client.get_httpx_client().get("/")
    return server.seen[-1]


@pytest.mark.parametrize("status", [520, 299, 418, 599])
@pytest.mark.parametrize(("provider", "endpoint"), OPERATIONS)
def test_an_undocumented_status_is_an_answer(provider, endpoint, status, server, build):
    server.status = status
    client = build(provider)

    detailed = endpoint.sync_detailed(**arguments(endpoint), client=client)

    assert detailed.status_code == status
    assert isinstance(detailed.status_code, HTTPStatus) == (status == 418)
    assert type(detailed.status_code) in {int, HTTPStatus}
    assert detailed.parsed is None
    if hasattr(endpoint, "sync"):
        with pytest.raises(endpoint.errors.UnexpectedStatus):
            endpoint.sync(**arguments(endpoint), client=client)


@pytest.mark.parametrize(("provider", "endpoint"), OPERATIONS)
def test_an_undocumented_status_is_an_answer_to_who_awaits_it(provider, endpoint, server, build):
    server.status = 520

    async def ask():
        async with build(provider) as client:
            detailed = await endpoint.asyncio_detailed(**arguments(endpoint), client=client)
            if hasattr(endpoint, "asyncio"):
                with pytest.raises(endpoint.errors.UnexpectedStatus):
                    await endpoint.asyncio(**arguments(endpoint), client=client)
            return detailed

    detailed = asyncio.run(ask())

    assert (detailed.status_code, type(detailed.status_code), detailed.parsed) == (520, int, None)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_undocumented_status_can_still_be_made_an_error(provider, server, build):
    server.status = 520
    errors = importlib.import_module(f"expunge_clients.{provider}.errors")
    endpoint = next(endpoints(provider))
    client = build(provider, raise_on_unexpected_status=True)

    with pytest.raises(errors.UnexpectedStatus) as raised:
        endpoint.sync_detailed(**arguments(endpoint), client=client)

    assert raised.value.status_code == 520


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("authenticated", [True, False], ids=["authenticated", "plain"])
def test_no_credential_is_in_a_repr_before_or_after_use(provider, authenticated, server, build):
    server.status = 200
    client = build(
        provider,
        authenticated=authenticated,
        headers={"X-Key": SECRET},
        cookies={"session": SECRET},
        httpx_args={"auth": httpx.BasicAuth("ana", SECRET), "params": {"key": SECRET}},
    )
    copies = [client, client.with_headers({"X-More": SECRET}), client.with_cookies({"more": SECRET})]
    before = [repr(each) for each in [*copies, copy.copy(client)]]

    async def use_async():
        async with copies[1] as open_client:
            await open_client.get_async_httpx_client().get("/")

    send(client, server)
    asyncio.run(use_async())
    after = [repr(each) for each in [*copies, copy.copy(client)]]

    shown = "".join([*before, *after, str(client), f"{client}"])
    assert SECRET not in shown
    assert server.url in before[0]
    assert before == after


class TestCopies:
    """`with_headers`, `with_cookies` and `with_timeout` give a client of its own."""

    @pytest.fixture(params=[True, False], ids=["authenticated", "plain"])
    def used(self, request, server, build):
        """Return a client that has sent a request, blocking and not."""
        server.status = 200
        client = build(
            authenticated=request.param, headers={"X-A": "1"}, cookies={"c": "1"}, timeout=httpx.Timeout(7.0)
        )
        send(client, server)
        client.get_async_httpx_client()
        server.seen.clear()
        return client

    @pytest.mark.parametrize(
        ("method", "value", "header", "sent"),
        [
            pytest.param("with_headers", {"X-B": "2"}, "X-B", "2", id="headers"),
            pytest.param("with_headers", {"X-A": "2"}, "X-A", "2", id="headers-that-were-there"),
            pytest.param("with_cookies", {"d": "2"}, "Cookie", "c=1; d=2", id="cookies"),
        ],
    )
    def test_the_copy_sends_more_and_the_original_as_before(self, method, value, header, sent, used, server):
        before = dict(send(used, server))

        copied = getattr(used, method)(value)
        of_the_copy = dict(send(copied, server))
        copied.get_httpx_client().close()
        after = dict(send(used, server))

        assert of_the_copy[header] == sent
        assert of_the_copy == {**before, header: sent}
        assert after == before

    def test_a_copy_with_another_timeout_leaves_the_original_its_own(self, used):
        copied = used.with_timeout(httpx.Timeout(3.0))

        timeouts = [each.get_httpx_client().timeout for each in (used, copied)]
        awaited = [each.get_async_httpx_client().timeout for each in (used, copied)]
        copied.get_httpx_client().close()

        assert timeouts == awaited == [httpx.Timeout(7.0), httpx.Timeout(3.0)]

    @pytest.mark.parametrize("method", ["with_headers", "with_cookies", "with_timeout"])
    def test_nothing_that_can_change_is_shared(self, method, used, server):
        copied = getattr(used, method)(httpx.Timeout(3.0) if method == "with_timeout" else {})

        clients = [used.get_httpx_client(), used.get_async_httpx_client()]
        of_the_copy = [copied.get_httpx_client(), copied.get_async_httpx_client()]
        copied.get_httpx_client().close()
        dictionaries = [
            (getattr(used, name), getattr(copied, name)) for name in ("_headers", "_cookies", "_httpx_args")
        ]

        assert not {id(each) for each in clients} & {id(each) for each in of_the_copy}
        assert all(mine is not theirs for mine, theirs in dictionaries)
        assert send(used, server)["X-A"] == "1"  # the closed copy has not closed this

    def test_a_copy_of_a_closed_client_works(self, used, server):
        used.get_httpx_client().close()

        copied = used.with_headers({"X-B": "2"})

        assert send(copied, server)["X-B"] == "2"
        copied.get_httpx_client().close()


def test_the_token_is_not_written_into_the_callers_headers(server, build):
    """They may be meant for another host too."""
    server.status = 200
    headers = {"X-A": "1"}

    client = build(headers=headers)
    sent = send(client, server)
    client.get_async_httpx_client()

    assert sent["Authorization"] == f"Bearer {SECRET}"
    assert headers == {"X-A": "1"}


def test_clients_of_one_dictionary_keep_their_tokens_apart(server, build):
    server.status = 200
    headers = {"X-A": "1"}
    package = importlib.import_module("expunge_clients.cerebras")
    first = build(headers=headers)
    plain = build(headers=headers, authenticated=False)
    other = package.AuthenticatedClient(
        base_url=server.url, token="other", headers=headers, prefix="", auth_header_name="X-Key"
    )

    sent = [send(each, server) for each in (first, plain, other)]
    other.get_httpx_client().close()

    assert [each.get("Authorization") for each in sent] == [f"Bearer {SECRET}", None, None]
    assert [each.get("X-Key") for each in sent] == [None, None, "other"]


def test_the_documented_level_keeps_an_echoed_token_out_of_the_logs(build, caplog):
    """Without it, httpcore logs the answer's headers: docs/events.md says so."""
    caplog.set_level(logging.DEBUG)
    client = build()

    client.get_httpx_client().get("/")
    assert SECRET in caplog.text

    caplog.clear()
    caplog.set_level(logging.INFO, "httpcore")
    client.get_httpx_client().get("/")
    assert "HTTP Request" in caplog.text
    assert SECRET not in caplog.text


def test_no_module_of_the_clients_loads_the_http_library():
    """It loads when a client opens connections: the facade opens its own."""
    program = """
import pkgutil, sys, expunge_clients
for module in pkgutil.walk_packages(expunge_clients.__path__, "expunge_clients."):
    __import__(module.name)
client = expunge_clients.cerebras.Client(base_url="http://127.0.0.1:9")
print(sorted({"httpx", "httpx2", "httpcore", "httpcore2"} & set(sys.modules)))
client.get_httpx_client()
print(expunge_clients._httpx.NAME in sys.modules)
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["[]", "True"]


def test_the_http_library_has_no_more_names_than_the_clients_need():
    with pytest.raises(AttributeError, match="has no attribute 'get'"):
        _httpx.get  # noqa: B018 - asking is the test
