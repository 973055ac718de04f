"""Changes that a provider makes to a schema, each as one short function."""

import json
from copy import deepcopy
from random import Random

from tests.held_out.harbours import (
    FORMATS,
    NAMED,
    Change,
    Document,
    a_schema,
    fields_of,
    is_free,
    pick,
    plain,
    schemas_of,
    to_a_schema,
)
from tests.held_out.values import PATTERNS


def add_field(rng: Random, document: Document) -> bool:
    schema = pick(rng, document, lambda it: "properties" in it)
    name = rng.choice(["anchor", "buoy", "canal", "ferry"])
    if schema is None or name in schema["properties"]:
        return False
    schema["properties"][name] = a_schema(rng, 1, [])
    if rng.random() < 0.3:
        schema["required"] = [*schema.get("required", []), name]
    return True


@to_a_schema(fields_of)
def drop_field(rng: Random, schema: Document) -> None:
    name = rng.choice(fields_of(schema))
    del schema["properties"][name]
    schema["required"] = [each for each in schema.get("required", []) if each != name]


@to_a_schema(fields_of)
def rename_field(rng: Random, schema: Document) -> None:
    name = rng.choice(fields_of(schema))
    schema["properties"] = {f"{name}_no" if it == name else it: each for it, each in schema["properties"].items()}
    schema["required"] = [f"{name}_no" if it == name else it for it in schema.get("required", [])]


@to_a_schema(fields_of)
def toggle_need(rng: Random, schema: Document) -> None:
    schema["required"] = sorted({*schema.get("required", [])} ^ {rng.choice(fields_of(schema))})


def shuffle_order(rng: Random, document: Document) -> bool:
    """Only the order of keys, of needs and of values changes."""
    for schema in schemas_of(document):
        if "properties" in schema:
            schema["properties"] = dict(rng.sample(list(schema["properties"].items()), len(schema["properties"])))
        for key in ("required", "enum"):
            if key in schema:
                rng.shuffle(schema[key])
    return True


@to_a_schema(lambda it: "anyOf" in it or "oneOf" in it)
def shuffle_alternatives(_rng: Random, schema: Document) -> None:
    schema["anyOf" if "anyOf" in schema else "oneOf"].reverse()


@to_a_schema(lambda it: it.get("type") in ("string", "integer", "number", "boolean"))
def retype(rng: Random, schema: Document) -> None:
    fresh = plain(rng)
    schema.clear()
    schema.update(fresh)


@to_a_schema(lambda it: it.get("type") in ("integer", "number"))
def widen_number(_rng: Random, schema: Document) -> None:
    schema["type"] = "number" if schema["type"] == "integer" else "integer"


@to_a_schema(lambda it: "type" in it and it["type"] != "null" and not it.keys() & {"enum", "const"})
def toggle_null(_rng: Random, schema: Document) -> None:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    schema["type"] = [each for each in types if each != "null"] if "null" in types else [*types, "null"]


@to_a_schema(lambda it: isinstance(it.get("type"), list) and "null" in it["type"])
def respell_null(_rng: Random, schema: Document) -> None:
    rest = {key: value for key, value in schema.items() if key != "type"}
    others = [each for each in schema["type"] if each != "null"]
    schema.clear()
    schema["anyOf"] = [*({**rest, "type": each} for each in others), {"type": "null"}]


@to_a_schema(lambda it: "enum" in it)
def add_value(_rng: Random, schema: Document) -> None:
    schema["enum"].append(f"value{len(schema['enum'])}")


@to_a_schema(lambda it: len(it.get("enum", [])) > 1)
def drop_value(rng: Random, schema: Document) -> None:
    schema["enum"].remove(rng.choice(schema["enum"]))


@to_a_schema(lambda it: is_free(it) and "default" not in it)
def enumerate_texts(_rng: Random, schema: Document) -> None:
    schema["enum"] = ["calm", "rough"]
    for key in ("minLength", "maxLength"):
        schema.pop(key, None)


@to_a_schema(lambda it: "enum" in it)
def free_values(_rng: Random, schema: Document) -> None:
    del schema["enum"]


@to_a_schema(lambda it: is_free(it) or ("format" in it and it.get("type") == "string"))
def reformat(rng: Random, schema: Document) -> None:
    schema["format"] = rng.choice([each for each in FORMATS if each != schema.get("format")])
    for key in ("minLength", "maxLength"):
        schema.pop(key, None)


@to_a_schema(lambda it: "format" in it)
def unformat(_rng: Random, schema: Document) -> None:
    del schema["format"]


def move_limits(rng: Random, document: Document) -> bool:
    schema = pick(rng, document, lambda it: it.get("type") in ("string", "integer") and "enum" not in it)
    if schema is None or schema.keys() & {"format", "pattern", "const"}:
        return False
    low, high = ("minLength", "maxLength") if schema["type"] == "string" else ("minimum", "maximum")
    key = rng.choice([low, high])
    if key in schema and rng.random() < 0.3:
        del schema[key]
    else:
        schema[key] = rng.randint(0, 3) if key == low else rng.randint(5, 120)
    return True


