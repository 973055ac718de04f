"""The allow-list lets all through that the templates write, and nothing else, naming file and line."""

import ast
import importlib
import pkgutil
import re
import shutil
import sys
from itertools import takewhile
from pathlib import Path

import pytest
from tests.clients.small_provider import build_provider
from tests.trees import change

from clients.allow.check import RefusedCode, check_generated
from expunge._yaml import load

pytestmark = pytest.mark.slow

# Each kind of parameter, body, answer and property that the generator's templates know.
BENIGN = load(Path(__file__).with_name("benign_spec.yaml").read_text(encoding="utf-8"))
MODEL = "models/a_thing.py"
ENDPOINT = "api/things/make_part.py"
UPLOAD = "models/upload.py"
CHOICE = "models/colour.py"
TYPES = "types.py"
CLIENT = "client.py"


# By file and what stands there: what is put in its place.
TAMPERED = {
    (MODEL, "import datetime\n"): {
        "import-os": "import datetime\nimport os\n",
        "import-as": "import datetime\nimport os as datetime2\n",
        "import-from-os": "import datetime\nfrom os import system\n",
    },
    (ENDPOINT, "from .... import _httpx as httpx\n"): {
        "star-import": "from .... import _httpx as httpx\nfrom typing import *\n",
        "another-of-typing": "from .... import _httpx as httpx\nfrom typing import Protocol\n",
        "another-library": "import httpx\n",
        "another-module": "from .... import _path as httpx\n",
    },
    (ENDPOINT, "from ...types import"): {
        "import-from-further-up": "from .....types import",
    },
    (ENDPOINT, "from ...models.filter_ import Filter"): {
        "no-module": "from ...models.no import Filter",
        "not-its": "from ...models.filter_ import Any",
    },
    (ENDPOINT, "from ...._path import path_segment"): {
        "no-guard": "from builtins import str as path_segment",
    },
    (MODEL, "        d = dict(src_dict)"): {
        "lazy-import": "        import subprocess\n        d = dict(src_dict)",
    },
    (MODEL, '\nT = TypeVar("T", bound="AThing")'): {
        "call": '\nprint(1)\nT = TypeVar("T", bound="AThing")',
        "call-in-a-bound": '\nT = TypeVar("T", bound=open("x"))',
        "bound-of-code": '\nT = TypeVar("T", bound="open(1)")',
        "variable": '\nx = 1\nT = TypeVar("T", bound="AThing")',
    },
    (ENDPOINT, "\n\ndef _get_kwargs("): {
        "function": "\n\nasync def other() -> None:\n    pass\n\ndef _get_kwargs(",
        "if": "\n\nif True:\n    pass\ndef _get_kwargs(",
        "with": "\n\nwith open('x') as f:\n    pass\ndef _get_kwargs(",
    },
    (ENDPOINT, "\ndef sync("): {
        "decorator": "\n@print\ndef sync(",
        "global": "\nglobal x\ndef sync(",
    },
    ("models/__init__.py", "__all__ = ("): {
        "call-in-all": "__all__ = (print(1),",
        "dunder": "__path__ = (1,)\n__all__ = (",
    },
    (MODEL, "class AThing:"): {
        "metaclass": "class AThing(metaclass=type):",
        "base": "class AThing(list[print(1)]):",
    },
    (MODEL, "@_attrs_define\nclass AThing"): {
        "decorator-call": "@_attrs_define(repr=False)\nclass AThing",
    },
    (MODEL, "    id: str\n"): {
        "exec-in-a-class": "    id: str\n    exec('x')\n",
        "dunder-in-a-class": "    id: str\n    __slots__ = ()\n",
        "call-in-an-annotation": "    id: print(1)\n",
        "call-in-a-quoted-annotation": "    id: list['print(1)']\n",
        "dunder-annotation": "    id: __builtins__\n",
    },
    (MODEL, 'type_: str | Unset = "thing"'): {
        "lambda-default": "type_: str | Unset = (lambda: 1)",
        "shared-list-default": "type_: str | Unset = []",
        "f-string-default": 'type_: str | Unset = f"{print(1)}"',
        "method-default": 'type_: str | Unset = "a" "b".upper()',
        "dunder-default": "type_: str | Unset = str.__class__",
        "builtin-default": "type_: str | Unset = eval",
        "unbound-default": "type_: str | Unset = inf",
        "walrus": "type_: str | Unset = (x := 1)",
    },
    ("_connect.py", 'prefix="Bearer"'): {
        "another-prefix": 'prefix="Basic"',
        "prefix-of-code": "prefix=str(print(1))",
    },
    ("_connect.py", "    base_url: str,"): {
        "another-host": '    base_url: str = "https://evil.example",',
    },
    (CHOICE, "Colour = Literal["): {
        "choice-value": "Colour = Literal[str(1), ",
        "choice-of-another-type": "Colour = list[",
    },
    (CHOICE, "    return value"): {
        "choice-dunder": "    return value.__class__",
        "choice-call": "    return print(value)",
    },
    (MODEL, 'check_colour(d.pop("colour"))'): {
        "eval-of-what-came": 'eval(d.pop("colour"))',
        "import-of-what-came": '__import__(d.pop("colour"))',
        "class-that-is-nowhere": 'Colours(d.pop("colour"))',
    },
    (MODEL, "        id = self.id\n"): {
        "eval": "        id = eval(self.id)\n",
        "import-call": "        id = __import__('os')\n",
        "class-attribute": "        id = self.__class__\n",
        "deep-attribute": "        id = self.id.other\n",
        "getattr": "        id = getattr(self, 'id')\n",
        "comprehension": "        id = [x for x in self.id]\n",
        "while": "        id = self.id\n        while True:\n            pass\n",
        "assert": "        id = self.id\n        assert print(1)\n",
    },
    (MODEL, "        return field_dict\n"): {
        "yield": "        yield field_dict\n",
    },
    (MODEL, '= d.pop("id")'): {
        "pop": '= d.pop("id", print(1))',
    },
    (UPLOAD, "got '{k}'\""): {
        "f-string-attribute": "got '{k.__class__}'\"",
        "f-string-format": "got '{k!r:>{k}}'\"",
    },
    (ENDPOINT, "uid: UUID | Unset = UUID("): {
        "parameter-default": "uid: UUID | Unset = print(",
    },
    (ENDPOINT, 'headers["X-Count"] = str(x_count)'): {
        "header": 'headers["X-Count"] = str(print(1))',
    },
    (ENDPOINT, '"method": "post"'): {
        "method": '"method": "post".upper()',
    },
    (ENDPOINT, 'path_segment("part", part)'): {
        "guard-of-another": 'path_segment("thing_id", part)',
        "no-guard-of-one": "str(part)",
        "quoting-of-the-generator": 'quote(str(part), safe="")',
    },
    (ENDPOINT, "status_of(response.status_code)"): {
        "status": "print(response.status_code)",
        "status-that-needs-a-name": "HTTPStatus(response.status_code)",
    },
    (ENDPOINT, ".request(\n        **kwargs,"): {
        "request": ".request(\n        **kwargs, verify=False,",
    },
    (TYPES, "status_code: HTTPStatus | int"): {
        "not-hardened": "status_code: HTTPStatus",
    },
    (TYPES, "    parsed: T | None\n"): {
        "one-more-field": "    parsed: T | None\n    more: int\n",
    },
    (CLIENT, "token: str = field(repr=False)"): {
        "token-shown": "token: str = field()",
    },
    (CLIENT, 'factory=dict[str, str], kw_only=True, alias="cookies", repr=False'): {
        "cookies-shown": 'factory=dict[str, str], kw_only=True, alias="cookies"',
    },
    (CLIENT, 'additional headers"""\n'): {
        "original-changed": 'additional headers"""\n        self._headers.update(headers)\n',
    },
    (CLIENT, "import ssl\n"): {
        "import-of-the-client": "import ssl\nimport os\n",
    },
    (CLIENT, "        return self._client\n"): {
        "call-of-the-client": "        print(1)\n        return self._client\n",
    },
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the package of the benign spec, which the allow-list has passed as part of that."""
    return build_provider(BENIGN, tmp_path_factory.mktemp("benign")) / "expunge_clients" / "small"


@pytest.fixture
def package(built, tmp_path):
    """Return a copy of the package that a test may change."""
    return shutil.copytree(built, tmp_path / "small", ignore=shutil.ignore_patterns("__pycache__"))


def leave_out_others(package, name):
    """Leave out all modules but *name* and the models, which imports refer to: another test checks all together."""
    for path in package.rglob("*.py"):
        if path != package / name and path.parent != package / "models":
            path.unlink()


def lines_of_statement(path, line):
    """Return the lines of the innermost statement that begins on *line* of the module at *path*."""
    nodes = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.stmt)]
    node = [node for node in nodes if node.lineno == line][-1]
    decorators = [decorator.lineno for decorator in getattr(node, "decorator_list", [])]
    return range(min([node.lineno, *decorators]), node.end_lineno + 1)


def test_all_that_the_templates_write_is_allowed(package):
    check_generated(package, BENIGN)


@pytest.fixture
def others(built, monkeypatch):
    """Have the built clients in place of ours, and forget them afterwards: other tests build some of the same name."""
    monkeypatch.syspath_prepend(str(built.parent.parent))
    ours = taken_clients()
    yield
    taken_clients()
    sys.modules.update(ours)


def taken_clients():
    """Take all generated clients out of what is imported, and return them."""
    names = [name for name in sys.modules if name.split(".")[0] == "expunge_clients"]
    return {name: sys.modules.pop(name) for name in names}


@pytest.mark.usefixtures("others")
def test_and_works(built):
    """An allowed package is one whose modules can all be imported."""
    small = importlib.import_module("expunge_clients.small")
    modules = [
        importlib.import_module(each.name) for each in pkgutil.walk_packages(small.__path__, "expunge_clients.small.")
    ]
    colour = small.models.colour.check_colour("dark blue")
    again = small.models.Filter.from_dict({"a": "b"}).to_dict()

    assert {Path(module.__file__).parent.parent for module in modules} >= {built, built / "api"}
    assert (colour, again) == ("dark blue", {"a": "b"})


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param(name, old, new, id=identity)
        for (name, old), replacements in TAMPERED.items()
        for identity, new in replacements.items()
    ],
)
def test_what_no_template_writes_is_refused_by_file_and_line(name, old, new, package):
    path = package / name
    leave_out_others(package, name)
    text = path.read_text(encoding="utf-8")
    change(path, old, new)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    line = text[: text.index(old) + common].count("\n") + 1

    with pytest.raises(RefusedCode) as refused:
        check_generated(package, BENIGN)

    found = re.fullmatch(r"small/([\w/]+\.py):(\d+): .+", str(refused.value))
    assert found, str(refused.value)
    assert found[1] == name
    assert line in lines_of_statement(path, int(found[2]))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("evil.py", "", "evil.py:1: the generator writes no file of this name", id="module"),
        pytest.param("models/deep/evil.py", "", "evil.py:1: the generator writes no file of this name", id="folder"),
        pytest.param("evil.pth", "import os", "evil.pth:1: the generator writes no file of this name", id="path-file"),
        pytest.param("models/evil.so", "", "evil.so:1: the generator writes no file of this name", id="library"),
        pytest.param(CHOICE, "a = (\n", r"colour.py:1: this is not Python: .+", id="syntax"),
        pytest.param(CHOICE, "\0", "colour.py:1: this is not Python: .+", id="null"),
        pytest.param(CHOICE, "# coding: rot13\nvzcbeg bf\n", "colour.py:1: this is not Python", id="another-coding"),
        pytest.param(ENDPOINT, "", "small: no endpoint makes the request POST .+", id="no-endpoint"),
    ],
)
def test_files_of_another_kind_are_refused(name, content, reason, package):
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text(content, encoding="utf-8")

    with pytest.raises(RefusedCode, match=reason):
        check_generated(package, BENIGN)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param('"method": "post"', '"method": "delete"', "the spec has no DELETE /things/", id="method"),
        pytest.param('"url": "/things/', '"url": "/others/', "the spec has no POST /others/", id="path"),
        pytest.param('"url": "/things/', '"url": "@evil.example/things/', "the spec has no POST @evil", id="host"),
        pytest.param("/parts/{part}", "/parts/{part.__class__}", "is not filled with", id="attribute"),
        pytest.param("/parts/{part}", "/parts/{0}", "is not filled with", id="position"),
        pytest.param("/parts/{part}", "/parts/{part!r}", "is not filled with", id="conversion"),
        pytest.param("/parts/{part}", "/parts/{part:>9}", "is not filled with", id="format"),
    ],
)
def test_a_request_that_the_spec_does_not_have_is_refused(old, new, reason, package):
    change(package / ENDPOINT, old, new)

    with pytest.raises(RefusedCode, match=rf"make_part\.py:\d+: .*{reason}"):
        check_generated(package, BENIGN)
