"""`make publish`: a release reaches the index once, whole and proved; all else is refused and changes nothing."""

import hashlib
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tarfile
import venv
from datetime import UTC, datetime
from ipaddress import IPv4Address

import pytest
from tests.packaging.environment import Environment, copy_requirements, run
from tests.packaging.package_index import CREDENTIALS, PASSWORD, USERNAME, Answer, pypiserver, told_index
from tests.packaging.repository import environment

pytestmark = pytest.mark.slow

REF = "cerebras:acme/gpt-oss-120b@2"
DELETE = """
import json, sys
import expunge

with expunge.Client.from_env() as client:
    print(json.dumps([client.delete(sys.argv[1]).status, expunge.__file__]))
"""
PAGE = "GET /simple/expunge/"
FILES = {"expunge-0.1.0.tar.gz", "expunge-0.1.0-py3-none-any.whl"}


def refusal(done):
    """Give the one line that says why nothing was uploaded."""
    assert done.returncode != 0, done.stdout
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("error: nothing was uploaded: ")
    assert PASSWORD not in done.stdout + done.stderr
    return done.stderr


def listing(*links):
    return Answer(body="".join(f'<a href="{link}">x</a>' for link in links).encode())


def test_a_first_release_is_published_and_proved(first_release):
    index, done = first_release

    assert (done.returncode, done.stderr) == (0, "")
    assert set(index.files()) == FILES
    for name, content in index.files().items():
        assert f"{hashlib.sha256(content).hexdigest()}  {name}: the index has it, byte for byte" in done.stdout
    assert f"pip install --index-url {index.simple} expunge==0.1.0" in done.stdout
    assert PASSWORD not in done.stdout


def test_what_is_published_is_what_make_dist_builds(first_release, repository):
    index, _ = first_release

    repository.program("dist")

    assert {path.name: path.read_bytes() for path in (repository.path / "dist").iterdir()} == index.files()


@pytest.mark.parametrize(
    ("environ", "named", "unnamed"),
    [
        pytest.param({}, ["TWINE_USERNAME", "TWINE_PASSWORD"], [], id="none"),
        pytest.param({"TWINE_USERNAME": USERNAME}, ["TWINE_PASSWORD"], ["TWINE_USERNAME"], id="no-password"),
        pytest.param({"TWINE_PASSWORD": PASSWORD}, ["TWINE_USERNAME"], ["TWINE_PASSWORD"], id="no-user"),
        pytest.param({**CREDENTIALS, "TWINE_PASSWORD": ""}, ["TWINE_PASSWORD"], ["TWINE_USERNAME"], id="empty"),
    ],
)
def test_without_credentials_nothing_is_asked_and_nothing_uploaded(environ, named, unnamed, repository, told):
    done = repository.make("publish", f"INDEX={told.url}", environ=environ)

    said = done.stderr.splitlines()[0]  # the second is what make says about the failure
    assert done.returncode != 0
    assert said.startswith("error: nothing was uploaded: ")
    assert all(name in said for name in named)
    assert not any(name in said for name in unnamed)
    assert told.asked == []


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


def test_who_may_read_and_not_upload_is_told_so(repository, tmp_path):
    """Many indexes are open to readers, so that only the upload shows what the password is worth."""
    with pypiserver(tmp_path, "--authenticate", "update", "--disable-fallback") as index:
        done = repository.program("publish", index.url, environ={**CREDENTIALS, "TWINE_PASSWORD": "wrong-indeed"})

        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "the upload was refused (HTTP 403)" in done.stderr
        assert "Nothing was uploaded" in done.stderr
        assert "wrong-indeed" not in done.stdout + done.stderr
        assert index.files() == {}


def test_a_change_that_is_not_committed_is_refused(repository, empty_index):
    with (repository.path / "README.md").open("a") as file:
        file.write("\nOne more line.\n")

    done = repository.program("publish", empty_index.url, environ=CREDENTIALS)

    assert "the tree differs from the last commit (README.md)" in refusal(done)
    assert empty_index.files() == {}


