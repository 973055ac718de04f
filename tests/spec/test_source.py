"""A spec is taken byte for byte out of a page, a file or an address; anything doubtful is refused."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spec.source import SourceError, read_source

SPECS = Path(__file__).resolve().parents[2] / "specs"
OURS = [path.stem for path in sorted(SPECS.glob("*.yaml"))]
SPEC = b"openapi: 3.1.0\ninfo:\n  title: T\n"
FENCED = b"````yaml delete /v1/models\n" + SPEC + b"````\n"
HEAD = b"> Fetch the complete documentation index at: https://docs.example.com/llms.txt\n\n# Delete models\n\n"


@pytest.fixture
def page(tmp_path):
    """Return a function that writes a page and reads the spec from it."""

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
        pytest.param(
            b"---\ntitle: T\nopenapi: DELETE /v1/models\n---\n" + FENCED, SPEC, id="front-matter-that-names-a-route"
        ),
        pytest.param(b"---\nopenapi: 3.1.0\n---\n" + FENCED, SPEC, id="front-matter-that-names-a-version"),
        pytest.param(
            b"# T\n\nopenapi: the field of the version.\n\n" + FENCED, SPEC, id="words-that-begin-with-the-key"
        ),
        pytest.param(b"# T\n\nopenapi: 3.1.0\n\n" + FENCED, SPEC, id="a-line-that-is-the-key"),
        pytest.param(b"{/* a comment */}\n" + FENCED, SPEC, id="brace-of-a-page"),
        pytest.param(
            b"<!--\n" + FENCED + b"-->\n{/*\n" + FENCED + b"*/}\n~~~\n" + SPEC + b"~~~\n", SPEC, id="comments"
        ),
        pytest.param(b"<!-- one line -->\n" + FENCED, SPEC, id="comment-of-one-line"),
        pytest.param(b"```html\n<!--\n```\n" + FENCED, SPEC, id="comment-shown-in-a-block"),
        pytest.param(b"```{.yaml .numbered}\n" + SPEC + b"```\n", SPEC, id="attributes"),
        pytest.param(b"```yaml{1,3}\n" + SPEC + b"```\n", SPEC, id="marked-lines"),
        pytest.param(b'```YAML title="x"\n' + SPEC + b"```\n", SPEC, id="title"),
        pytest.param(b"~~~ yaml `x`\n" + SPEC + b"~~~~\n", SPEC, id="tildes-with-words"),
        pytest.param(b"```yaml\nopenapi: openapi.yaml\n```\n" + FENCED, SPEC, id="setting-of-a-tool"),
        pytest.param(b'```json\n{"api": {"openapi": "3.json"}}\n```\n' + FENCED, SPEC, id="setting-in-json"),
        pytest.param(
            b'```json\n{"info": {"title": "T"}, "openapi": "3.1.0"}\n```\n',
            b'{"info": {"title": "T"}, "openapi": "3.1.0"}\n',
            id="json-with-another-key-first",
        ),
        pytest.param(SPEC + b"words, or a cut line", None, id="bare-yaml-that-is-broken"),
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
    assert source.how.startswith("byte for byte, ")


def indented(text, by):
    return b"".join(by + line for line in text.splitlines(keepends=True))


NESTED = SPEC + b"  description: |\n    ```\n    x\n    ```\n"
BLOCK = b"```yaml\n" + NESTED + b"```\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(indented(BLOCK, b"   "), id="three-blanks"),
        pytest.param(b"1. One:\n\n" + indented(BLOCK, b"   "), id="list"),
        pytest.param(b"- a\n\n  - b\n\n" + indented(BLOCK, b"    "), id="list-in-a-list"),
        pytest.param(b"- " + indented(BLOCK, b"  ").lstrip(), id="behind-the-sign-of-a-list"),
        pytest.param(b"<Step>\n" + indented(BLOCK, b"    ") + b"</Step>\n", id="tag"),
        pytest.param(b"<Steps>\n  <Step>\n    So:\n" + indented(BLOCK, b"    ") + b"  </Step>\n", id="words-in-a-tag"),
        pytest.param(b"<Step\n  title='x'\n>\n" + indented(BLOCK, b"\t") + b"</Step>\n", id="tabs"),
        pytest.param(b"> Note\n\n" + indented(BLOCK, b"> "), id="quotation"),
    ],
)
def test_the_indentation_of_a_fence_is_taken_off_its_content(content, page):
    source = page(content)

    assert source.content == NESTED
    assert source.how == "what stands between the fence lines, without their indentation"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize(
    ("content", "expected"), [pytest.param(HEAD + FENCED, SPEC, id="page"), pytest.param(SPEC, SPEC, id="spec")]
)
def test_another_encoding_is_recognised_by_its_mark(encoding, content, expected, page):
    source = page(content.decode().encode(encoding))

    assert source.content.removeprefix(b"\xef\xbb\xbf") == expected
    assert source.how.endswith(f", recoded from {encoding.upper()} to UTF-8")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "holds no spec", id="empty"),
        pytest.param(b"Just words.\n", "holds no spec", id="words"),
        pytest.param(b"Words and code:\n{\n  a: 1\n}\n", "holds no spec", id="words-and-code"),
        pytest.param(HEAD + b"```yaml\nname: x\n```\n", "holds no spec", id="a-block-that-is-no-spec"),
        pytest.param(b"---\nopenapi: DELETE /v1\n---\nWords.\n", "holds no spec", id="front-matter-alone"),
        pytest.param(b"<!--\n" + FENCED, "holds no spec", id="comment-without-an-end"),
        pytest.param(HEAD + b"caf\xe9\n" + FENCED, "line 5 is not UTF-8", id="not-utf-8"),
        pytest.param(b"\xff\xfeo\x00", "holds no spec", id="utf-16-without-a-spec"),
        pytest.param(b"\xff\xfeo", "is not UTF-16", id="utf-16-cut"),
        pytest.param(
            HEAD + b"```yaml\nopenapi: 3.1.0", "cut short: the block that begins on line 5", id="cut-in-a-line"
        ),
        pytest.param(FENCED + b"\n" + FENCED, "holds 2 specs, on lines 1, 7", id="two"),
        pytest.param(HEAD + FENCED.removesuffix(b"````\n"), "cut short: the block that begins on line 5", id="cut"),
    ],
)
def test_a_page_without_exactly_one_complete_spec_is_refused(content, words, page):
    with pytest.raises(SourceError, match=words):
        page(content)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_source(str(tmp_path / "absent.md"))


@pytest.fixture
def server():
    """Return the address of a server that has one page, one redirect and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = {
                "/page.md": (200, {}, HEAD + FENCED),
                "/moved": (302, {"Location": "/page.md"}, b""),
                "/moves-a-cursor": (302, {"Location": "/page.md\x9b31m\x85"}, b""),
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
    ("path", "words"),
    [
        ("/moved", "has moved to /page.md: look there"),
        ("/moves-a-cursor", "has moved to /page.md 31m: look there"),
        ("/absent", "the answer was HTTP 404"),
    ],
)
def test_an_address_without_the_page_is_refused(path, words, server):
    with pytest.raises(SourceError, match=words) as raised:
        read_source(server + path)

    assert str(raised.value).isprintable()


HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/markdown\r\n\r\n"


@pytest.fixture
def endless():
    """Return a function: a server that sends *first* at once, then *more* again and again until its client leaves.

    It waits a moment after each, if it is to drip, and ends after a number of them: a test without a bound ends too.
    """
    over, left = threading.Event(), threading.Event()

    def serve(first, more, pause):
        with listener, listener.accept()[0] as connection:
            connection.recv(65_536)
            try:
                connection.sendall(first)
                for _ in range(3_000):
                    connection.sendall(more)
                    over.wait(pause)
            except OSError:
                left.set()

    def start(first, more, *, pause=0.01):
        thread = threading.Thread(target=serve, args=(first, more, pause), daemon=True)
        thread.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/page.md"

    listener = socket.create_server(("127.0.0.1", 0))
    yield start, left
    over.set()
    listener.close()


@pytest.mark.parametrize(
    ("first", "more"),
    [
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="interim-answers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", id="headers"),
        pytest.param(HEADERS, b"# ", id="body"),
    ],
)
def test_a_page_that_drips_ends_with_the_time_for_it(first, more, endless):
    start, left = endless

    with pytest.raises(SourceError, match=r"the download did not end within 0\.3 seconds"):
        read_source(start(first, more), seconds=0.3)

    assert left.wait(60)


def test_a_page_that_floods_ends_at_the_largest_size(endless):
    start, left = endless

    with pytest.raises(SourceError, match="larger than 1 MiB"):
        read_source(start(HEADERS, b"x" * 65_536, pause=0.0), largest=1 << 20)

    assert left.wait(60)


def test_a_file_is_read_up_to_the_largest_size(tmp_path):
    path = tmp_path / "page.md"
    path.write_bytes(HEAD + FENCED)

    assert read_source(str(path), largest=len(HEAD + FENCED)).content == SPEC
    with pytest.raises(SourceError, match=r"larger than \d+ bytes"):
        read_source(str(path), largest=len(HEAD + FENCED) - 1)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://docs.example.com/page.md", "plain http could be changed on the way"),
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


@pytest.mark.parametrize("name", OURS)
def test_our_own_specs_are_taken_completely(name):
    path = SPECS / f"{name}.yaml"

    assert read_source(str(path)).content == path.read_bytes()
