"""Importable names are compared as users import them.

The module is longer than most: its tables have a line for each kind of change.
"""
# ruff: noqa: E501 - a row of a table is a line

import shutil
from dataclasses import replace

import pytest

from changed.python.changes import python_changes, unexplained
from changed.report import Change

MODEL = """\
from attrs import define as _attrs_define

@_attrs_define
class Tombstone:
    id: str
    deleted: bool
    note: str | None = None
"""
CALL = """\
def sync(id: str, *, client: str, page: int = 1, body: Built) -> Tombstone | None:
    ...
"""
BUILT = """\
from attrs import define as _attrs_define

@_attrs_define
class Built:
    name: str
    part: Part
    size: int | None = None
"""
HOLDER = """\
from attrs import define as _attrs_define

@_attrs_define
class Holder:
    rows: list[Part | None]
    more: dict[str, Part | Tombstone]
    rest: dict[str, Any]
"""
PART = BUILT.replace("Built", "Part").replace("    part: Part\n", "")
KIND = """\
from enum import Enum

class Kind(str, Enum):
    UP = "up"
    DOWN = "down"
"""


B, C = "breaking", "compatible"
FILES = {"model": MODEL, "call": CALL, "kind": KIND, "built": BUILT, "part": PART, "holder": HOLDER}
PLACES = {
    "model": "models/tombstone",
    "call": "api/stones/delete",
    "kind": "models/kind",
    "built": "models/built",
    "part": "models/part",
    "holder": "models/holder",
}


def tree(root, **files):
    package = root / "generated" / "expunge_clients" / "p"
    for name, text in {**FILES, **files}.items():
        path = package / f"{PLACES[name]}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        (path.parent / "__init__.py").touch()
    for folder in (package, package.parent, package / "api"):
        (folder / "__init__.py").touch()
    return root


