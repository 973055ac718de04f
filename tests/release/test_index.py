"""`make publish` and the index: its address, its answers, its certificate, and who may see the password."""

import json
import socket
import ssl
from datetime import UTC, datetime
from ipaddress import IPv4Address

import pytest
from tests.packaging.package_index import CREDENTIALS, PASSWORD, USERNAME, Answer, pypiserver, scripted_index
from tests.release.publishing import FILES, PAGE, listing, refusal

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("environ", "named", "unnamed"),
    [
        pytest.param({}, ["TWINE_USERNAME", "TWINE_PASSWORD"], [], id="none"),
        pytest.param({"TWINE_USERNAME": USERNAME}, ["TWINE_PASSWORD"], ["TWINE_USERNAME"], id="no-password"),
        pytest.param({"TWINE_PASSWORD": PASSWORD}, ["TWINE_USERNAME"], ["TWINE_PASSWORD"], id="no-user"),
        pytest.param({**CREDENTIALS, "TWINE_PASSWORD": ""}, ["TWINE_PASSWORD"], ["TWINE_USERNAME"], id="empty"),
    ],
)
def test_without_credentials_nothing_is_asked_and_nothing_uploaded(environ, named, unnamed, repository, scripted):
    done = repository.make("publish", f"INDEX={scripted.url}", environ=environ)

    said = done.stderr.splitlines()[0]  # the second is what make says about the failure
    assert done.returncode != 0
    assert said.startswith("error: nothing was uploaded: ")
    assert all(name in said for name in named)
    assert not any(name in said for name in unnamed)
    assert scripted.asked == []


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({**CREDENTIALS, "TWINE_PASSWORD": "wrong"}, id="password"),
        pytest.param({**CREDENTIALS, "TWINE_USERNAME": "nobody"}, id="user"),
    ],
)
def test_wrong_credentials_are_refused_before_anything_is_built(environ, repository, empty_index):
    done = repository.program("publish", empty_index.url, environ=environ)

    assert "does not accept TWINE_USERNAME and TWINE_PASSWORD (HTTP 403)" in refusal(done)
    assert done.stdout == ""
    assert empty_index.files() == {}


def test_a_reader_who_may_not_upload_hears_so(repository, tmp_path):
    """Many indexes are open to readers, so that only the upload shows what the password is worth."""
    with pypiserver(tmp_path, "--authenticate", "update", "--disable-fallback") as index:
        done = repository.program("publish", index.url, environ={**CREDENTIALS, "TWINE_PASSWORD": "wrong-indeed"})

        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "the upload was refused (HTTP 403)" in done.stderr
        assert "Nothing was uploaded" in done.stderr
        assert "wrong-indeed" not in done.stdout + done.stderr
        assert index.files() == {}


def test_make_without_an_index_says_how_to_name_one(repository):
    done = repository.make("publish", environ=CREDENTIALS)

    assert done.returncode != 0
    assert "make publish INDEX=" in done.stderr


@pytest.mark.parametrize("ending", ["", "simple", "simple/", "legacy/"])
def test_an_index_may_be_named_by_any_of_its_addresses(ending, repository, scripted):
    """The base, the page that pip is given, or the address for uploads: what is asked is the same."""
    scripted.tell(PAGE, Answer(500))

    done = repository.program("publish", f"{scripted.url}{ending}", environ=CREDENTIALS)

    assert "HTTP 500" in refusal(done)
    assert scripted.asked == [PAGE]


