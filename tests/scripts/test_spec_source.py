"""A spec is taken byte for byte out of a page, a file or an address; anything doubtful is refused."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spec_source import SourceError, read_source

SPECS = Path(__file__).resolve().parents[2] / "specs"
SPEC = b"openapi: 3.1.0\ninfo:\n  title: T\n"
FENCED = b"````yaml delete /v1/models\n" + SPEC + b"````\n"
HEAD = b"> Fetch the complete documentation index at: https://docs.example.com/llms.txt\n\n# Delete models\n\n"


@pytest.fixture
def page(tmp_path):
    """Give a function that writes a page and reads the spec from it."""

    def read(content):
        path = tmp_path / "page.md"
        path.write_bytes(content)
        return read_source(str(path))

    return read


def test_a_page_gives_its_block_its_title_and_its_index(page):
    source = page(HEAD + FENCED + b"\nMore words.\n")

    assert source.content == SPEC
    assert (source.title, source.index, source.block, source.origin) == (
        "Delete models",
        "https://docs.example.com/llms.txt",
        "yaml delete /v1/models",
        "page.md",
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(HEAD + b"~~~yml\n" + SPEC + b"~~~\n", SPEC, id="tildes"),
        pytest.param(b"```\n" + SPEC + b"```", SPEC, id="no-language-and-no-last-newline"),
        pytest.param(b'```json\n{"openapi": "3.1.0"}\n```\n', b'{"openapi": "3.1.0"}\n', id="json"),
        pytest.param(
            b"```yaml\nother: 1\n```\n```bash\nopenapi: x\n```\n" + FENCED, SPEC, id="other-blocks-do-not-count"
        ),
        pytest.param(FENCED.replace(b"\n", b"\r\n"), SPEC.replace(b"\n", b"\r\n"), id="windows-lines-stay"),
        pytest.param(
            b"````yaml\n" + SPEC + b"  x: |\n```\n    a\n```\n````\n",
            SPEC + b"  x: |\n```\n    a\n```\n",
            id="shorter-fence-inside",
        ),
        pytest.param(SPEC + b"x: |\n  ```yaml\n  openapi: 2\n  ```\n", None, id="spec-with-a-block-in-a-description"),
        pytest.param(SPEC, None, id="bare-yaml"),
        pytest.param(b"# a word\n---\n" + SPEC, None, id="comment-first"),
        pytest.param(b'{"openapi": "3.1.0"}', None, id="bare-json"),
        pytest.param(b'\xef\xbb\xbf{"openapi": "3.1.0"}', None, id="byte-order-mark"),
    ],
)
def test_the_bytes_stay_as_they_are(content, expected, page):
    source = page(content)

    assert source.content == (content if expected is None else expected)
    assert (source.block is None) == (expected is None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "holds no spec", id="empty"),
        pytest.param(b"Just words.\n", "holds no spec", id="words"),
        pytest.param(b"Words and code:\n{\n  a: 1\n}\n", "holds no spec", id="words-and-code"),
        pytest.param(HEAD + b"```yaml\nname: x\n```\n", "holds no spec", id="a-block-that-is-no-spec"),
        pytest.param(FENCED + b"\n" + FENCED, "holds 2 specs, on lines 1, 7", id="two"),
        pytest.param(HEAD + FENCED.removesuffix(b"````\n"), "cut short: the block that begins on line 5", id="cut"),
    ],
)
def test_a_page_without_exactly_one_whole_spec_is_refused(content, words, page):
    with pytest.raises(SourceError, match=words):
        page(content)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_source(str(tmp_path / "absent.md"))


@pytest.fixture
def server():
    """Give the address of a server that has one page, one redirect and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = {
                "/page.md": (200, {}, HEAD + FENCED),
                "/moved": (302, {"Location": "/page.md"}, b""),
            }.get(self.path.partition("?")[0], (404, {}, b"nothing"))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_an_address_gives_its_page_and_its_query_is_not_kept(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    source = read_source(f"{server}/page.md?token=secret#part")

    assert (source.content, source.origin) == (SPEC, f"{server}/page.md")


@pytest.mark.parametrize(
    ("path", "words"), [("/moved", "has moved to /page.md: look there"), ("/absent", "the answer was HTTP 404")]
)
def test_an_address_without_the_page_is_refused(path, words, server):
    with pytest.raises(SourceError, match=words):
        read_source(server + path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://docs.example.com/page.md", "plain http is for this machine only"),
        ("https://me:secret@docs.example.com/page.md", "must not hold a user name"),
        ("ftp://docs.example.com/page.md", "begins with https"),
        ("file:///etc/hostname", "begins with https"),
        ("https://", "begins with https"),
        ("http://127.0.0.1:9/page.md", "cannot be fetched: .*refused"),
    ],
)
def test_an_address_that_is_not_to_be_asked_is_refused(url, words):
    with pytest.raises(SourceError, match=words):
        read_source(url)


@pytest.mark.parametrize("name", ["truefoundry", "cerebras", "baseten", "replicate"])
def test_our_own_specs_are_taken_whole(name):
    path = SPECS / f"{name}.yaml"

    assert read_source(str(path)).content == path.read_bytes()