def changed(tmp_path, **files):
    found = python_changes(tree(tmp_path / "before"), tree(tmp_path / "after", **files))
    return [(change.level, change.name.removeprefix("expunge_clients.p."), change.what) for change in found]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        pytest.param("model", "    deleted: bool\n", "", [("breaking", "deleted", "attribute removed")], id="field-removed"),
        pytest.param("model", "bool", "str", [("breaking", "deleted", "type bool became str")], id="field-type"),
        pytest.param("model", "    note", "    more: int = 0\n    note", [("compatible", "more", "attribute added")], id="optional-field"),
        pytest.param("model", "    note", "    more: int\n    note", [("compatible", "more", "attribute added")], id="required-field-that-is-read"),
        pytest.param("model", " = None", "", [], id="now-required-and-read"),
        pytest.param("model", "note: str | None = None", "note: str", [("compatible", "note", "type str | None became str")], id="never-null-and-read"),
        pytest.param("model", "deleted: bool", "deleted: bool | None", [("breaking", "deleted", "type bool became bool | None")], id="null-and-read"),
        pytest.param("model", "deleted: bool", "deleted: list[bool]", [("breaking", "deleted", "type bool became list[bool]")], id="a-list-and-read"),
        pytest.param("holder", "Part | None", "Part", [("compatible", "rows", "type list[Part | None] became list[Part]")], id="items-never-null-and-read"),
        pytest.param("holder", "Any", "str", [("compatible", "rest", "type dict[str, Any] became dict[str, str]")], id="plain-values-and-read"),
        pytest.param("holder", "Any", "str | int | float | bool | None", [("compatible", "rest", "type dict[str, Any] became dict[str, str | int | float | bool | None]")], id="any-plain-value-and-read"),
        pytest.param("model", "deleted: bool\n", "def deleted(self) -> bool: ...\n", [("breaking", "deleted", "attribute became function")], id="a-field-became-a-method"),
        pytest.param("call", CALL, "sync: int = 1\n", [("breaking", "sync", "function became attribute")], id="a-call-became-a-value"),
        pytest.param("call", "client: str", "client: str | int | float", [("compatible", "sync", "parameter client takes str | int | float")], id="parameter-takes-numbers"),
        pytest.param("holder", "Any", "Part", [("breaking", "rest", "type dict[str, Any] became dict[str, Part]")], id="any-values-became-models"),
        pytest.param("holder", "Part | None", "Part | None | str", [("breaking", "rows", "type list[Part | None] became list[Part | None | str]")], id="other-items-and-read"),
        pytest.param("holder", "list[Part | None]", "list[str]", [("breaking", "rows", "type list[Part | None] became list[str]")], id="items-changed"),
        pytest.param("holder", "list[Part | None]", "dict[str, Part | None]", [("breaking", "rows", "type list[Part | None] became dict[str, Part | None]")], id="a-list-became-a-mapping"),
        pytest.param("holder", "Part | Tombstone", "Built | Part | Tombstone", [("compatible", "more", "type dict[str, Part | Tombstone] became dict[str, Built | Part | Tombstone]")], id="variant-in-a-mapping"),
        pytest.param("holder", "Part | Tombstone", "Part", [("compatible", "more", "type dict[str, Part | Tombstone] became dict[str, Part]")], id="variant-gone-and-read"),
        pytest.param("holder", "dict[str, Part | Tombstone]", "list[Part | Tombstone]", [("breaking", "more", "type dict[str, Part | Tombstone] became list[Part | Tombstone]")], id="a-mapping-became-a-list"),
        pytest.param("built", "    size", "    more: int\n    size", [("breaking", "more", "its class needs it to be built")], id="required-field"),
        pytest.param("built", " = None", "", [("breaking", "size", "its class needs it to be built")], id="now-required"),
        pytest.param("part", " = None", "", [("breaking", "size", "its class needs it to be built")], id="now-required-in-a-part"),
        pytest.param("built", "name: str", "name: str | None", [("compatible", "name", "type str became str | None")], id="null-and-built"),
        pytest.param("built", "int | None = None", "int = 1", [("breaking", "size", "type int | None became int")], id="never-null-and-built"),
        pytest.param("model", "class Tombstone", "class Stone", [("breaking", "Tombstone", "class removed"), ("compatible", "Stone", "class added")], id="class-renamed"),
        pytest.param("call", "page: int = 1", "page: int = 2", [("breaking", "sync", "default of page is 2, not 1")], id="default"),
        pytest.param("call", "page: int = 1", "page: int", [("breaking", "sync", "parameter page became required")], id="parameter-required"),
        pytest.param("call", ", page: int = 1", "", [("breaking", "sync", "parameter page removed")], id="parameter-removed"),
        pytest.param("call", "page: int = 1", "page: int = 1, q: str = ''", [("compatible", "sync", "parameter q added")], id="optional-parameter"),
        pytest.param("call", "page: int", "page: int | str", [("compatible", "sync", "parameter page takes int | str")], id="parameter-wider"),
        pytest.param("call", "client: str", "client: bytes", [("breaking", "sync", "parameter client takes bytes")], id="parameter-type"),
        pytest.param("call", "id: str, *,", "*, id: str,", [("breaking", "sync", "its positional parameters are in another order, or keyword-only")], id="keyword-only"),
        pytest.param("call", "id: str, *,", "*,", [("breaking", "sync", "parameter id removed")], id="positional-removed"),
        pytest.param("call", "id: str, *,", "id: str, q: str = '', *,", [("compatible", "sync", "parameter q added")], id="positional-added-behind"),
        pytest.param("call", "id: str, *,", "q: str, id: str, *,", [("breaking", "sync", "required parameter q added")], id="required-positional-added-in-front"),
        pytest.param("call", "id: str, *, client: str", "client: str, id: str, *", [("breaking", "sync", "its positional parameters are in another order, or keyword-only")], id="keyword-became-the-first-positional"),
        pytest.param("call", "id: str, *, client: str", "id: str, client: str, *", [], id="keyword-became-the-last-positional"),
        pytest.param("call", "page: int = 1", "page: int | None = 1", [("compatible", "sync", "parameter page takes int | None")], id="parameter-takes-null"),
        pytest.param("call", "client: str", "client: str = ''", [], id="parameter-became-optional"),
        pytest.param("call", "-> Tombstone |", "-> Built |", [("breaking", "sync", "returns Built | None, not Tombstone | None")], id="returns"),
        pytest.param("call", "-> Tombstone |", "-> Part | Tombstone |", [("compatible", "sync", "returns Part | Tombstone | None, not Tombstone | None")], id="returns-one-status-more"),
        pytest.param("call", "-> Tombstone | None", "-> None | Tombstone", [], id="returns-in-another-order"),
        pytest.param("holder", "Part | Tombstone", "Tombstone | Part", [], id="a-union-in-another-order"),
        pytest.param("built", "int | None = None", "None | int = None", [], id="a-union-in-another-order-and-built"),
        pytest.param("model", "deleted: bool", "deleted: int", [("breaking", "deleted", "type bool became int")], id="another-number"),
        pytest.param("built", "size: int", "size: float", [("compatible", "size", "type int | None became float | None")], id="any-number-and-built"),
        pytest.param("call", "page: int =", "page: float =", [("compatible", "sync", "parameter page takes float")], id="any-number-taken"),
        pytest.param("call", "page: int = 1", "page: int | int = 1", [], id="a-parameter-of-the-same-type"),
        pytest.param("call", "def sync", "def sync_all", [("breaking", "sync", "function removed"), ("compatible", "sync_all", "function added")], id="function-renamed"),
        pytest.param("call", "    ...", "    ...\n\ndef _hidden(): ...", [], id="private"),
        pytest.param("call", "    ...", "    \"\"\"Other words.\"\"\"", [], id="docstring"),
        pytest.param("kind", '    DOWN = "down"\n', "", [("breaking", "DOWN", "attribute removed")], id="enum-member-removed"),
        pytest.param("kind", '"down"', '"off"', [("breaking", "DOWN", "value 'down' became 'off'")], id="enum-value-changed"),
        pytest.param("kind", "(str, Enum)", "(Enum)", [("breaking", "Kind", "no longer a str")], id="base-class"),
    ],
)  # fmt: skip
def test_each_change_of_what_is_imported_is_reported(file, old, new, expected, tmp_path):
    text = FILES[file]
    assert old in text

    found = changed(tmp_path, **{file: text.replace(old, new, 1)})

    assert [(level, name.rpartition(".")[2], what) for level, name, what in found] == expected


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        pytest.param("float", "int", C, id="whole-numbers-only"),
        pytest.param("int", "float", B, id="any-number"),
        pytest.param("str | int | float", "str", C, id="numbers-no-longer"),
        pytest.param("str", "str | int | float", B, id="numbers-too"),
        pytest.param("list[str | None] | list[str | int]", "list[str]", B, id="two-lists-became-one"),
        pytest.param("list[str]", "list[str | None] | list[str | int]", B, id="one-list-became-two"),
        pytest.param("list[list[str | None]]", "list[list[str]]", C, id="items-of-items-never-null"),
        pytest.param("list[list[str]]", "list[list[str | None]]", B, id="items-of-items-may-be-null"),
        pytest.param("dict[str, list[str] | None]", "dict[str, None | list[str]]", None, id="in-another-order"),
    ],
)
def test_another_type_of_a_field_that_is_read_breaks_if_more_may_come(old, new, level, tmp_path):
    before, after = (
        tree(tmp_path / side, model=MODEL.replace("deleted: bool", f"deleted: {kind}"))
        for side, kind in (("before", old), ("after", new))
    )

    found = [(change.level, change.what) for change in python_changes(before, after)]

    assert found == [(level, f"type {old} became {new}")][: level is not None]