def test_a_file_that_git_does_not_track_is_refused(repository, empty_index):
    repository.git("config", "status.showUntrackedFiles", "no")
    (repository.path / "src/expunge/secret.env").write_text("TOKEN=1")

    done = repository.program("publish", empty_index.url, environ=CREDENTIALS)

    assert "src/expunge/secret.env" in refusal(done)
    assert empty_index.files() == {}


def test_a_tree_without_git_is_refused(template, empty_index, tmp_path):
    shutil.copytree(template.path, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))

    command = (sys.executable, "scripts/publish.py", empty_index.url)
    done = run(
        *command, cwd=tmp_path / "copy", environ=environment(**CREDENTIALS, GIT_CEILING_DIRECTORIES=str(tmp_path))
    )

    assert "git status failed" in refusal(done)
    assert empty_index.files() == {}


def test_a_version_that_the_index_has_is_never_overwritten(repository, first_release):
    index, _ = first_release
    before = index.files()
    repository.replace("README.md", "# expunge\n", "# expunge, improved\n")
    repository.commit("Improve")

    done = repository.program("publish", index.url, environ=CREDENTIALS)

    assert "already has version 0.1.0" in refusal(done)
    assert index.files() == before


@pytest.mark.parametrize(
    ("version", "words"),
    [
        pytest.param("0.0.9", "version 0.0.9 is older than 0.1.0", id="older"),
        pytest.param("0.1.0rc1", "version 0.1.0rc1 is older than 0.1.0", id="before-the-final"),
        pytest.param("0.1", "already has version 0.1 ", id="the-same-in-other-words"),
    ],
)
def test_a_version_that_does_not_follow_is_refused(version, words, repository, first_release):
    index, _ = first_release
    before = index.files()
    repository.release(version)

    done = repository.program("publish", index.url, environ=CREDENTIALS)

    assert words in refusal(done)
    assert index.files() == before


@pytest.mark.parametrize(
    ("index", "words"),
    [
        pytest.param("", "INDEX is missing", id="none"),
        pytest.param("http://pypi.example.com/", "use https", id="plain-http"),
        pytest.param("http://0.0.0.0/", "use https", id="every-address"),
        pytest.param("https://me:geheim@pypi.example.com/", "TWINE_USERNAME", id="password-in-it"),
        pytest.param("https://me@pypi.example.com/", "TWINE_USERNAME", id="user-in-it"),
        pytest.param("pypi.example.com", "not an address", id="no-scheme"),
        pytest.param("ftp://pypi.example.com/", "not an address", id="other-scheme"),
        pytest.param("https://pypi.example.com:port/", "not an address", id="no-port"),
        pytest.param("https:///simple/", "not an address", id="no-host"),
        pytest.param("https://pypi.example.com/?a=b", "leave out", id="query"),
        pytest.param("https://pypi.example.com/\n", "not an address", id="line-break"),
    ],
)
def test_an_index_that_is_none_or_not_safe_is_refused(index, words, repository):
    done = repository.program("publish", index, environ=CREDENTIALS)

    said = refusal(done)
    assert done.returncode == 2
    assert words in said
    assert "geheim" not in said


def test_make_without_an_index_says_how_to_name_one(repository):
    done = repository.make("publish", environ=CREDENTIALS)

    assert done.returncode != 0
    assert "make publish INDEX=" in done.stderr


@pytest.mark.parametrize("ending", ["", "simple", "simple/", "legacy/"])
def test_an_index_may_be_named_by_any_of_its_addresses(ending, repository, told):
    """The base, the page that pip is given, or the address for uploads: what is asked is the same."""
    told.tell(PAGE, Answer(500))

    done = repository.program("publish", f"{told.url}{ending}", environ=CREDENTIALS)

    assert "HTTP 500" in refusal(done)
    assert told.asked == [PAGE]


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
def test_an_answer_that_is_no_list_of_files_is_refused(answer, repository, told):
    told.tell(PAGE, answer)

    done = repository.program("publish", told.url, environ=CREDENTIALS)

    assert "not the page of a package index" in refusal(done)
    assert told.asked == [PAGE]