@to_a_schema(lambda it: "pattern" in it or (is_free(it) and "maxLength" not in it))
def change_pattern(rng: Random, schema: Document) -> None:
    if "pattern" in schema and rng.random() < 0.4:
        del schema["pattern"]
    else:
        schema["pattern"] = rng.choice([each for each in sorted(PATTERNS) if each != schema.get("pattern")])
        schema.pop("minLength", None)


@to_a_schema(lambda it: it.get("type") in ("integer", "boolean") or "enum" in it)
def change_default(rng: Random, schema: Document) -> None:
    if "default" in schema and rng.random() < 0.4:
        del schema["default"]
    elif "enum" in schema:
        schema["default"] = rng.choice(schema["enum"])
    else:
        schema["default"] = rng.choice([1, 2]) if schema["type"] == "integer" else rng.random() < 0.5


@to_a_schema(lambda it: "properties" in it)
def close_object(rng: Random, schema: Document) -> None:
    if schema.get("additionalProperties", True) is True:
        schema["additionalProperties"] = rng.choice([False, {"type": "string"}])
    else:
        del schema["additionalProperties"]


@to_a_schema(lambda it: "properties" in it and "additionalProperties" not in it)
def say_open(rng: Random, schema: Document) -> None:
    """An object says what holds without saying it."""
    schema["additionalProperties"] = rng.choice([True, {}])


def inline_reference(rng: Random, document: Document) -> bool:
    schema = pick(rng, document, lambda it: "$ref" in it)
    if schema is None:
        return False
    name = schema.pop("$ref").removeprefix(NAMED)
    schema.update(deepcopy(document["components"]["schemas"][name]))
    return True


def extract_schema(rng: Random, document: Document) -> bool:
    named = [id(each) for each in document["components"]["schemas"].values()]
    schema = pick(rng, document, lambda it: "$ref" not in it and id(it) not in named)
    name = f"Part{rng.randrange(1_000)}"
    if schema is None or name in document["components"]["schemas"]:
        return False
    document["components"]["schemas"][name] = dict(schema)
    schema.clear()
    schema["$ref"] = f"{NAMED}{name}"
    return True


def rename_schema(rng: Random, document: Document) -> bool:
    name = rng.choice(sorted(document["components"]["schemas"]))
    other = f"{name}Card"
    text = json.dumps(document).replace(f'"{NAMED}{name}"', f'"{NAMED}{other}"')
    changed = json.loads(text)
    schemas = changed["components"]["schemas"]
    if rng.random() < 0.3:
        schemas[name].setdefault("title", name)
    changed["components"]["schemas"] = {other if it == name else it: each for it, each in schemas.items()}
    document.clear()
    document.update(changed)
    return True


@to_a_schema(lambda it: "$ref" in it)
def wrap_in_all_of(rng: Random, schema: Document) -> None:
    schema["allOf"] = [{"$ref": schema.pop("$ref")}]
    if rng.random() < 0.5:
        schema["description"] = "The same, with words beside it."


@to_a_schema(lambda it: it.get("type") in ("integer", "boolean") or "$ref" in it)
def make_union(rng: Random, schema: Document) -> None:
    old = dict(schema)
    schema.clear()
    others = [{"type": "string"}, {"type": "object", "required": ["wind"], "properties": {"wind": {"type": "integer"}}}]
    schema["anyOf"] = [old, rng.choice(others)]


@to_a_schema(lambda it: max(len(it.get("anyOf", [])), len(it.get("oneOf", []))) > 1)
def drop_alternative(rng: Random, schema: Document) -> None:
    members = schema["anyOf" if "anyOf" in schema else "oneOf"]
    members.remove(rng.choice(members))


@to_a_schema(lambda it: ("anyOf" in it) != ("oneOf" in it))
def any_for_one(_rng: Random, schema: Document) -> None:
    key, other = ("anyOf", "oneOf") if "anyOf" in schema else ("oneOf", "anyOf")
    schema[other] = schema.pop(key)


@to_a_schema(lambda it: it.get("type") in ("string", "integer"))
def list_of_it(_rng: Random, schema: Document) -> None:
    old = dict(schema)
    schema.clear()
    schema.update({"type": "array", "items": old})


@to_a_schema(lambda it: "$ref" not in it)
def describe(rng: Random, schema: Document) -> None:
    key = rng.choice(["description", "x-team", "$comment", "examples", "deprecated"])
    schema[key] = {"examples": ["one"], "deprecated": True}.get(key, f"Words {rng.randrange(99)}.")


@to_a_schema(lambda it: "$ref" not in it)
def retitle(rng: Random, schema: Document) -> None:
    schema["title"] = f"Title {rng.randrange(99)}"


CHANGES: tuple[Change, ...] = (
    add_field,
    drop_field,
    rename_field,
    toggle_need,
    shuffle_order,
    shuffle_alternatives,
    retype,
    widen_number,
    toggle_null,
    respell_null,
    add_value,
    drop_value,
    enumerate_texts,
    free_values,
    reformat,
    unformat,
    move_limits,
    change_pattern,
    change_default,
    close_object,
    say_open,
    inline_reference,
    extract_schema,
    rename_schema,
    wrap_in_all_of,
    make_union,
    drop_alternative,
    any_for_one,
    list_of_it,
    describe,
    retitle,
)
