"""Each change has its line for users, there and back: `lines.txt` has them, and a person has read them.

After a change of words, read what `PYTHONPATH=scripts python -m tests.changed.test_lines` makes of that file.
"""
# ruff: noqa: E501 - a row of a table is a line

import json
from pathlib import Path

import pytest
from tests.changed.test_access import BEARER, KEY, OTHER, QUERY
from tests.changed.test_access import api as with_schemes
from tests.changed.test_reading_order import COMPETING, NAMED
from tests.changed.test_schema_meaning import NARROWER, TEXT, WIDER, document, fields, ref
from tests.changed.test_spec_changes import GONE, ROWS, base, edited

from changed.openapi.operations import spec_changes
from changed.report import Report

RECORD = Path(__file__).with_name("lines.txt")
LONG = {"type": "string", "pattern": "a" * 70}
NUMBER, LIST, ANY_OBJECT = {"type": "integer"}, {"type": "array", "items": TEXT}, {"type": "object"}


def tagged(name):
    return {
        "type": "object",
        "required": ["type", "kind"],
        "properties": {it: {"const": name} for it in ("type", "kind")},
    }


SCHEMAS = {
    "limit": ({"type": "integer", "maximum": 5}, {"type": "integer", "maximum": 6}),
    "least": ({"type": "integer", "minimum": 5}, {"type": "integer", "minimum": 6}),
    "limit-that-came": (NUMBER, {"type": "integer", "exclusiveMaximum": 6}),
    "old-exclusive": ({"type": "integer", "minimum": 5}, {"type": "integer", "minimum": 5, "exclusiveMinimum": True}),
    "multiple": ({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 4}),
    "unique": (LIST, {**LIST, "uniqueItems": True}),
    "format-of-text": (TEXT, {**TEXT, "format": "uri"}),
    "format-with-a-type": (TEXT, {**TEXT, "format": "date"}),
    "default": ({**TEXT, "default": "a"}, {**TEXT, "default": "b"}),
    "default-that-came": (TEXT, {**TEXT, "default": "b"}),
    "default-of-a-list": (LIST, {**LIST, "default": []}),
    "default-of-an-item": (LIST, {"type": "array", "items": {**TEXT, "default": "x"}}),
    "deprecated": (TEXT, {**TEXT, "deprecated": True}),
    "title": ({**ANY_OBJECT, "title": "A"}, {**ANY_OBJECT, "title": "B"}),
    "title-that-came": (ANY_OBJECT, {**ANY_OBJECT, "title": "B"}),
    "words-of-a-not": ({"not": {**TEXT, "description": "a"}}, {"not": {**TEXT, "description": "b"}}),
    "contains": ({"type": "array", "contains": TEXT}, {"type": "array", "contains": NUMBER}),
    "values": ({**TEXT, "enum": ["a", "b"]}, {**TEXT, "enum": ["b", "c"]}),
    "values-that-came": (TEXT, {**TEXT, "enum": ["a"]}),
    "values-of-numbers": ({"enum": [1, 2]}, {"enum": [1, True]}),
    "null-among-values": ({"enum": ["a"]}, {"enum": ["a", None]}),
    "constant": ({"const": "a"}, {"const": "b"}),
    "any-type": ({}, TEXT),
    "any-became-an-object": ({}, ANY_OBJECT),
    "number": (NUMBER, {"type": "number"}),
    "number-or-text": ({"type": ["integer", "string"]}, {"type": ["number", "string", "boolean"]}),
    "null": ({"type": ["string", "null"]}, TEXT),
    "field-required": (fields(a=TEXT), {**fields(a=TEXT), "required": ["a"]}),
    "unknown-field-required": (fields(a=TEXT), {**fields(a=TEXT), "required": ["b", "c"]}),
    "required-field-came": (fields(a=TEXT), {**fields(a=TEXT, b=TEXT), "required": ["b"]}),
    "required-field-kept": ({**fields(a=TEXT), "required": ["a"]}, {**fields(a=NUMBER), "required": ["a"]}),
    "required-before-it-was-described": ({**ANY_OBJECT, "required": ["a"]}, {**fields(a=TEXT), "required": ["a"]}),
    "field-forbidden": (fields(a=TEXT), fields(a=False)),
    "forbidden-field-in-a-closed-object": ({**fields(b=TEXT), "additionalProperties": False}, fields(a=False, b=TEXT)),
    "closed": (fields(a=TEXT), {**fields(a=TEXT), "additionalProperties": False}),
    "closed-with-some": ({**ANY_OBJECT, "additionalProperties": TEXT}, {**ANY_OBJECT, "additionalProperties": False}),
    "other-fields": ({**ANY_OBJECT, "additionalProperties": TEXT}, {**ANY_OBJECT, "additionalProperties": NUMBER}),
    "patterned-fields": ({"patternProperties": {"^a": TEXT}}, {"patternProperties": {"^a": NUMBER, "^b": TEXT}}),
    "patterned-branches": (
        {"allOf": [{"patternProperties": {"^a": TEXT}}, {"patternProperties": {"^b": TEXT}}]},
        {"allOf": [{"patternProperties": {"^a": TEXT}}, {"patternProperties": {"^b": NUMBER}}]},
    ),
    "patterned-branch-beside-a-closed-one": (
        {"allOf": [{"patternProperties": {"^a": TEXT}}, fields(b=TEXT)]},
        {"allOf": [{"patternProperties": {"^a": TEXT}}, {**fields(b=TEXT), "additionalProperties": False}]},
    ),
    "patterned-branch-beside-typed-ones": (
        {"allOf": [{"patternProperties": {"^a": TEXT}}, fields(b=TEXT)]},
        {"allOf": [{"patternProperties": {"^a": TEXT}}, {**fields(b=TEXT), "additionalProperties": NUMBER}]},
    ),
    "definitions": ({"$defs": {"A": TEXT}}, {"$defs": {"A": NUMBER, "B": TEXT}}),
    "tuple": ({"prefixItems": [TEXT, TEXT]}, {"prefixItems": [TEXT, NUMBER]}),
    "longer-tuple": ({"prefixItems": [TEXT]}, {"prefixItems": [TEXT, NUMBER]}),
    "then": ({"if": TEXT, "then": {"minLength": 1}}, {"if": TEXT, "then": {"minLength": 2}}),
    "names-of-fields": ({"propertyNames": {"pattern": "a"}}, {"propertyNames": {"pattern": "b"}}),
    "never": (fields(a=TEXT), False),
    "never-in-a-field": (fields(a={"items": TEXT}), fields(a={"items": False})),
    "reference": (ref("A"), ref("B")),
    "reference-inlined": (ref("A"), fields(a=NUMBER)),
    "reference-with-a-default": (ref("A"), {**ref("A"), "default": {}}),
    "reference-with-words": (ref("A"), {**ref("A"), "description": "it"}),
    "reference-with-a-rule": (ref("A"), {"allOf": [ref("A")], "minProperties": 2}),
    "reference-to-plain-text": (ref("Text"), ref("Number")),
    "reference-to-a-list": (ref("List"), LIST),
    "words-beside-plain-text": ({**ref("Text"), "description": "a"}, {**ref("Number"), "description": "b"}),
    "branch-that-came": ({"allOf": [ref("A"), fields(c=TEXT)]}, {"allOf": [ref("A"), ref("B"), fields(c=TEXT)]}),
    "branch-that-changed": ({"allOf": [ref("A"), fields(c=TEXT)]}, {"allOf": [ref("A"), fields(c=NUMBER)]}),
    "branches-of-flags": ({"allOf": [{"uniqueItems": True}, LIST]}, {"allOf": [{"uniqueItems": True, "type": "array"}, {"items": NUMBER}]}),
    "branches-of-formats": ({"allOf": [{"format": "date"}, TEXT]}, {"allOf": [{"format": "date"}, {**TEXT, "format": "uuid"}]}),
    "branches-of-values": ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"allOf": [{"enum": ["a", "b"]}, {"const": "a"}]}),
    "branches-without-a-common-type": ({"allOf": [{"type": ["string", "integer"]}, TEXT]}, {"allOf": [NUMBER, TEXT]}),
    "branches-of-numbers": ({"allOf": [{"type": "number"}, {"type": ["integer", "string"]}]}, {"allOf": [{"type": "number"}, {"type": "number"}]}),
    "field-that-a-branch-forbids": ({"allOf": [fields(a=TEXT), fields(b=TEXT)]}, {"allOf": [fields(a=TEXT), fields(a=False, b=TEXT)]}),
    "unknown-field-that-a-branch-forbids": ({"allOf": [fields(b=TEXT), fields(c=TEXT)]}, {"allOf": [fields(a=False, b=TEXT), fields(c=TEXT)]}),
    "alternative": ({"anyOf": [ref("A"), ref("B")]}, {"anyOf": [ref("A"), ref("X")]}),
    "plain-alternatives": ({"anyOf": [LONG, ANY_OBJECT]}, {"anyOf": [{**LONG, "minLength": 1}, fields(a=TEXT)]}),
    "plain-alternative-that-came": ({"anyOf": [LONG, ANY_OBJECT]}, {"anyOf": [LONG, ANY_OBJECT, {**NUMBER, "minimum": 1}]}),
    "one-became-several": (ref("A"), {"anyOf": [ref("A"), ref("B")]}),
    "one-became-several-others": (LONG, {"anyOf": [ref("A"), ref("B")]}),
    "one-became-several-with-a-rule": (ref("A"), {"anyOf": [ref("A"), ref("B")], "minProperties": 1}),
    "any-became-several": ({"description": "any"}, {"anyOf": [ref("A"), ref("B")]}),
    "any-of-became-one-of": ({"anyOf": [ref("A"), ref("B")]}, {"oneOf": [ref("A"), ref("B")]}),
    "discriminator": (
        {"oneOf": [ref("X"), ref("Y")], "discriminator": {"propertyName": "type", "mapping": {"x": "X", "y": "Y"}}},
        {"oneOf": [ref("X"), ref("Y")], "discriminator": {"propertyName": "kind", "mapping": {"x": "Y", "z": "Y"}}},
    ),
    "alternatives-that-got-names-and-moved": ({"anyOf": [fields(a=TEXT), fields(b=TEXT)]}, {"anyOf": [ref("B"), ref("A")]}),
    "alternative-of-two-kinds": ({"anyOf": [{"type": ["object", "array"]}, ref("B")]}, {"anyOf": [ref("B"), {"type": ["object", "array"]}]}),
    "variant-behind-what-it-competes-with": ({"oneOf": [*map(ref, ("X", "Y", "A", "Open"))]}, {"oneOf": [*map(ref, ("X", "Y", "A", "Z", "Open"))]}),
    "variant-beside-a-list": ({"oneOf": [ref("X"), LIST]}, {"oneOf": [ref("X"), ref("Y"), LIST]}),
    "variant-beside-one-without-a-type": ({"oneOf": [ref("X"), {"required": ["a"], "properties": {"a": TEXT}}]}, {"oneOf": [ref("X"), ref("Y"), {"required": ["a"], "properties": {"a": TEXT}}]}),
    "variant-beside-one-of-any-plain-type": ({"oneOf": [ref("X"), ref("Plain")]}, {"oneOf": [ref("X"), ref("Y"), ref("Plain")]}),
    "long-patterns": ({"pattern": "a" * 90}, {"pattern": "a" * 90 + "b"}),
    "long-values": ({"enum": ["a" * 90 + "x"]}, {"enum": ["a" * 90 + "y"]}),
    "fixed-text-and-an-object": ({"anyOf": [{**TEXT, "enum": ["a"]}, ref("A")]}, {"anyOf": [ref("A"), {**TEXT, "enum": ["a"]}]}),
    "null-in-all-branches": ({"allOf": [{"type": ["string", "null"]}, {"type": ["string", "null"], "minLength": 1}]}, {"allOf": [TEXT, {"type": ["string", "null"], "minLength": 1}]}),
    "rule-beside-a-union-of-types": ({"anyOf": [TEXT, NUMBER], "minLength": 1}, {"anyOf": [TEXT, NUMBER], "minLength": 2}),
    "patterned-fields-beside-a-closed-branch": ({"allOf": [{**fields(a=TEXT), "additionalProperties": False}], "patternProperties": {"^b": TEXT}}, {**fields(a=TEXT), "additionalProperties": False, "patternProperties": {"^b": TEXT}}),
    "plain-union-and-an-object": ({"anyOf": [ref("Plains"), ref("A")]}, {"anyOf": [ref("A"), ref("Plains")]}),
    "reference-to-never": (ref("Never"), TEXT),
    "rule-beside-a-reference-in-a-branch": ({"allOf": [{**ref("A"), "minProperties": 1}, fields(c=TEXT)]}, {"allOf": [{**ref("A"), "minProperties": 2}, fields(c=TEXT)]}),
    "branch-that-nothing-fits": ({"allOf": [fields(a=TEXT), fields(b=TEXT)]}, {"allOf": [fields(a=TEXT), fields(b=TEXT), False]}),
    "branch-that-any-value-fits": ({"allOf": [fields(a=TEXT), fields(b=TEXT)]}, {"allOf": [fields(a=TEXT), True, fields(b=NUMBER)]}),
    "field-of-any-value-in-a-closed-branch": ({"allOf": [{**fields(a=True), "additionalProperties": False}, fields(a=True)]}, {"allOf": [{**fields(a=TEXT), "additionalProperties": False}, fields(a=True)]}),
    "patterned-branch-behind-a-closed-one": (
        {"allOf": [fields(b=TEXT), {"patternProperties": {"^a": TEXT}}]},
        {"allOf": [{**fields(b=TEXT), "additionalProperties": False}, {"patternProperties": {"^a": TEXT}}]},
    ),
    "patterned-branch-behind-a-typed-one": (
        {"allOf": [fields(b=TEXT), {"patternProperties": {"^a": TEXT}}]},
        {"allOf": [{**fields(b=TEXT), "additionalProperties": NUMBER}, {"patternProperties": {"^a": TEXT}}]},
    ),
    "closed-branch-beside-a-named-patterned-one": ({"allOf": [ref("Patterned"), fields(b=TEXT)]}, {"allOf": [ref("Patterned"), {**fields(b=TEXT), "additionalProperties": False}]}),
    "patterned-branch-beside-a-named-patterned-one": ({"allOf": [ref("Patterned"), {"patternProperties": {"^b": NUMBER}}]}, {"allOf": [ref("Patterned"), {"patternProperties": {"^b": TEXT}}]}),
    "closed-patterned-branch-inlined": ({"allOf": [{"patternProperties": {"^a": TEXT}, "additionalProperties": False}, {"minProperties": 1}]}, {"patternProperties": {"^a": TEXT}, "additionalProperties": False, "minProperties": 1}),
    "branch-of-itself-inlined": ({"allOf": [ref("Ring"), fields(c=TEXT)]}, {"allOf": [fields(z=TEXT), fields(c=TEXT)]}),
    "variant-with-two-tags": ({"oneOf": [tagged("x"), ref("Open")]}, {"oneOf": [tagged("x"), tagged("y"), ref("Open")]}),
    "null-beside-branches": ({"allOf": [{"minLength": 1}, TEXT], "nullable": True}, {"allOf": [{"minLength": 1}, TEXT]}),
    "null-of-a-type-beside-branches": ({**ANY_OBJECT, "allOf": [ref("A"), fields(c=TEXT)], "nullable": True}, {**ANY_OBJECT, "allOf": [ref("A"), fields(c=TEXT)]}),
    "branches-of-multiples": ({"allOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, {"allOf": [{"multipleOf": 2}, {"multipleOf": 5}]}),
    "branches-of-a-flag-and-a-limit": ({"allOf": [{"minimum": 5, "exclusiveMinimum": True}, {"exclusiveMinimum": 3}]}, {"allOf": [{"minimum": 5}, {"exclusiveMinimum": 3}]}),
    "branches-of-a-limit-and-a-flag": ({"allOf": [{"exclusiveMaximum": 9}, {"maximum": 5, "exclusiveMaximum": True}]}, {"allOf": [{"exclusiveMaximum": 9}, {"maximum": 5}]}),
    "last-of-several-that-compete-exchanged": ({"anyOf": [fields(**{name: TEXT}) for name in "stuv"]}, {"anyOf": [fields(**{name: TEXT}) for name in "stvu"]}),
    "variant-beside-one-told-by-an-object": ({"oneOf": [ref("X"), {**ANY_OBJECT, "required": ["type"], "properties": {"type": ANY_OBJECT}}]}, {"oneOf": [ref("X"), ref("Y"), {**ANY_OBJECT, "required": ["type"], "properties": {"type": ANY_OBJECT}}]}),
    "variant-beside-an-object-or-null": ({"oneOf": [ref("X"), {**NAMED["Open"], "nullable": True}]}, {"oneOf": [ref("X"), ref("Y"), {**NAMED["Open"], "nullable": True}]}),
    "variant-beside-one-with-typed-fields": ({"oneOf": [ref("X"), {**NAMED["Open"], "additionalProperties": NUMBER}]}, {"oneOf": [ref("X"), ref("Y"), {**NAMED["Open"], "additionalProperties": NUMBER}]}),
    "loop": ({"anyOf": [ref("Loop"), fields(a=TEXT)]}, {"anyOf": [fields(a=TEXT), ref("Loop")]}),
}  # fmt: skip
"""Schemas before and after, each as it is sent and as it is received."""

PARTS = {
    **NAMED,
    "Text": TEXT,
    "Number": NUMBER,
    "List": LIST,
    "Plains": {"anyOf": [{**TEXT, "minLength": 1}, {**NUMBER, "minimum": 1}]},
    "Never": False,
    "Ring": {"allOf": [ref("Ring"), fields(z=TEXT)]},
    "Patterned": {"patternProperties": {"^a": TEXT}},
    "Z": {"type": "object", "required": ["type"], "properties": {"type": {"const": "z"}}},
    "Plain": {"type": "object", "required": ["type"], "properties": {"type": {"type": ["string", "integer", "number", "boolean", "null"]}}},
    "Loop": {"anyOf": [ref("Loop"), NUMBER, fields(b=TEXT)]},
}  # fmt: skip
PATH = "paths /models/{id}"
OPERATION, PARAMETER, ANSWER = f"{PATH} put", f"{PATH} put parameters 0", f"{PATH} put responses 200"
HEADERS = {"X-A": {"schema": TEXT}, "X-B": {"schema": TEXT, "required": True}, "X-C": {"schema": TEXT}}
MORE_HEADERS = {"X-B": {"schema": NUMBER, "description": "b"}, "X-C": {"schema": NUMBER}, "X-D": {"schema": TEXT}}
CONTENT = {"text/plain": {"schema": TEXT, "example": "a"}, "application/json": {"schema": NUMBER}}
OTHER_CONTENT = {"text/plain": {"schema": TEXT, "encoding": {"a": {}}}, "application/xml": {"schema": NUMBER}}

EDITS = {
    "servers-behind-the-first": (("servers", [{"url": f"https://{it}"} for it in "abc"]), ("servers", [{"url": f"https://{it}"} for it in "acb"])),
    "first-server": (("servers", [{"url": f"https://{it}"} for it in "ab"]), ("servers", [{"url": f"https://{it}"} for it in "ba"])),
    "servers-added": (("x-a", 1), ("servers 1", {"url": "https://b.example", "variables": {"v": {"default": "1", "description": "w"}}})),
    "server-of-an-operation": (("x-a", 1), (f"{OPERATION} servers", [{"url": "https://z.example"}])),
    "security-of-an-operation": ((f"{OPERATION} security", [{"key": []}]), (f"{OPERATION} security", [])),
    "operation-id": (("x-a", 1), (f"{OPERATION} operationId", "put_it")),
    "operation-id-in-other-letters": ((f"{OPERATION} operationId", "put_it"), (f"{OPERATION} operationId", "putIt")),
    "operation-id-that-came": ((f"{OPERATION} operationId", None), (f"{OPERATION} operationId", "put_it")),
    "tag-in-other-letters": (("x-a", 1), (f"{OPERATION} tags", ["Models"])),
    "tag": (("x-a", 1), (f"{OPERATION} tags", [])),
    "operation-deprecated": (("x-a", 1), (f"{OPERATION} deprecated", True)),
    "unknown-keyword-of-an-operation": (("x-a", 1), (f"{OPERATION} callbacks", {})),
    "unknown-keyword-of-the-document": (("x-a", 1), ("jsonSchemaDialect", "https://example.com")),
    "version": (("x-a", 1), ("info version", "2")),
    "moved": (("x-a", 1), ("paths", {"/v2/models/{id}": base()["paths"]["/models/{id}"]})),
    "moved-without-ids": ((f"{OPERATION} operationId", None), ("paths", {"/v2/models/{id}": {"put": {**base()["paths"]["/models/{id}"]["put"], "operationId": None}}})),
    "variable-of-the-path": (("x-a", 1), ("paths", {"/models/{modelId}": base()["paths"]["/models/{id}"]})),
    "parameter-deprecated": (("x-a", 1), (f"{PARAMETER} deprecated", True)),
    "parameter-with-an-example": (("x-a", 1), (f"{PARAMETER} examples", {"a": {"value": 1}})),
    "parameter-written-otherwise": (("x-a", 1), (f"{PARAMETER} allowReserved", True)),
    "parameter-with-its-usual-style": (("x-a", 1), (f"{PARAMETER} style", "form")),
    "parameter-as-json": (("x-a", 1), (f"{PARAMETER}", {"name": "page", "in": "query", "content": {"application/json": {"schema": NUMBER}}})),
    "parameter-elsewhere": (("x-a", 1), (f"{PARAMETER} in", "header")),
    "unknown-keyword-of-a-parameter": (("x-a", 1), (f"{PARAMETER} other", 1)),
    "headers": ((f"{ANSWER} headers", HEADERS), (f"{ANSWER} headers", MORE_HEADERS)),
    "content-of-an-answer": ((f"{ANSWER} content", CONTENT), (f"{ANSWER} content", OTHER_CONTENT)),
    "content-of-a-body": ((f"{OPERATION} requestBody content", CONTENT), (f"{OPERATION} requestBody content", OTHER_CONTENT)),
    "json-of-another-name": ((f"{ANSWER} content", {"application/json": {"schema": TEXT}}), (f"{ANSWER} content", {"application/x+json; v=1": {"schema": NUMBER}})),
    "body": ((f"{PATH} delete requestBody", {"content": CONTENT}), (f"{PATH} delete requestBody", GONE)),
    "required-body": ((f"{PATH} delete requestBody", {"content": CONTENT, "required": True}), (f"{PATH} delete requestBody", GONE)),
    "operations": (("x-a", 1), ("paths", {"/models/{id}": {"get": {"operationId": "get"}}, "/other": {"get": {}}})),
    "by-a-mapping-that-names-another-one-first": (
        (f"{PATH} delete requestBody", {"content": {"application/json": {"schema": {"discriminator": {"propertyName": "a", "mapping": {"b": ref("Both")["$ref"], "n": ref("Nobody")["$ref"]}}}}}}),
        ("components schemas Nobody", {"type": "object", "properties": {"new": TEXT}}),
    ),
    "unknown-keyword-of-a-body": (("x-a", 1), (f"{OPERATION} requestBody other", 1)),
    "words-of-a-body": (("x-a", 1), (f"{OPERATION} requestBody description", "it")),
    "links-of-an-answer": (("x-a", 1), (f"{ANSWER} links", {"a": {}})),
    "status": (("x-a", 1), (f"{OPERATION} responses", {"200": {"description": "ok"}, "201": {"description": "made"}, "404": {"description": "none"}, "599": {"description": "no"}, "default": {"description": "e"}})),
    "by-its-mapping-only": (
        ("components schemas Both", {"discriminator": {"propertyName": "a", "mapping": {"l": ref("Local")["$ref"], "n": ref("Nobody")["$ref"]}}}),
        ("components schemas Nobody", {"type": "object", "properties": {"new": TEXT}}),
    ),
}  # fmt: skip
"""Two edits of the small API: the first one makes the earlier document."""

SCHEMES = {
    "prefix": (with_schemes({"key": KEY}, {"key": []}), with_schemes({"key": {**KEY, "x-prefix": "Token"}}, {"key": []})),
    "prefix-gone": (with_schemes({"key": KEY}, {"key": []}), with_schemes({"key": {**OTHER, "name": "Authorization"}}, {"key": []})),
    "scheme": (with_schemes({"key": BEARER}, {"key": []}), with_schemes({"key": {**BEARER, "scheme": "Basic"}}, {"key": []})),
    "letters-of-a-scheme": (with_schemes({"key": BEARER}, {"key": []}), with_schemes({"key": {**BEARER, "scheme": "Bearer"}}, {"key": []})),
    "words-of-a-scheme": (with_schemes({"key": BEARER}, {"key": []}), with_schemes({"key": {**BEARER, "description": "it"}}, {"key": []})),
    "scheme-added": (with_schemes({"key": KEY}, {"key": []}), with_schemes({"key": KEY, "query": QUERY}, {"key": []})),
    "scopes": (
        with_schemes({"o": {"type": "oauth2", "flows": {"implicit": {"scopes": {"a": "", "b": ""}}}}}, {"o": ["b", "a"]}),
        with_schemes({"o": {"type": "oauth2", "flows": {"implicit": {"scopes": {"b": "", "c": ""}}}}}, {"o": ["b"]}),
    ),
    "credentials-of-several-operations": (
        with_schemes({"key": KEY, "other": OTHER}, {"key": []}, **{name: {} for name in "abcd"}),
        with_schemes({"key": KEY, "other": OTHER}, {"key": []}, **{name: {"security": [{"key": []}, {"other": []}]} for name in "abcd"}),
    ),
    "credential-of-a-late-operation": (
        with_schemes({"key": KEY}, {"key": []}, zeta={}),
        with_schemes({"key": KEY}, {"key": []}, zeta={"security": []}),
    ),
    "key-behind-connect": (with_schemes({"key": KEY}, {"key": []}), with_schemes({"key": {**KEY, "name": "X-Key"}}, {"key": []})),
}  # fmt: skip


def cases():
    """Yield the name of each case, and its two documents."""
    for each in ROWS:
        yield f"row {each.id}", base(), edited(*each.values[0])
    for name, (one, other) in EDITS.items():
        yield f"edit {name}", edited(one), edited(one, other)
    for name, pair in SCHEMES.items():
        yield f"scheme {name}", *pair
    alternatives = {each.id: each.values[0] for each in COMPETING}
    pairs = {
        **{f"narrower {each.id}": each.values for each in NARROWER},
        **{f"wider {each.id}": each.values for each in WIDER},
        **{f"order {name}": ({"anyOf": [*one]}, {"anyOf": [*reversed(one)]}) for name, one in alternatives.items()},
        **SCHEMAS,
    }
    for name, (one, other) in pairs.items():
        for direction in ("sent", "received"):
            named = {name: each for name, each in PARTS.items() if name in json.dumps([one, other])}
            yield f"{direction} {name}", *(document(each, direction, **named) for each in (one, other))


CASES = {name: pair for name, *pair in cases()}
TABLE = 8
"""The number of cases of one test."""


def lines(before, after):
    found = Report.of(spec_changes("", before, after))
    return [" ".join(line.split()) for line in found.lines()]


def written(names):
    """Return the record of cases as it is now: `>` stands before a change, and `<` before a change back."""
    rows = []
    for name in names:
        one, other = CASES[name]
        rows += [name, *(f"> {each}" for each in lines(one, other)), *(f"< {each}" for each in lines(other, one))]
    return rows


def recorded():
    """Return the rows of each case."""
    found = {}
    for row in RECORD.read_text(encoding="utf-8").splitlines():
        if not row.startswith(("> ", "< ")):
            found[row] = rows = []
        rows.append(row)
    return found


def test_the_record_has_each_case():
    assert list(recorded()) == list(CASES)


@pytest.mark.parametrize("names", [[*CASES][first : first + TABLE] for first in range(0, len(CASES), TABLE)], ids=min)
def test_each_change_has_its_lines_there_and_back(names):
    record = recorded()

    assert written(names) == [row for name in names for row in record[name]]


if __name__ == "__main__":
    RECORD.write_text("\n".join(written(CASES)) + "\n", encoding="utf-8")
