"""Each codemod changes as many sites as it must, or stops the build: naming the package and both numbers."""

import pytest
from tests.trees import change

from clients.allow.check import write_fixed_modules
from clients.harden.codemods import CodemodError
from clients.harden.hide_credentials import hide_credentials
from clients.harden.open_statuses import open_statuses
from clients.harden.part_clients import part_clients
from clients.harden.state_types import state_types

ENDPOINT = """\
from http import HTTPStatus
from typing import Any

import httpx


def _build_response(response):
    return Response(
        status_code=HTTPStatus(response.status_code),
    )
"""
HEADERS = "    def with_headers(self, headers: dict[str, str])"
WITH_TIMEOUT = """\
    def with_timeout(self, timeout):
        "Copy."
        if self._client is None:
            pass
        if self._async_client is None:
            pass
        return evolve(self, timeout=timeout)
"""
RETURN = "return evolve(self, headers={**self._headers, **headers})"


def document(*names):
    """Describe a document with operations of these *names*."""
    return {"paths": {f"/{name}": {"get": {"operationId": name, "responses": {}}} for name in names}}


@pytest.fixture
def package(tmp_path):
    """Give a package as the generator writes it, with one endpoint."""
    package = tmp_path / "small"
    write_fixed_modules(package)
    (package / "api" / "tag").mkdir(parents=True)
    (package / "api" / "tag" / "read.py").write_text(ENDPOINT, encoding="utf-8")
    return package


def lines(package, name):
    """Give the lines of a module of *package*, without what is around them."""
    return [line.strip() for line in (package / name).read_text(encoding="utf-8").splitlines()]


class TestOpenStatuses:
    """An undocumented status is an answer."""

    def test_every_status_is_read_and_typed_as_it_came(self, package):
        open_statuses(package, document("read"))

        endpoint = lines(package, "api/tag/read.py")
        assert "status_code=status_of(response.status_code)," in endpoint
        assert "from ...._status import status_of" in endpoint
        assert "HTTPStatus" not in "".join(endpoint)
        assert "status_code: HTTPStatus | int" in lines(package, "types.py")

    @pytest.mark.parametrize("names", [(), ("read", "more")], ids=["one-too-many", "one-too-few"])
    def test_another_number_of_reads_stops_the_build(self, names, package):
        with pytest.raises(CodemodError, match=f"small: 1 reads of a status found, {len(names)} expected"):
            open_statuses(package, document(*names))

    def test_another_use_stops_the_build(self, package):
        change(package / "api" / "tag" / "read.py", "import httpx\n", "import httpx\n\nGONE = HTTPStatus(404)\n")

        with pytest.raises(CodemodError, match="small: 1 other uses of HTTPStatus found, 0 expected"):
            open_statuses(package, document("read"))

    @pytest.mark.parametrize(
        ("new", "found"),
        [
            pytest.param("status_code: int", 0, id="one-too-few"),
            pytest.param("status_code: HTTPStatus\n    status_code: HTTPStatus", 2, id="one-too-many"),
        ],
    )
    def test_another_number_of_types_stops_the_build(self, new, found, package):
        change(package / "types.py", "status_code: HTTPStatus", new)

        with pytest.raises(CodemodError, match=rf"small: {found} statuses in types\.py found, 1 expected"):
            open_statuses(package, document("read"))

    def test_what_is_no_python_stops_the_build(self, package):
        change(package / "api" / "tag" / "read.py", "import httpx\n", "import (\n")

        with pytest.raises(CodemodError, match=r"\Atag/read\.py is no Python: [^\n]+\Z"):
            open_statuses(package, document("read"))