@pytest.mark.parametrize("status", [401, 403])
def test_an_index_that_does_not_let_us_in_is_named(status, repository, told):
    told.tell(PAGE, Answer(status))

    assert f"(HTTP {status})" in refusal(repository.program("publish", told.url, environ=CREDENTIALS))


def test_a_list_in_json_is_read(repository, told):
    body = {"meta": {"api-version": "1.0"}, "files": [{"filename": "expunge-0.1.0.tar.gz", "url": "x", "hashes": {}}]}
    told.tell(
        PAGE, Answer(body=json.dumps(body).encode(), headers={"Content-Type": "application/vnd.pypi.simple.v1+json"})
    )

    assert "already has version 0.1.0" in refusal(repository.program("publish", told.url, environ=CREDENTIALS))


def test_a_redirect_to_another_index_gives_a_warning_and_is_not_followed(repository, tmp_path, told):
    """What pypiserver does unless told otherwise; a page of that index must not decide, nor see the password."""
    with pypiserver(tmp_path, "--authenticate", "update,list", "--fallback-url", f"{told.url}public/") as index:
        done = repository.program("publish", index.url, environ=CREDENTIALS)

        assert done.returncode == 0, done.stderr
        assert f"redirects to {told.url[:-1]} for projects that it does not have" in done.stderr
        assert set(index.files()) == FILES
    assert told.requests == []


def test_a_redirect_to_anywhere_else_is_refused(repository, told, empty_index):
    told.tell(PAGE, Answer(302, headers={"Location": f"{empty_index.url}login"}))

    done = repository.program("publish", told.url, environ=CREDENTIALS)

    assert "give that address as INDEX" in refusal(done)


def test_a_release_that_appears_meanwhile_is_not_overwritten(repository, told):
    """The index was looked at, and somebody else was quicker: it answers 409."""
    there = listing("/files/expunge-0.1.0.tar.gz")
    told.tell(PAGE, Answer(404), there)
    told.tell("POST /", Answer(409))
    told.tell("GET /files/expunge-0.1.0.tar.gz", Answer(body=b"theirs"))

    done = repository.program("publish", told.url, environ=CREDENTIALS)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "409" in done.stderr
    assert "Nothing was overwritten; the index now has expunge-0.1.0.tar.gz (other bytes)" in done.stderr


def test_an_index_that_keeps_other_bytes_is_found_out(repository, told):
    told.tell(PAGE, Answer(404), listing(*(f"/files/{name}" for name in FILES)))
    told.tell("POST /", Answer(200))
    for name in FILES:
        told.tell(f"GET /files/{name}", Answer(body=b"exchanged"))

    done = repository.program("publish", told.url, environ=CREDENTIALS)

    assert done.returncode == 1
    assert "do not install it" in done.stderr


