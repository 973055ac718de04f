"""TLS, plain and through proxies that speak TLS themselves: verified, reused, and never after an unasked byte."""

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress

import pytest

import expunge
from expunge._http.session import Session

from .loopback import TOKEN, answer, both, request_of, serving
from .test_late_answers import statuses

HOST = "api.example.com"
REFS = [f"truefoundry:fraud-repo/churn@{number}" for number in range(1, 6)]
REFUSED = answer(b'{"detail": "not on a Friday"}', 409)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make a certificate for the host, and return its files: the certificate, and the key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


@pytest.fixture
def context(certificate, monkeypatch):
    """Return a server's TLS context that the environment makes the clients trust; the host is this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *more, **options: look_up("127.0.0.1", *more, **options))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate)
    return made


def provider(context, after=lambda _connection, _number: None):
    """Return a server's function that refuses each delete over TLS, and then does what *after* does."""

    def serve(_server, connection, number):
        with context.wrap_socket(connection, server_side=True) as secured:
            while request_of(secured):
                secured.sendall(REFUSED)
                after(secured, number)

    return serve


def proxy(context=None):
    """Return a server's function that opens a tunnel to any port of this machine; by *context* it speaks TLS itself."""

    def pump(source, sink):
        with suppress(OSError):
            while chunk := source.recv(65_536):
                sink.sendall(chunk)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def serve(_server, connection, _number):
        near = context.wrap_socket(connection, server_side=True) if context else connection
        port = int(request_of(near).split(b" ")[1].rpartition(b":")[2])
        with near, socket.create_connection(("127.0.0.1", port)) as far:
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(far, near), daemon=True)
            back.start()
            pump(near, far)
            back.join()

    return serve


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("by", ["nothing", "http", "https"])
def test_one_connection_serves_all_requests(kind, by, context, monkeypatch):
    between = proxy(context if by == "https" else None)
    with serving(provider(context)) as server, serving(between) as tunnel:
        if by != "nothing":
            monkeypatch.setenv("HTTPS_PROXY", f"{by}://{HOST}:{tunnel.port}")
        with both(kind, expunge.TrueFoundry(host=f"https://{HOST}:{server.port}", api_key=TOKEN)) as call:
            found = list(statuses(call, REFS))

        assert found == ["refused"] * 5
        assert (server.connections, tunnel.connections) == (1, 0 if by == "nothing" else 1)


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("by", ["nothing", "http", "https"])
def test_a_second_answer_ends_the_reuse_of_connections(kind, by, context, monkeypatch):
    monkeypatch.setattr(f"expunge._http.{'blocking' if kind == 'sync' else 'awaited'}.WATCH_SECONDS", 30.0)
    twice = provider(context, lambda connection, _number: connection.sendall(REFUSED))
    with serving(twice) as server, serving(proxy(context if by == "https" else None)) as tunnel:
        if by != "nothing":
            monkeypatch.setenv("HTTPS_PROXY", f"{by}://{HOST}:{tunnel.port}")
        with both(kind, expunge.TrueFoundry(host=f"https://{HOST}:{server.port}", api_key=TOKEN)) as call:
            found = list(statuses(call, REFS))

        assert found == ["refused"] * 5
        assert server.connections == 5


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_farewell_on_an_idle_connection_costs_no_more_than_itself(kind, context):
    gone = threading.Event()

    def leave(connection, number):
        if number == 1:
            connection.settimeout(0.0)
            with suppress(OSError):
                connection.unwrap()  # says goodbye, and does not wait for the client to do so
            gone.set()

    with serving(provider(context, leave)) as server:
        with both(kind, expunge.TrueFoundry(host=f"https://{HOST}:{server.port}", api_key=TOKEN)) as call:
            found = list(statuses(call, REFS[:1]))
            assert gone.wait(30)
            found += statuses(call, REFS[1:])

        assert found == ["refused"] * 5
        assert server.connections == 2


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_certificate_of_another_host_means_that_nothing_was_sent(kind, context):
    with (
        serving(provider(context)) as server,
        both(kind, expunge.TrueFoundry(host=f"https://other.example.com:{server.port}", api_key=TOKEN)) as call,
    ):
        (found,) = statuses(call, REFS[:1])

    assert found == "failed"


def test_an_observed_session_tells_the_version_and_sends_no_delete(context):
    adapter = expunge.PROVIDERS["baseten"]
    with serving(provider(context)) as server:
        settings = expunge.Baseten(api_key=TOKEN, base_url=f"https://{HOST}:{server.port}")
        session = Session(settings, adapter.authorization(settings.secret), ())
        observed, observer = session.observed()
        refused = observed.perform(adapter.delete_call(expunge.parse_ref("baseten:mod3x7q@dep1aaa"), None))
        assert (refused.was_sent, observer.seen, server.connections) == (False, None, 0)
        answered = observed.perform(adapter.probe(None))
        session.close()

    assert answered.http_status == 409
    assert observer.tls.version == "TLSv1.3"
    assert TOKEN not in repr(observer.seen)
