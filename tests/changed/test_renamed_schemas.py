"""A family of schemas that was renamed is one line, and anything else that changed beside it has its own."""

import copy
import json

import pytest
from tests.changed.test_schema_meaning import TEXT, fields, ref

from changed.openapi.operations import spec_changes
from changed.openapi.renames import with_names
from changed.python.changes import unexplained
from changed.renamed_families import affix, families, paired
from changed.report import Change

CONTENT = "application/json"
SCHEMAS = {
    "ChatMessage": fields(role=ref("ChatRole"), parts={"type": "array", "items": ref("ChatPart")}),
    "ChatRole": {"type": "string", "enum": ["user", "model"]},
    "ChatPart": {
        "oneOf": [ref("ChatText"), ref("ChatImage")],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"text": "#/components/schemas/ChatText", "image": "ChatImage"},
        },
    },
    "ChatText": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "text"}, "text": TEXT}},
    "ChatImage": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "image"}, "url": TEXT}},
    "ChatUsage": fields(tokens={"type": "integer"}),
    "ChatCost": fields(tokens={"type": "integer"}),
    "Other": fields(usage=ref("ChatUsage"), cost=ref("ChatCost")),
}


def document(schemas, first="ChatMessage", direction="received"):
    body = {"content": {CONTENT: {"schema": fields(message=ref(first), other=ref("Other"))}}}
    operation = {"operationId": "chat", "responses": {"200": {"description": "d"}}}
    if direction == "sent":
        operation["requestBody"] = body
    else:
        operation["responses"]["200"] |= body
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/chat": {"post": operation}},
        "components": {"schemas": schemas},
    }


BEFORE = document(SCHEMAS)


def renamed(document, old="Chat", new="Response"):
    return json.loads(json.dumps(document).replace(f"schemas/{old}", f"schemas/{new}").replace(f'"{old}', f'"{new}'))


def lines(before, after):
    return [(change.level, change.name, change.what) for change in spec_changes("p", before, after)]


@pytest.mark.parametrize("direction", ["sent", "received"])
def test_a_family_of_schemas_that_was_renamed_is_one_line(direction):
    """Two of its schemas are alike; the way in which the others were renamed decides."""
    before = document(SCHEMAS, direction=direction)

    ((level, name, what),) = lines(before, renamed(before))

    assert (level, name) == ("breaking", "schemas")
    assert what.startswith("7 schemas renamed, Chat became Response in each name: ChatMessage to ResponseMessage, ")
    assert what.endswith(" and 4 more")


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (2, "AOld to ANew, BOld to BNew"),
        (3, "AOld to ANew, BOld to BNew, COld to CNew"),
        (4, "AOld to ANew, BOld to BNew, COld to CNew and 1 more"),
    ],
)
@pytest.mark.parametrize(("old", "new"), [("Old", "New"), ("", "New"), ("Old", "")])
def test_the_line_of_a_family_shows_its_first_three_names(size, shown, old, new):
    names = "ABCD"[:size]
    before, after = (
        document(
            {f"{name}{end}": {"type": "object", "properties": {name: TEXT}} for name in names}
            | {"All": fields(**{name: ref(f"{name}{end}") for name in names}), "Other": TEXT},
            "All",
        )
        for end in (old, new)
    )

    beginning = f"{size} schemas renamed, {old or 'nothing'} became {new or 'nothing'} in each name: "
    expected = beginning + shown.replace("Old", old).replace("New", new)
    assert lines(before, after) == [("breaking", "schemas", expected)]


def test_only_references_to_a_renamed_schema_are_written_with_its_new_name():
    place = "#/components/schemas/A"

    assert with_names(
        {
            "properties": {"$ref": {"$ref": place}, "b": {"$ref": f"{place}/properties/c"}, "d": {"$ref": f"{place}B"}},
            "const": place,
            "discriminator": {"propertyName": "kind", "mapping": {"a": place, "b": "A", "c": "AB", "d": 1}},
        },
        {"A": "New"},
    ) == {
        "properties": {
            "$ref": {"$ref": "#/components/schemas/New"},
            "b": {"$ref": "#/components/schemas/New/properties/c"},
            "d": {"$ref": f"{place}B"},
        },
        "const": place,
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"a": "#/components/schemas/New", "b": "New", "c": "AB", "d": 1},
        },
    }


def test_one_schema_that_was_renamed_is_one_line_at_its_old_name():
    after = renamed(BEFORE, "ChatUsage", "Usage")

    assert lines(BEFORE, after) == [("breaking", "schemas.ChatUsage", "schema renamed to Usage")]