def test_a_password_that_the_index_echoes_is_blanked(repository, told):
    told.tell(PAGE, Answer(404))
    told.tell("POST /", Answer(307, headers={"Location": f"http://127.0.0.1/{PASSWORD}"}))

    done = repository.program("publish", told.url, environ=CREDENTIALS)

    assert done.returncode == 1
    assert "127.0.0.1/***" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_settings_of_twine_and_proxies_lead_nowhere_else(repository, empty_index, told, tmp_path):
    """The environment and ~/.pypirc name another index, another user, and a proxy."""
    (tmp_path / ".pypirc").write_text(f"[pypi]\nrepository = {told.url}\nusername = other\npassword = other\n")
    stray = {"TWINE_REPOSITORY_URL": told.url, "HTTP_PROXY": told.url, "http_proxy": told.url, "HOME": str(tmp_path)}

    done = repository.program("publish", empty_index.url, environ={**CREDENTIALS, **stray})

    assert done.returncode == 0, done.stderr
    assert set(empty_index.files()) == FILES
    assert told.requests == []


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
def told_over_tls(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with told_index(tls) as index:
        yield index


def test_a_private_authority_is_trusted_for_looking_and_for_uploading(repository, told_over_tls, certificate):
    told_over_tls.tell("POST /", Answer(403))
    bundles = {"TWINE_CERT": str(certificate), "REQUESTS_CA_BUNDLE": "/another/that/is/not/there.pem"}

    done = repository.program("publish", told_over_tls.url, environ={**CREDENTIALS, **bundles})

    assert "the upload was refused (HTTP 403)" in done.stderr
    assert told_over_tls.asked == [PAGE, "POST /", PAGE]


def test_an_authority_that_nobody_named_is_not_trusted(repository, told_over_tls):
    done = repository.program("publish", told_over_tls.url, environ=CREDENTIALS)

    assert "cannot be reached" in refusal(done)
    assert told_over_tls.requests == []


@pytest.fixture
def second_index(first_release, tmp_path):
    """A pypiserver of the test's own, which has the first release."""
    index, _ = first_release
    shutil.copytree(index.packages, tmp_path / "index/packages")
    with pypiserver(tmp_path / "index") as second:
        yield second


def break_a_client(repository):
    """Take away a function that users of the typed clients may import."""
    repository.replace(
        "generated/expunge_clients/baseten/api/models/delete_model.py", "def sync_detailed(", "def sync_in_detail("
    )


def test_a_version_too_small_for_what_broke_is_refused(repository, first_release):
    index, _ = first_release
    before = index.files()
    break_a_client(repository)
    repository.release("0.1.1")

    said = refusal(repository.program("publish", index.url, environ=CREDENTIALS))

    assert "version 0.1.1 is too small" in said
    assert "0.2.0" in said
    assert "breaking" in said
    assert "sync_detailed" in said
    assert index.files() == before


@pytest.mark.parametrize("version", ["0.2.0", "0.2.0rc1"])
def test_a_version_large_enough_for_what_broke_is_published(version, repository, second_index):
    before = second_index.files()
    break_a_client(repository)
    repository.release(version)

    done = repository.program("publish", second_index.url, environ=CREDENTIALS)

    assert done.returncode == 0, done.stderr
    assert "large enough for the changes since 0.1.0" in done.stdout
    assert set(second_index.files()) == {*before, f"expunge-{version}.tar.gz", f"expunge-{version}-py3-none-any.whl"}
    assert {name: second_index.files()[name] for name in before} == before


def damage(path, place, damaged):
    """Put the bytes *damaged* into the file."""
    content = bytearray(path.read_bytes())
    content[place : place + len(damaged)] = damaged
    path.write_bytes(content)


def pack(path, *names):
    """Put empty files called *names* into a new archive."""
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(lambda path: path.unlink(), "has no sdist to compare with", id="no-sdist"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), "cannot be read", id="cut"),
        pytest.param(lambda path: path.write_bytes(b"no archive"), "cannot be read", id="no-archive"),
        pytest.param(lambda path: damage(path, 5000, bytes(100)), "cannot be read", id="damaged"),
        pytest.param(lambda path: damage(path, 10, b"\xff"), "cannot be read", id="not-compressed-as-it-says"),
        pytest.param(lambda path: pack(path, "a/x", "b/x"), "cannot be read", id="two-folders"),
        pytest.param(lambda path: pack(path, "expunge-0.1.0/x"), "has no specs, overlays", id="without-specs"),
        pytest.param(lambda path: pack(path, "../x"), "cannot be read", id="leads-out-of-its-folder"),
    ],
)
def test_a_last_release_that_cannot_be_compared_with_is_refused(harm, words, repository, second_index):
    harm(second_index.packages / "expunge-0.1.0.tar.gz")
    before = second_index.files()
    repository.release("0.1.1")

    done = repository.program("publish", second_index.url, environ=CREDENTIALS)

    assert words in refusal(done)
    assert second_index.files() == before