ORDER = "its positional parameters are in another order, or keyword-only"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("a, b", "b, a", [ORDER], id="exchanged"),
        pytest.param("a, b, c", "c, a", ["parameter b removed"], id="exchanged-beside-one-that-is-removed"),
        pytest.param("a='', b=''", "new='', a='', b=''", ["parameter new added", ORDER], id="added-in-front"),
        pytest.param("a='', b=''", "a='', new='', b=''", ["parameter new added", ORDER], id="added-between"),
        pytest.param("a='', b=''", "a='', b='', new=''", ["parameter new added"], id="added-behind"),
        pytest.param("a, b, /", "b, a, /", [ORDER], id="exchanged-without-names"),
        pytest.param("*, a, b", "*, b, a", [], id="keywords-exchanged"),
    ],
)
def test_positional_parameters_keep_their_places(old, new, expected, tmp_path):
    before, after = (
        tree(tmp_path / side, call=f"def sync({parameters}) -> None: ...\n")
        for side, parameters in (("before", old), ("after", new))
    )

    assert [change.what for change in python_changes(before, after)] == expected


def with_use(root, taken, returned, **files):
    """Lay out the tree with a second call, which takes one type and returns another."""
    root = tree(root, **files)
    call = f"def sync(*, body: {taken}) -> {returned}: ...\n"
    (root / "generated" / "expunge_clients" / "p" / "api" / "stones" / "other.py").write_text(call, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("old_use", "new_use", "expected"),
    [
        pytest.param(("Holder", "int"), ("Holder", "int"), C, id="sent"),
        pytest.param(("Holder", "int"), ("Built", "int"), C, id="sent-before"),
        pytest.param(("Built", "int"), ("Holder", "int"), C, id="sent-after"),
        pytest.param(("Holder", "Holder"), ("Holder", "Holder"), B, id="both-ways"),
        pytest.param(("Holder", "Holder"), ("Holder", "int"), B, id="received-before"),
        pytest.param(("Holder", "int"), ("Holder", "Holder"), B, id="received-after"),
        pytest.param(("Built", "int"), ("Built", "int"), B, id="in-no-call"),
    ],
)
def test_another_type_of_a_field_breaks_all_who_may_read_it(old_use, new_use, expected, tmp_path):
    """A field that may be null now breaks readers; users who only build the object may go on as before."""
    holder = HOLDER.replace("list[Part | None]", "list[Part | None] | None")
    before, after = with_use(tmp_path / "before", *old_use), with_use(tmp_path / "after", *new_use, holder=holder)

    found = [change.level for change in python_changes(before, after) if change.name.endswith(".Holder.rows")]

    assert found == [expected]