class TestHideCredentials:
    """No field that may hold a credential is shown."""

    def test_each_is_hidden_and_no_other(self, package):
        hide_credentials(package)

        hidden = [line.partition(":")[0] for line in lines(package, "client.py") if "repr=False" in line]
        each = ["_cookies", "_headers", "_httpx_args", "_client", "_async_client"]
        assert hidden == [*each, *each, "token"]

    @pytest.mark.parametrize(
        ("old", "new", "found"),
        [
            pytest.param("    token: str\n", "    key: str\n", 10, id="one-too-few"),
            pytest.param("    token: str\n", "    token: str\n    token: str\n", 12, id="one-too-many"),
            pytest.param(
                "    _cookies: dict[str, str] = field(", "    _cookies: dict[str, str] = attr(", 10, id="moved"
            ),
        ],
    )
    def test_another_number_stops_the_build(self, old, new, found, package):
        change(package / "client.py", old, new)

        with pytest.raises(CodemodError, match=f"small: {found} fields that may hold a credential found, 11 expected"):
            hide_credentials(package)


class TestPartClients:
    """A copy shares nothing with its original, nor the token with the caller's headers."""

    def test_no_method_changes_its_client(self, package):
        part_clients(package)

        text = (package / "client.py").read_text(encoding="utf-8")
        assert ".update(" not in text
        assert "timeout = timeout" not in text
        assert "self._headers[" not in text
        assert text.count("headers={**self._headers, self.auth_header_name: ") == 2
        assert text.count("httpx_args={**self._httpx_args}") == 6

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            pytest.param(RETURN, "return evolve(self)", "5 methods that copy a client found, 6", id="method-moved"),
            pytest.param(
                HEADERS, HEADERS.replace("with", "add"), "5 methods that copy a client found, 6", id="renamed"
            ),
            pytest.param(
                "    def set_httpx_client(",
                f"{WITH_TIMEOUT}\n    def set_httpx_client(",
                "7 methods that copy a client found, 6",
                id="method-too-many",
            ),
            pytest.param(
                "self._headers[self.auth_header_name] = ",
                "other = ",
                "1 writes of the token into headers found, 2",
                id="write",
            ),
            pytest.param(
                "factory=dict, kw_only=True",
                "factory=list, kw_only=True",
                "5 dictionaries of a client found, 6",
                id="dictionary",
            ),
        ],
    )
    def test_another_number_stops_the_build(self, old, new, message, package):
        change(package / "client.py", old, new)

        with pytest.raises(CodemodError, match=f"small: {message} expected"):
            part_clients(package)

    def test_a_write_whose_use_has_moved_stops_the_build(self, package):
        path = package / "client.py"
        before, after = path.read_text(encoding="utf-8").split("class AuthenticatedClient:")
        changed = after.replace("headers=self._headers,", "headers=dict(self._headers),", 1)
        path.write_text(f"{before}class AuthenticatedClient:{changed}", encoding="utf-8")

        with pytest.raises(CodemodError, match="small: 1 uses of headers with the token found, 2 expected"):
            part_clients(package)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("d: dict[str, Any] = f(factory=dict)", "d: dict[str, Any] = f(factory=dict)", id="other-field"),
        pytest.param(
            "additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)",
            "additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict[str, Any])",
            id="any",
        ),
        pytest.param(
            "additional_properties: dict[str, Part | None] = _attrs_field(init=False, factory=dict)",
            "additional_properties: dict[str, Part | None] = _attrs_field(init=False, factory=dict[str, 'Part | None'])",  # noqa: E501 - as it is written
            id="what-is-not-there-when-it-runs",
        ),
        pytest.param("def f(): x = []", "def f(): x: list[Any] = []", id="list"),
        pytest.param("def f(): x = {}", "def f(): x: dict[str, Any] = {}", id="dictionary"),
        pytest.param("def f(): x: list[str]; x = []", "def f(): x: list[str]; x = []", id="declared"),
        pytest.param("def f(): x = []; x = []", "def f(): x: list[Any] = []; x = []", id="once"),
        pytest.param("Part.from_dict(data)", 'Part.from_dict(cast("dict[str, Any]", data))', id="model"),
        pytest.param("Part.from_dict(other)", "Part.from_dict(other)", id="model-of-known-type"),
        pytest.param("x = data", 'x = cast("Any", data)', id="items"),
    ],
)
def test_what_checkers_cannot_know_is_stated(code, expected, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "part.py").write_text(code + "\n", encoding="utf-8")

    state_types(tmp_path)

    assert (tmp_path / "models" / "part.py").read_text(encoding="utf-8") == expected + "\n"