def test_a_last_release_with_another_hash_than_its_page_says_is_refused(repository, told):
    told.tell(PAGE, listing(f"expunge-0.1.0.tar.gz#sha256={'0' * 64}"))
    told.tell(f"{PAGE}expunge-0.1.0.tar.gz", Answer(body=b"exchanged"))
    repository.release("0.1.1")

    done = repository.program("publish", told.url, environ=CREDENTIALS)

    assert "has another sha256 than its page" in refusal(done)


def test_credentials_do_not_follow_a_file_to_another_server(repository, told):
    """Files may stand elsewhere; the password stays with the index."""
    page = listing(f"{told.url.replace('127.0.0.1', 'localhost')}elsewhere/expunge-0.1.0.tar.gz")
    told.tell(PAGE, page)
    told.tell("GET /elsewhere/expunge-0.1.0.tar.gz", Answer(500))
    repository.release("0.1.1")

    refusal(repository.program("publish", told.url, environ=CREDENTIALS))

    (asked_index, first), (asked_file, second) = told.requests
    assert (asked_index, asked_file) == (PAGE, "GET /elsewhere/expunge-0.1.0.tar.gz")
    assert first is not None
    assert second is None


@pytest.fixture(scope="session")
def from_index(first_release, tmp_path_factory):
    """An environment that pip filled from the index, and pip's own report of where from."""
    index, _ = first_release
    folder = tmp_path_factory.mktemp("from-index")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    made = Environment(folder / "venv")
    # The password stands neither in the address nor in an argument.
    (folder / "netrc").write_text(f"machine 127.0.0.1 login {USERNAME} password {PASSWORD}\n")
    (folder / "netrc").chmod(0o600)
    done = run(
        *(sys.executable, "-m", "pip", "--python", made.python, "install", "--no-deps", "--no-cache-dir"),
        *("--index-url", index.simple, "--report", folder / "report.json", "expunge==0.1.0"),
        cwd=folder,
        environ={
            "PATH": "/usr/bin:/bin",
            "NETRC": str(folder / "netrc"),
            "PIP_CONFIG_FILE": "/dev/null",
            "HOME": str(folder),
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    copy_requirements(made, ["all"])
    return made, json.loads((folder / "report.json").read_text())


def test_pip_installs_the_very_file_from_that_index(from_index, first_release):
    index, _ = first_release
    _, report = from_index
    name = "expunge-0.1.0-py3-none-any.whl"

    (installed,) = report["install"]

    assert installed["download_info"]["url"] == f"{index.url}packages/{name}"
    hashes = installed["download_info"]["archive_info"]["hashes"]
    assert hashes["sha256"] == hashlib.sha256(index.files()[name]).hexdigest()


def test_the_release_from_the_index_deletes_a_version_on_its_own_sandbox(from_index, tmp_path):
    installed, _ = from_index
    command = [installed.scripts / "expunge", "sandbox", "--port", "0"]
    sandbox = subprocess.Popen(command, cwd=tmp_path, env={}, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(sandbox.stdout.readline, "ready\n")
        environ = dict(line.rstrip("\n").split("=", 1) for line in lines if line)

        first = installed.run("python", "-I", "-c", DELETE, REF, cwd=tmp_path, environ=environ)
        second = installed.run("expunge", "delete", REF, "--yes", cwd=tmp_path, environ=environ)
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=30)
        sandbox.stdout.close()

    assert first.returncode == 0, first.stderr
    status, home = json.loads(first.stdout)
    assert status == "deleted"
    assert home.startswith(str(installed.site_packages))
    assert second.returncode == 1
    assert "absent" in second.stdout