@pytest.mark.parametrize("uses", [("Holder", "Built"), ("Built", "Holder"), ("Built", "Built")])
def test_a_field_that_is_needed_now_breaks_all_who_built_the_object_before_or_build_it_now(uses, tmp_path):
    before = with_use(tmp_path / "before", uses[0], "int")
    after = with_use(tmp_path / "after", uses[1], "int", holder=HOLDER + "    needed: str\n")

    found = [change.level for change in python_changes(before, after) if change.name.endswith(".Holder.needed")]

    assert found == [B if "Holder" in uses else C]


def test_the_same_tree_has_no_change(tmp_path):
    assert changed(tmp_path) == []


def test_a_union_with_a_mapping_in_another_order_is_no_change(tmp_path):
    before, after = (
        tree(tmp_path / side, model=MODEL.replace("deleted: bool", f"deleted: {kind}"))
        for side, kind in (("before", "dict[str, Part] | None"), ("after", "None | dict[str, Part]"))
    )

    assert python_changes(before, after) == []


def test_any_value_or_a_model_that_became_plain_breaks_who_reads_it(tmp_path):
    before, after = (
        tree(tmp_path / side, model=MODEL.replace("deleted: bool", f"deleted: {kind}"))
        for side, kind in (("before", "Any | Part"), ("after", "str"))
    )

    (change,) = python_changes(before, after)

    assert (change.level, change.what) == ("breaking", "type Any | Part became str")


