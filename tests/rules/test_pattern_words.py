"""Patterns of the specs have words."""

import json
from collections.abc import Iterator

from tests.trees import ROOT

from expunge._rules.pattern_words import words_of


def patterns(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(pattern := value.get("pattern"), str):
            yield pattern
        for item in value.values():
            yield from patterns(item)
    elif isinstance(value, list):
        for item in value:
            yield from patterns(item)


def test_every_pattern_of_a_spec_has_words():
    """A new one needs a line in src/expunge/_rules/pattern_words.py."""
    rules = (ROOT / "generated" / "expunge_clients").glob("*/rules.json")
    found = {pattern for path in rules for pattern in patterns(json.loads(path.read_text(encoding="utf-8")))}

    assert found
    assert [pattern for pattern in found if pattern in words_of(pattern)] == []
