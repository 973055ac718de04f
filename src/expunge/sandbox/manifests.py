"""TrueFoundry's ModelManifest: what is wrong with one, and what the server adds to it.

Written from the schema in TrueFoundry's page "Delete model version", and on purpose not from the client's
table of rules: two readings of one page find each other's mistakes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from ._wire import FieldError, Json

_Schema = Mapping[str, Any]
_Where = tuple[str | int, ...]

_TEXT: _Schema = {"type": "string"}
_URI: _Schema = {"type": "string", "pattern": r"^(s3|gs|wasbs)://.*"}

# `by_type` is a union distinguished by its field `type`.
_SOURCE: _Schema = {
    "by_type": {
        "truefoundry": {"properties": {"uri": _URI}},
        "external": {"properties": {"uri": _URI}, "required": ["uri"]},
        "local": {"properties": {"file_or_folder": _TEXT}, "required": ["file_or_folder"]},
    }
}


def _model_schema(*methods: str) -> _Schema:
    rows: _Schema = {"type": "array", "items": {"type": "object"}}
    return {
        "type": "object",
        "properties": {
            "infer_method_name": {"type": "string", "enum": methods},
            "inputs": rows,
            "outputs": rows,
        },
        "required": ["infer_method_name", "inputs", "outputs"],
    }


def _file_framework(formats: tuple[str, ...], methods: tuple[str, ...]) -> _Schema:
    return {
        "properties": {
            "model_filepath": _TEXT,
            "serialization_format": {"type": "string", "enum": formats},
            "model_schema": _model_schema(*methods),
        }
    }


_LIBRARIES = ("transformers", "sentence-transformers", "diffusers")
_PLAIN_FRAMEWORKS = (
    "tensorflow pytorch keras lightgbm fastai h2o onnx spacy statsmodels gluon paddle".split()  # noqa: SIM905 - reads as the page does
)
_FRAMEWORK: _Schema = {
    "by_type": {
        "transformers": {
            "properties": {
                "library_name": {"type": "string", "enum": _LIBRARIES},
                "pipeline_tag": _TEXT,
                "base_model": _TEXT,
            }
        },
        "sklearn": _file_framework(("cloudpickle", "joblib", "pickle"), ("predict", "predict_proba")),
        "xgboost": _file_framework(("cloudpickle", "joblib", "pickle", "json"), ("predict",)),
        **{name: {} for name in _PLAIN_FRAMEWORKS},
    }
}

_MANIFEST: _Schema = {
    "type": "object",
    "required": ["name", "metadata", "ml_repo", "source"],
    "properties": {
        "name": {"type": "string", "maxLength": 256, "pattern": r"^[A-Za-z0-9_\-]+$"},
        "metadata": {"type": "object"},
        "ml_repo": {"type": "string", "pattern": r"^[a-zA-Z][a-zA-Z0-9\-]{1,98}[a-zA-Z0-9]$"},
        "version": {"type": "integer", "minimum": 1},
        "type": {"type": "string", "enum": ("model-version",)},
        "description": {"type": "string", "maxLength": 512},
        "version_alias": {
            "type": "string",
            "maxLength": 128,
            "pattern": r"^v[a-zA-Z0-9.-]*([a-zA-Z0-9]+)$",
        },
        "source": _SOURCE,
        "framework": _FRAMEWORK,
        "environment": {
            "type": "object",
            "properties": {
                "python_version": {"type": "string", "pattern": r"^\d+(\.\d+){1,2}([\-\.a-z0-9]+)?$"},
                "pip_packages": {"type": "array", "items": _TEXT},
            },
        },
        "step": {"type": "integer", "minimum": 0},
        "run_id": _TEXT,
    },
}

# bool is an int in Python and none in JSON; so is a float without a fraction in JSON Schema, but a
# version of 7.0 is a client's mistake, and the sandbox is there to show it.
_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "a valid string"),
    "integer": (int, "a valid integer"),
    "object": (dict, "a valid dictionary"),
    "array": (list, "a valid list"),
}


def faults(request: object) -> list[FieldError]:
    """List what is wrong with *request*, the body `{"manifest": …}` of a delete or an upsert."""
    wrapper: _Schema = {"type": "object", "properties": {"manifest": _MANIFEST}, "required": ["manifest"]}
    found = list(_faults(request, wrapper, ("body",)))
    if _is_object(request):
        found += [
            FieldError(("body", name), "Extra inputs are not permitted", "extra_forbidden")
            for name in request
            if name != "manifest"
        ]
    return found


def with_defaults(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Copy *manifest* with the defaults that the schema states for `type`, `step` and `library_name`."""
    filled: dict[str, Any] = {"type": "model-version", "step": 0, **manifest}
    framework = filled.get("framework")
    if framework and framework["type"] == "transformers":
        filled["framework"] = {"library_name": "transformers", **framework}
    return filled


def _is_object(value: object) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[Json]]:
    return isinstance(value, list)


def _faults(value: Json, schema: _Schema, where: _Where) -> Iterator[FieldError]:
    if "by_type" in schema:
        yield from _union_faults(value, schema["by_type"], where)
        return
    expected, words = _TYPES[schema["type"]]
    if not isinstance(value, expected) or isinstance(value, bool):
        yield FieldError(where, f"Input should be {words}", f"{schema['type']}_type")
    elif isinstance(value, str):
        yield from _text_faults(value, schema, where)
    elif _is_object(value):
        yield from _object_faults(value, schema, where)
    elif _is_array(value):
        for place, item in enumerate(value):
            yield from _faults(item, schema["items"], (*where, place))
    elif value < schema["minimum"]:
        yield FieldError(where, f"Input should be greater than or equal to {schema['minimum']}", "greater_than_equal")


def _text_faults(value: str, schema: _Schema, where: _Where) -> Iterator[FieldError]:
    longest, pattern = schema.get("maxLength"), schema.get("pattern")
    if longest is not None and len(value) > longest:
        # Said before the pattern is tried: the alias's takes quadratic time on a long text.
        yield FieldError(where, f"String should have at most {longest} characters", "string_too_long")
    elif pattern is not None and not re.search(re.sub(r"\$$", r"\\Z", pattern), value, re.ASCII):
        yield FieldError(where, f"String should match pattern '{pattern}'", "string_pattern_mismatch")
    if "enum" in schema and value not in schema["enum"]:
        yield FieldError(where, f"Input should be one of: {', '.join(schema['enum'])}", "enum")


def _object_faults(value: Mapping[str, Any], schema: _Schema, where: _Where) -> Iterator[FieldError]:
    for name in schema.get("required", ()):
        if name not in value:
            yield FieldError((*where, name), "Field required", "missing")
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            yield from _faults(value[name], inner, (*where, name))


def _union_faults(value: Json, choices: Mapping[str, _Schema], where: _Where) -> Iterator[FieldError]:
    if not _is_object(value):
        yield FieldError(where, "Input should be a valid dictionary", "object_type")
    elif "type" not in value:
        yield FieldError(where, "Unable to extract tag using discriminator 'type'", "union_tag_not_found")
    elif not isinstance(value["type"], str) or value["type"] not in choices:
        yield FieldError(where, f"Its type should be one of: {', '.join(choices)}", "union_tag_invalid")
    else:
        yield from _object_faults(value, choices[value["type"]], (*where, value["type"]))