def test_a_package_that_went_is_one_line(tmp_path):
    before, after = tree(tmp_path / "before"), tree(tmp_path / "after")
    shutil.rmtree(after / "generated" / "expunge_clients" / "p" / "models")

    found = [(change.name, change.what) for change in python_changes(before, after) if ".models" in change.name]

    assert found == [("expunge_clients.p.models", "module removed")]


MODELS = "expunge_clients.p.models"
ATTRIBUTE = Change("breaking", "p", f"{MODELS}.model_manifest.ModelManifest.size", "attribute removed")
ADDED = replace(ATTRIBUTE, level="compatible", what="attribute added")
INNER = Change("breaking", "p", f"{MODELS}.model_manifest_size_type_0.ModelManifestSizeType0.unit", "attribute removed")
STATUS = Change("breaking", "p", f"{MODELS}.manifest.Manifest.status", "attribute removed")
CALLED = Change("breaking", "p", "expunge_clients.p.api.models.get_model.sync", "function removed")
ANSWER = Change("breaking", "p", f"{MODELS}.get_model_response_200.GetModelResponse200.id", "attribute removed")


def line(name, level="breaking", provider="p"):
    return [Change(level, provider, name, "")]


@pytest.mark.parametrize(
    ("change", "explained", "is_reported"),
    [
        pytest.param(ATTRIBUTE, [], True, id="the-spec-says-nothing"),
        pytest.param(replace(ATTRIBUTE, level="documentation"), [], True, id="the-spec-says-nothing-of-words"),
        pytest.param(ATTRIBUTE, line("schemas.ModelManifest.size"), False, id="the-spec-says-it"),
        pytest.param(ATTRIBUTE, line("schemas.ModelManifest.title", "documentation"), True, id="the-spec-says-less"),
        pytest.param(
            ATTRIBUTE, line("schemas.ModelManifest.size", "compatible"), True, id="the-spec-calls-it-compatible"
        ),
        pytest.param(ADDED, line("schemas.ModelManifest.size", "compatible"), False, id="both-call-it-compatible"),
        pytest.param(ADDED, line("schemas.ModelManifest.size"), False, id="the-spec-calls-it-breaking"),
        pytest.param(
            ADDED, line("schemas.ModelManifest.title", "documentation"), True, id="the-spec-says-less-than-that"
        ),
        pytest.param(ATTRIBUTE, line("schemas.ModelManifest.size", provider="q"), True, id="another-provider"),
        pytest.param(INNER, line("schemas.ModelManifest.size.unit"), False, id="an-object-inside-a-schema"),
        pytest.param(INNER, line("schemas.ModelManifest.name"), True, id="another-field"),
        pytest.param(STATUS, line("schemas.Status.enum"), True, id="a-schema-called-as-the-field-is"),
        pytest.param(STATUS, line("schemas.Models.x"), True, id="a-schema-called-as-the-folder-is"),
        pytest.param(CALLED, line("get_model"), False, id="the-operation"),
        pytest.param(CALLED, line("sync"), True, id="an-operation-called-as-the-function-is"),
        pytest.param(CALLED, line("schemas.GetModel"), True, id="a-schema-called-as-the-operation-is"),
        pytest.param(ANSWER, line("get_model.responses.200.id"), False, id="an-object-inside-an-answer"),
    ],
)
def test_a_change_is_reported_once_by_the_more_serious_side(change, explained, is_reported):
    assert (unexplained([change], explained) == [change]) is is_reported


