"""Globs and patterns of specs: a glob is refused only if no text fits both."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunge._rules import Rules
from expunge._rules.globs import overlap
from expunge._rules.overlap import can_fit
from expunge.providers import PROVIDERS

PATTERNS = [
    r"^[a-c][a-c\-]{1,3}[ab]$",
    r"^[a-c_\-]+$",
    "^(ab|b*c)-?[^a-c]?$",
    r"a{2}\-{1,}(b|)",
    r"^(?:a|\w{2,3})$",
    "^v[a-c.-]*([a-b]+)$",
    r"[ab]?\d?[]?",  # not read: an unclosed class
    r"(?!a)b",  # not read
]
_GLOBS = st.lists(st.sampled_from(["a", "b", "-", "*", "?", "[ab]", "[!a]", "_"]), max_size=6).map("".join)
_TEXTS = st.text("abc-_v1", max_size=6)


@given(_GLOBS, st.sampled_from(PATTERNS[:6]), _TEXTS)
def test_a_glob_that_a_text_fits_with_the_pattern_is_never_refused(glob, pattern, text):
    if re.fullmatch(pattern, text) and fnmatchcase(text, glob):
        assert can_fit(glob, pattern)


@given(_TEXTS, st.sampled_from(PATTERNS[:6]))
def test_a_plain_text_fits_a_pattern_exactly_if_it_matches(text, pattern):
    assert can_fit(text, pattern) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize("pattern", PATTERNS[6:])
def test_a_pattern_that_is_not_read_refuses_nothing(pattern):
    assert can_fit("*", pattern)
    assert can_fit("never", pattern)


@given(_GLOBS, _GLOBS, _TEXTS)
def test_globs_that_a_text_fits_both_overlap(one, other, text):
    if fnmatchcase(text, one) and fnmatchcase(text, other):
        assert overlap(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("a*", "*b", True), ("a*", "b*", False), ("a?", "a", False), ("*a*", "*b*", True), ("[ab]", "[bc]", True)],
)
def test_globs_overlap_if_a_text_may_fit_both(one, other, expected):
    assert overlap(one, other) is overlap(other, one) is expected


@pytest.mark.parametrize(
    ("provider", "part", "good", "bad"),
    [
        ("truefoundry", "ML_REPO", "fraud-repo", "f"),
        ("truefoundry", "NAME", "churn_2", "churn.2"),
        ("replicate", "version", "0f" * 32, "v1"),
    ],
)
def test_the_patterns_of_the_specs_are_read(provider, part, good, bad):
    """A pattern that is no longer read would let every glob pass."""
    pattern = PROVIDERS[provider].name_pattern(part)

    assert pattern is not None
    assert can_fit(good, pattern)
    assert not can_fit(bad, pattern)


@pytest.mark.parametrize("schema", [{"pattern": "v.*"}, {"$ref": "#/schemas/One"}, {"$ref": "#/schemas/Two"}])
def test_a_pattern_is_found_behind_references(schema):
    """A provider that gives the schema of a name a name of its own changes no rule."""
    rules = Rules({}, {"One": {"type": "string", "pattern": "v.*"}, "Two": {"$ref": "#/schemas/One"}})

    assert rules.pattern_of(schema) == "v.*"
    assert rules.pattern_of({"type": "string"}) is None