def test_a_renamed_schema_may_have_its_keywords_in_another_order():
    after = renamed(BEFORE, "ChatText", "Text")
    schemas = after["components"]["schemas"]
    schemas["Text"] = dict(reversed(schemas["Text"].items()))

    assert lines(BEFORE, after) == [("breaking", "schemas.ChatText", "schema renamed to Text")]


def test_a_title_that_stays_keeps_the_class_so_nobody_breaks():
    before = copy.deepcopy(BEFORE)
    before["components"]["schemas"]["ChatRole"]["title"] = "Role"

    assert lines(before, renamed(before, "ChatRole", "RoleV2")) == [
        ("documentation", "schemas.ChatRole", "schema renamed to RoleV2")
    ]


def test_a_change_beside_the_renaming_has_its_own_line():
    after = renamed(BEFORE)
    after["components"]["schemas"]["Other"]["properties"]["more"] = TEXT
    after["paths"]["/chat"]["post"]["responses"]["200"]["content"][CONTENT]["schema"]["properties"].pop("other")
    after["components"]["schemas"]["ResponseMessage"]["properties"]["other"] = ref("Other")

    found = lines(BEFORE, after)

    assert ("compatible", "schemas.Other.more", "field added") in found
    assert ("breaking", "chat.responses.200.other", "field removed") in found


def test_a_schema_whose_content_changed_too_is_removed_and_added():
    after = renamed(BEFORE)
    after["components"]["schemas"]["ResponseText"]["properties"]["text"] = {"type": "integer"}

    found = lines(BEFORE, after)

    assert ("breaking", "schemas.ChatText", "schema removed") in found
    assert ("compatible", "schemas.ResponseText", "schema added") in found


def test_a_reference_to_another_schema_is_no_renaming():
    """Both schemas are there before and after, so only the reference has changed."""
    after = copy.deepcopy(BEFORE)
    after["components"]["schemas"]["ChatMessage"]["properties"]["role"] = ref("ChatUsage")

    assert ("breaking", "schemas.ChatMessage.role", "refers to ChatUsage, not to ChatRole") in lines(BEFORE, after)


def test_a_schema_that_is_sent_is_not_the_one_that_was_received():
    before = document({"Asked": fields(a=TEXT), "Other": TEXT}, "Asked")
    after = document({"Answered": fields(a=TEXT), "Other": TEXT}, "Answered", "sent")

    assert not any("renamed" in what for _, _, what in lines(before, after))


CLASS = "expunge_clients.p.models.{}.{}"


@pytest.mark.parametrize(
    ("old", "new", "is_reported"),
    [
        pytest.param("ChatRole", "ResponseRole", False, id="a-schema-of-the-family"),
        pytest.param("ChatMessageMetadata", "ResponseMessageMetadata", False, id="an-object-inside-one"),
        pytest.param("ChatMessageMetadata", "ResponseMessageExtra", True, id="an-object-inside-with-another-name"),
        pytest.param("ChatMessageExtra", "ResponseMessageMetadata", True, id="an-object-inside-with-a-later-name"),
        pytest.param("ChatRole", "Role", True, id="another-new-name"),
        pytest.param("Stone", "Rock", True, id="a-class-whose-title-changed"),
    ],
)
def test_the_line_of_a_family_explains_its_classes_in_python(old, new, is_reported):
    change = Change("breaking", "p", CLASS.format(old.lower(), old), f"renamed to {new}")

    assert (unexplained([change], spec_changes("p", BEFORE, renamed(BEFORE))) == [change]) is is_reported
    assert unexplained([Change("breaking", "q", change.name, change.what)], spec_changes("p", BEFORE, renamed(BEFORE)))


def test_what_changed_in_a_name_is_what_stands_between_its_ends():
    assert affix("ChatTextPart", "ResponseTextPart") == ("Chat", "Response")
    assert affix("Text", "TextV2") == ("", "V2")
    assert affix("aa", "a") == ("a", "")
    assert affix("a", "a") == ("", "")


def test_names_that_changed_alike_are_a_family():
    assert families({"AX": "BX", "AY": "BY", "C": "D"}) == [{"AX": "BX", "AY": "BY"}, {"C": "D"}]


def test_names_that_are_alike_and_changed_differently_are_no_pairs():
    def content(_name, _known):
        return "the same"

    assert paired(["A", "B"], ["X", "Y"], content, content) == {}
