"""The specs are what their provenance says, and the transcription of Replicate's page keeps every sentence of it."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.trees import FROZEN

from expunge._yaml import load

SPECS = Path(__file__).resolve().parents[2] / "specs"
TRANSCRIBED = FROZEN / "specs" / "replicate.yaml"
PROVENANCE = json.loads((SPECS / "provenance.json").read_text(encoding="utf-8"))


def test_every_spec_has_its_provenance_and_nothing_else_has():
    assert {f"specs/{path.name}" for path in SPECS.glob("*.yaml")} == set(PROVENANCE)


@pytest.mark.parametrize("name", sorted(PROVENANCE))
def test_a_spec_is_the_one_that_was_taken(name):
    entry = PROVENANCE[name]

    assert hashlib.sha256((SPECS.parent / name).read_bytes()).hexdigest() == entry["sha256"]
    assert date.fromisoformat(entry["taken"])
    assert entry["source"]


SENTENCES = [
    "Delete a model version and all associated predictions, including all output files.",
    "Model version deletion has some restrictions:",
    "You can only delete versions from models you own.",
    "You can only delete versions from private models.",
    "You cannot delete a version if someone other than you has run predictions with it.",
    "Example cURL request:",
    "The response will be an empty 202, indicating the deletion request has been accepted.",
    "It might take a few minutes to be processed.",
    "Provide your bearer token in the Authorization header when making requests to protected resources.",
    "Authorization: Bearer ********************",
    "The name of the user or organization that owns the model.",
    "The name of the model.",
    "The ID of the version.",
    "Deletion request has been accepted. It might take a few minutes to be processed.",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_replicate_keeps_the_words_of_the_page(sentence):
    texts = []

    def collect(value):
        if isinstance(value, dict):
            texts.extend(text for key, text in value.items() if key == "description" and isinstance(text, str))
            for child in value.values():
                collect(child)
        elif isinstance(value, list):
            for child in value:
                collect(child)

    collect(load(TRANSCRIBED.read_text(encoding="utf-8")))

    assert any(sentence in text for text in texts)


def test_replicate_is_valid_openapi_by_itself():
    document = load(TRANSCRIBED.read_text(encoding="utf-8"))

    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
