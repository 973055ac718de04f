"""Lists of values: a client keeps an unknown one in an answer, and refuses one that decides or that it would send."""

import importlib
import sys
import typing

import pytest
from tests.clients.small_provider import build_provider

from spec.choices import open_choices

pytestmark = pytest.mark.slow


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def texts(*values, **fields):
    return {"type": "string", "enum": [*values], **fields}


def an_object(**properties):
    return {"type": "object", "properties": properties}


def answer(schema):
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


SCHEMAS = {
    "Status": texts("up", "down"),
    "Level": {"type": "integer", "enum": [1, 2]},
    "Cat": {**an_object(kind=texts("cat"), mood=texts("good", "bad")), "required": ["kind"]},
    "Dog": {**an_object(kind=texts("dog", "hound")), "required": ["kind"]},
    "Base": an_object(state=texts("a", "b")),
    "Sent": {**an_object(mode=texts("fast", "slow"), only=texts("this")), "required": ["mode"]},
    "Thing": an_object(
        status=ref("Status"),
        statuses={"type": "array", "items": ref("Status")},
        level=ref("Level"),
        maybe={"type": ["string", "null"], "enum": ["x", None]},
        object=texts("thing"),
        fixed={"const": "fix"},
        pet={"oneOf": [ref("Cat"), ref("Dog")]},
        either={"anyOf": [texts("auto"), {"type": "integer"}]},
        constants={"anyOf": [{"const": "auto"}, {"const": "manual"}, {"type": "integer"}]},
        when={"anyOf": [texts("never"), {"type": "string", "format": "date-time"}]},
        two={"anyOf": [texts("a"), texts("b", "c")]},
        derived={"allOf": [ref("Base"), an_object(state=texts("a"))]},
        again=ref("Thing"),
    ),
}
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "paths": {
        "/things": {
            "get": {
                "operationId": "list_things",
                "tags": ["t"],
                "parameters": [
                    {"name": "order", "in": "query", "description": "Which come first.", "schema": texts("asc", "desc")}
                ],
                "responses": {**answer(ref("Thing")), "400": answer(texts("bad"))["200"]},
            },
            "post": {
                "operationId": "make",
                "tags": ["t"],
                "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Sent")}}},
                "responses": {"204": {"description": "made"}},
            },
        }
    },
    "components": {"schemas": SCHEMAS},
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The models of a client that the real pipeline has built; they are forgotten afterwards."""
    folder = build_provider(SPEC, tmp_path_factory.mktemp("choices")) / "expunge_clients"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module("expunge_clients"), "__path__", [str(folder)])
        yield importlib.import_module("expunge_clients.small.models")
    for name in [name for name in sys.modules if name.startswith("expunge_clients.small")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"status": "new"}, id="component"),
        pytest.param({"statuses": ["up", "new"]}, id="in-a-list"),
        pytest.param({"level": 3}, id="whole-number"),
        pytest.param({"maybe": "new"}, id="or-null"),
        pytest.param({"maybe": None}, id="null"),
        pytest.param({"object": "new"}, id="list-of-one"),
        pytest.param({"fixed": "new"}, id="constant"),
        pytest.param({"either": "new"}, id="or-a-number"),
        pytest.param({"either": 7}, id="the-number"),
        pytest.param({"constants": "new"}, id="constants"),
        pytest.param({"constants": 7}, id="behind-the-constants"),
        pytest.param({"two": "new"}, id="two-lists"),
        pytest.param({"derived": {"state": "new"}}, id="joined"),
        pytest.param({"pet": {"kind": "cat", "mood": "new"}}, id="inside-a-member-of-a-union"),
        pytest.param({"again": {"status": "new"}}, id="below-itself"),
    ],
)
def test_an_unknown_value_in_an_answer_stays_as_it_is(fields, models):
    assert models.Thing.from_dict(fields).to_dict() == fields


def test_an_open_choice_names_its_values_and_any_text(models):
    assert models.Cat.__annotations__["mood"] == "CatMood | Unset"
    assert [typing.get_args(each) for each in typing.get_args(models.CatMood)] == [("bad", "good"), ()]
    assert typing.get_args(models.Status)[1] is str
    assert typing.get_args(models.Level)[1] is int


@pytest.mark.parametrize(("kind", "model"), [("cat", "Cat"), ("dog", "Dog"), ("hound", "Dog")])
def test_a_choice_still_decides_which_member_of_a_union_it_is(kind, model, models):
    assert type(models.Thing.from_dict({"pet": {"kind": kind}}).pet).__name__ == model


def test_an_unknown_value_that_would_decide_is_an_error(models):
    with pytest.raises(ValueError, match=r"'cow' is not one of \('dog', 'hound'\)"):
        models.Thing.from_dict({"pet": {"kind": "cow"}})


def test_a_date_is_still_read_beside_a_choice(models):
    assert models.Thing.from_dict({"when": "2024-01-02T03:04:05+00:00"}).when.year == 2024
    assert models.Thing.from_dict({"when": "never"}).when == "never"


def test_a_choice_that_is_only_sent_is_closed(models):
    assert models.SentMode == typing.Literal["fast", "slow"]
    assert models.ListThingsOrder == typing.Literal["asc", "desc"]
    assert models.Sent(mode="fast", only="this").to_dict() == {"mode": "fast", "only": "this"}
    with pytest.raises(ValueError, match=r"'new' is not one of \('fast', 'slow'\)"):
        models.Sent.from_dict({"mode": "new"})


def test_a_list_of_one_value_has_no_module_of_its_own(models):
    assert models.Sent.__annotations__["only"] == "Literal['this'] | Unset"


def test_the_description_of_a_parameter_reaches_the_docstring(models):
    assert models
    list_things = importlib.import_module("expunge_clients.small.api.t.list_things")

    assert "order (ListThingsOrder | Unset): Which come first." in list_things.sync_detailed.__doc__


def test_the_places_of_open_choices_are_known():
    found = {"/".join(map(str, place)) for place in open_choices(SPEC)}

    assert found == {
        "components/schemas/Status",
        "components/schemas/Level",
        "components/schemas/Cat/properties/mood",
        "components/schemas/Base/properties/state",
        "paths//things/get/responses/400/content/application/json/schema",
        *(
            f"components/schemas/Thing/properties/{name}"
            for name in ("maybe", "object", "fixed", "either/anyOf/0", "constants/anyOf/1", "two/anyOf/1")
        ),
        "components/schemas/Thing/properties/derived/allOf/1/properties/state",
    }
