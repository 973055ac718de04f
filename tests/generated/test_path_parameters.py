"""The generated clients, called directly against a real server: a path parameter is one segment, or is refused."""

import asyncio
import importlib
import inspect
import json
import pkgutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources

import pytest

import expunge_clients

PROVIDERS = ("baseten", "cerebras", "replicate", "truefoundry")


def rules(provider):
    """Read the table of rules that stands beside a client."""
    return json.loads(resources.files(expunge_clients).joinpath(provider, "rules.json").read_text(encoding="utf-8"))


def endpoints(provider) -> Iterator[tuple[str, object]]:
    """Find each endpoint module of a client, by its operation's name."""
    api = importlib.import_module(f"expunge_clients.{provider}.api")
    for tag in pkgutil.iter_modules(api.__path__, f"{api.__name__}."):
        package = importlib.import_module(tag.name)
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield module.name.rpartition(".")[2], importlib.import_module(module.name)


# One row a path parameter: provider, operation, endpoint module, parameter, all path parameters.
SITES = [
    pytest.param(provider, endpoint, name, names, id=f"{provider}-{operation}-{name}")
    for provider in PROVIDERS
    for operation, endpoint in endpoints(provider)
    for names in [
        [name for name, rule in rules(provider)["operations"][operation]["parameters"].items() if rule["in"] == "path"]
    ]
    for name in names
]


@pytest.fixture(scope="module")
def server():
    """Serve an empty object to every request, and note the lines that came."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.seen.append(f"{self.command} {self.path}")  # type: ignore[attr-defined]
            self.send_response(418)  # documented nowhere, so no endpoint reads the body
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_DELETE = do_PUT = do_POST = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def call(server):
    """Call an endpoint, blocking or not, and give the request lines that reached the server."""

    def run(provider, endpoint, values, *, asynchronous=False):
        server.seen.clear()
        client_class = importlib.import_module(f"expunge_clients.{provider}").AuthenticatedClient
        client = client_class(base_url=f"http://127.0.0.1:{server.server_port}", token="t")
        if asynchronous:

            async def once():
                async with client as open_client:
                    await endpoint.asyncio_detailed(**values, client=open_client)

            asyncio.run(once())
        else:
            with client as open_client:
                endpoint.sync_detailed(**values, client=open_client)
        return list(server.seen)

    return run


def test_the_sites_are_all_path_parameters_of_all_operations():
    expected = sum(
        rule["in"] == "path"
        for provider in PROVIDERS
        for operation in rules(provider)["operations"].values()
        for rule in operation["parameters"].values()
    )

    assert len(SITES) == expected > 0


@pytest.mark.parametrize("harmful", ["", ".", ".."])
@pytest.mark.parametrize(("provider", "endpoint", "name", "names"), SITES)
def test_what_would_change_the_path_is_refused(provider, endpoint, name, names, harmful, call, server):
    values = {**dict.fromkeys(names, "fine"), name: harmful}

    for asynchronous in (False, True):
        with pytest.raises(ValueError, match=rf"^{name} is '{harmful}'".replace(".", r"\.")):
            call(provider, endpoint, values, asynchronous=asynchronous)

    assert server.seen == []


@pytest.mark.parametrize(("provider", "endpoint", "name", "names"), SITES)
def test_anything_else_is_sent_as_one_encoded_segment(provider, endpoint, name, names, call):
    odd = "../a b%2e%2e?x=1#y\\ü\n"
    encoded = "..%2Fa%20b%252e%252e%3Fx%3D1%23y%5C%C3%BC%0A"
    operation = rules(provider)["operations"][endpoint.__name__.rpartition(".")[2]]
    segments = {**dict.fromkeys(names, "fine"), name: encoded}
    expected = f"{operation['method']} {operation['path'].format(**segments)}"

    for asynchronous in (False, True):
        lines = call(provider, endpoint, {**dict.fromkeys(names, "fine"), name: odd}, asynchronous=asynchronous)

        assert lines == [expected]


def test_a_value_that_is_no_text_is_judged_as_the_text_that_would_be_sent(call, server):
    from expunge_clients.baseten.api.models import delete_model  # noqa: PLC0415 - the one endpoint that this is about

    class Sly:
        def __str__(self) -> str:
            return ".."

    with pytest.raises(ValueError, match="model_id"):
        call("baseten", delete_model, {"model_id": Sly()})

    assert server.seen == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_operation_is_an_endpoint_with_its_parameters(provider):
    operations = rules(provider)["operations"]
    found = dict(endpoints(provider))

    assert set(found) == set(operations)
    for name, endpoint in found.items():
        taken = set(inspect.signature(endpoint.sync_detailed).parameters) - {"client", "body"}
        assert taken == set(operations[name]["parameters"])