def test_an_index_that_is_down_is_refused(repository):
    """The port is kept by a socket that does not listen, so that nothing else can answer there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = repository.program("publish", f"http://127.0.0.1:{taken.getsockname()[1]}/", environ=CREDENTIALS)

    assert "cannot be reached" in refusal(done)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(body=b"<html><title>Log in</title><form></form></html>"), id="a-login-page"),
        pytest.param(Answer(body=b'<a href="/help">Help</a>'), id="links-to-something-else"),
        pytest.param(Answer(body=b"\xff\x00<<<>>&#x;"), id="rubbish"),
        pytest.param(Answer(body=b""), id="nothing"),
        pytest.param(Answer(body=b"{}", headers={"Content-Type": "application/json"}), id="another-json"),
        pytest.param(
            Answer(body=b'{"files": [{}]}', headers={"Content-Type": "application/vnd.pypi.simple.v1+json"}),
            id="broken-json",
        ),
        pytest.param(listing("expunge-cli-0.1.0.tar.gz#sha256=00"), id="files-of-another-project"),
    ],
)
def test_an_answer_that_is_no_list_of_files_is_refused(answer, repository, scripted):
    scripted.tell(PAGE, answer)

    done = repository.program("publish", scripted.url, environ=CREDENTIALS)

    assert "not the page of a package index" in refusal(done)
    assert scripted.asked == [PAGE]


@pytest.mark.parametrize("status", [401, 403])
def test_an_index_that_does_not_let_us_in_is_named(status, repository, scripted):
    scripted.tell(PAGE, Answer(status))

    assert f"(HTTP {status})" in refusal(repository.program("publish", scripted.url, environ=CREDENTIALS))


def test_a_list_in_json_is_read(repository, scripted):
    body = {"meta": {"api-version": "1.0"}, "files": [{"filename": "expunge-0.1.0.tar.gz", "url": "x", "hashes": {}}]}
    scripted.tell(
        PAGE, Answer(body=json.dumps(body).encode(), headers={"Content-Type": "application/vnd.pypi.simple.v1+json"})
    )

    assert "already has version 0.1.0" in refusal(repository.program("publish", scripted.url, environ=CREDENTIALS))


def test_a_redirect_to_another_index_gives_a_warning_and_is_not_followed(repository, tmp_path, scripted):
    """This is the default of pypiserver; a page of that index must not decide, and must not see the password."""
    with pypiserver(tmp_path, "--authenticate", "update,list", "--fallback-url", f"{scripted.url}public/") as index:
        done = repository.program("publish", index.url, environ=CREDENTIALS)

        assert done.returncode == 0, done.stderr
        assert f"redirects to {scripted.url[:-1]} for projects that it does not have" in done.stderr
        assert set(index.files()) == FILES
    assert scripted.requests == []


def test_a_redirect_to_anywhere_else_is_refused(repository, scripted, empty_index):
    scripted.tell(PAGE, Answer(302, headers={"Location": f"{empty_index.url}login"}))

    done = repository.program("publish", scripted.url, environ=CREDENTIALS)

    assert "give that address as INDEX" in refusal(done)


def test_a_release_that_appears_meanwhile_is_not_overwritten(repository, scripted):
    """The index was looked at, and somebody else was quicker: it answers 409."""
    there = listing("/files/expunge-0.1.0.tar.gz")
    scripted.tell(PAGE, Answer(404), there)
    scripted.tell("POST /", Answer(409))
    scripted.tell("GET /files/expunge-0.1.0.tar.gz", Answer(body=b"theirs"))

    done = repository.program("publish", scripted.url, environ=CREDENTIALS)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "409" in done.stderr
    assert "Nothing was overwritten; the index now has expunge-0.1.0.tar.gz (other bytes)" in done.stderr


def test_an_index_that_keeps_other_bytes_is_found_out(repository, scripted):
    scripted.tell(PAGE, Answer(404), listing(*(f"/files/{name}" for name in FILES)))
    scripted.tell("POST /", Answer(200))
    for name in FILES:
        scripted.tell(f"GET /files/{name}", Answer(body=b"exchanged"))

    done = repository.program("publish", scripted.url, environ=CREDENTIALS)

    assert done.returncode == 1
    assert "do not install it" in done.stderr


def test_a_password_that_the_index_echoes_is_blanked(repository, scripted):
    scripted.tell(PAGE, Answer(404))
    scripted.tell("POST /", Answer(307, headers={"Location": f"http://127.0.0.1/{PASSWORD}"}))

    done = repository.program("publish", scripted.url, environ=CREDENTIALS)

    assert done.returncode == 1
    assert "127.0.0.1/***" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_settings_of_twine_and_proxies_lead_nowhere_else(repository, empty_index, scripted, tmp_path):
    """The environment and ~/.pypirc name another index, another user, and a proxy."""
    (tmp_path / ".pypirc").write_text(f"[pypi]\nrepository = {scripted.url}\nusername = other\npassword = other\n")
    stray = {
        "TWINE_REPOSITORY_URL": scripted.url,
        "HTTP_PROXY": scripted.url,
        "http_proxy": scripted.url,
        "HOME": str(tmp_path),
    }

    done = repository.program("publish", empty_index.url, environ={**CREDENTIALS, **stray})

    assert done.returncode == 0, done.stderr
    assert set(empty_index.files()) == FILES
    assert scripted.requests == []


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate of this machine that no authority knows, and its key, in one file."""
    x509 = pytest.importorskip("cryptography.x509", reason="comes with twine's keyring, on Linux")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - it may not be there
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - the same

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    host = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
    made = made.add_extension(host, critical=True).sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(*pem) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def scripted_over_tls(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with scripted_index(tls) as index:
        yield index


def test_a_private_authority_is_trusted_for_looking_and_for_uploading(repository, scripted_over_tls, certificate):
    scripted_over_tls.tell("POST /", Answer(403))
    bundles = {"TWINE_CERT": str(certificate), "REQUESTS_CA_BUNDLE": "/another/that/is/not/there.pem"}

    done = repository.program("publish", scripted_over_tls.url, environ={**CREDENTIALS, **bundles})

    assert "the upload was refused (HTTP 403)" in done.stderr
    assert scripted_over_tls.asked == [PAGE, "POST /", PAGE]


def test_an_authority_that_nobody_named_is_not_trusted(repository, scripted_over_tls):
    done = repository.program("publish", scripted_over_tls.url, environ=CREDENTIALS)

    assert "cannot be reached" in refusal(done)
    assert scripted_over_tls.requests == []


def test_a_last_release_with_another_hash_than_its_page_says_is_refused(repository, scripted):
    scripted.tell(PAGE, listing(f"expunge-0.1.0.tar.gz#sha256={'0' * 64}"))
    scripted.tell(f"{PAGE}expunge-0.1.0.tar.gz", Answer(body=b"exchanged"))
    repository.release("0.1.1")

    done = repository.program("publish", scripted.url, environ=CREDENTIALS)

    assert "has another sha256 than its page" in refusal(done)


def test_credentials_do_not_follow_a_file_to_another_server(repository, scripted):
    """Files may stand elsewhere; the password stays with the index."""
    page = listing(f"{scripted.url.replace('127.0.0.1', 'localhost')}elsewhere/expunge-0.1.0.tar.gz")
    scripted.tell(PAGE, page)
    scripted.tell("GET /elsewhere/expunge-0.1.0.tar.gz", Answer(500))
    repository.release("0.1.1")

    refusal(repository.program("publish", scripted.url, environ=CREDENTIALS))

    (asked_index, first), (asked_file, second) = scripted.requests
    assert (asked_index, asked_file) == (PAGE, "GET /elsewhere/expunge-0.1.0.tar.gz")
    assert first is not None
    assert second is None