TYPED = Change("breaking", "p", "expunge_clients.p.api.models.get_model.sync", "returns a type now: A | None")
DOCUMENTED = Change("compatible", "p", "get_model.responses.202", "a body is documented now")


@pytest.mark.parametrize(
    ("explained", "is_reported"),
    [
        pytest.param([DOCUMENTED], False, id="its-body-is-documented-now"),
        pytest.param([], True, id="the-spec-says-nothing"),
        pytest.param([replace(DOCUMENTED, name="get_other.responses.202")], True, id="another-operation"),
        pytest.param([replace(DOCUMENTED, what="field added")], True, id="another-change"),
        pytest.param(
            [replace(DOCUMENTED, name="responses.202", places=("get_model.responses.202",))], False, id="shared"
        ),
    ],
)
def test_an_answer_that_got_a_type_breaks_nobody_if_only_its_body_was_documented(explained, is_reported):
    assert (unexplained([TYPED], explained) == [TYPED]) is is_reported


def test_an_answer_of_any_value_that_got_a_type_breaks_who_reads_it(tmp_path):
    old, new = (CALL.replace("Tombstone |", f"{it} |") for it in ("Any", "Part"))
    before = tree(tmp_path / "before", call=old)

    (change,) = python_changes(before, tree(tmp_path / "after", call=new))

    assert (change.level, change.what) == ("breaking", "returns a type now: Part | None")


FACADE = """\
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from ._client import Client
    from ._types import Status
__all__ = ["Client", "Status"]
"""
CLIENT = """\
from ._base import Base

class Client(Base):
    def delete(self, ref: str) -> str:
        ...
"""
BASE = """\
class Base:
    @classmethod
    def from_env(cls) -> str:
        ...
"""
STATUSES = """\
from typing import Literal
Status = Literal["deleted", "absent"]
"""


def facade(root, **files):
    folder = root / "src" / "expunge"
    folder.mkdir(parents=True)
    texts = {"__init__": FACADE, "_client": CLIENT, "_base": BASE, "_types": STATUSES} | files
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return root


def test_an_unchanged_folder_of_the_facade_is_read_too(tmp_path):
    """A method that the base had already is not an added one, also if the base stands in a folder without changes."""
    method = BASE.replace("class Base:", "class Client(Base):")
    clients = (CLIENT, "from ._base import Base\n\n" + method + CLIENT.partition("Base):\n")[2])
    before, after = (
        facade(tmp_path / side, _client=client.replace("._base", "._core.base"))
        for side, client in zip(("before", "after"), clients, strict=True)
    )
    for root in (before, after):
        core = root / "src" / "expunge" / "_core"
        core.mkdir()
        (core / "__init__.py").touch()
        (core / "base.py").write_text(BASE, encoding="utf-8")

    assert python_changes(before, after) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        pytest.param("_client", "def delete", "def remove", [("breaking", "expunge.Client.delete"), ("compatible", "expunge.Client.remove")], id="method-renamed"),
        pytest.param("_base", "from_env", "from_environ", [("breaking", "expunge.Client.from_env"), ("compatible", "expunge.Client.from_environ")], id="method-of-a-private-base"),
        pytest.param("_types", ', "absent"', "", [("breaking", "expunge.Status")], id="word-lost"),
        pytest.param("_types", '"absent"', '"absent", "failed"', [("compatible", "expunge.Status")], id="word-got"),
        pytest.param("_base", "class Base:", "class Base:\n    def _hidden(self): ...\n", [], id="private"),
    ],
)  # fmt: skip
def test_the_facade_is_compared_as_it_is_exported(file, old, new, expected, tmp_path):
    text = {"_client": CLIENT, "_base": BASE, "_types": STATUSES}[file]
    assert old in text

    found = python_changes(facade(tmp_path / "before"), facade(tmp_path / "after", **{file: text.replace(old, new)}))

    assert [(change.level, change.name) for change in found] == expected
    assert {change.provider for change in found} <= {"expunge"}
