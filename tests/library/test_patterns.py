"""Patterns of models: what they fit, what surely covers what, and what does not parse."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import expunge
from expunge._rules.globs import covers
from expunge.providers._patterns import ModelPattern


@pytest.mark.parametrize(
    ("text", "fitting", "others"),
    [
        ("truefoundry:fraud-repo/*", ["truefoundry:fraud-repo/churn"], ["truefoundry:fraud-repo-2/churn"]),
        ("truefoundry:*/churn", ["truefoundry:fraud-repo/churn"], ["truefoundry:fraud-repo/churn-2"]),
        ("truefoundry:*", ["truefoundry:fraud-repo/churn"], ["cerebras:acme/churn"]),
        ("truefoundry:fraud-repo/churn", ["truefoundry:fraud-repo/churn"], ["truefoundry:fraud-repo/Churn"]),
        ("truefoundry:fraud-repo/[ck]*", ["truefoundry:fraud-repo/k"], ["truefoundry:fraud-repo/Kurn"]),
        ("truefoundry:fraud-repo/[!ck]*", ["truefoundry:fraud-repo/x"], ["truefoundry:fraud-repo/churn"]),
        ("cerebras:acme/llama3.?-8b", ["cerebras:acme/llama3.1-8b"], ["cerebras:acme/llama3.-8b"]),
        ("baseten:*", ["baseten:mod3x7q"], ["cerebras:acme/mod3x7q"]),
        ("baseten:mod?x*", ["baseten:mod3x7q", "baseten:mod3x"], ["baseten:modx", "baseten:Mod3x"]),
        ("replicate:acme/*", ["replicate:acme/churn"], ["replicate:acme2/churn"]),
    ],
)
def test_a_glob_fits_within_its_part_and_case_counts(text, fitting, others):
    pattern = ModelPattern.parse(text)

    assert all(pattern.matches(expunge.parse_ref(model)) for model in fitting)
    assert not any(pattern.matches(expunge.parse_ref(model)) for model in others)


def test_a_star_does_not_cross_a_slash():
    assert not ModelPattern.parse("truefoundry:*n/*").matches(expunge.parse_ref("truefoundry:fraud-repo/in"))
    with pytest.raises(expunge.InvalidReference, match="write ML_REPO/NAME"):
        ModelPattern.parse("truefoundry:fraud*")


def test_a_pattern_fits_the_model_of_a_version_with_a_tenant_too():
    """A policy must not lose a version because its reference is an FQN."""
    pattern = ModelPattern.parse("truefoundry:fraud-repo/*")

    assert pattern.matches(expunge.parse_ref("model:acme/fraud-repo/churn:7"))
    assert pattern.matches(expunge.parse_ref("truefoundry:fraud-repo/churn@7"))


@pytest.mark.parametrize(
    ("text", "part", "words"),
    [
        ("baseten:", "model", "is empty"),
        ("truefoundry:fraud-repo/", "name", "is empty"),
        ("truefoundry:/*", "ML_REPO", "is empty"),
        ("truefoundry:*/", "NAME", "is empty"),
        ("baseten:[ab", "MODEL_ID", "not closed"),
        ("truefoundry:fraud-repo/[a/b]", "model", "3 parts"),
        ("baseten:[z-a]*", "MODEL_ID", "backwards"),
        ("baseten:[^a]*", "MODEL_ID", r"\[!"),
        ("baseten:a*]", "MODEL_ID", "']'"),
        ("baseten:a* b", "MODEL_ID", "' '"),
        ("baseten:é*", "MODEL_ID", "'é'"),
        ("baseten:" + "*a" * 129, "MODEL_ID", "258 characters"),
        ("baseten:mod*@dep1aaa", "version", "leave it out"),
        ("baseten:mod3x7q@*", "version", "leave it out"),
        ("baseten:mod3x7q@dep1aaa", "version", "names a version"),
        ("baseten:a/*", "model", "write MODEL_ID"),
        ("cerebras:acme/gpt/*", "model", "write ORG/MODEL_ARCH"),
        ("*:acme", "provider", "known provider"),
        ("*", "provider", "known provider"),
        ("", "provider", "known provider"),
    ],
)
def test_text_that_is_not_a_pattern_names_the_wrong_part(text, part, words):
    with pytest.raises(expunge.InvalidReference, match=words) as caught:
        ModelPattern.parse(text)

    assert (caught.value.part, caught.value.ref) == (part, text)


@pytest.mark.parametrize(
    ("text", "scope", "is_glob"),
    [
        ("truefoundry:fraud-repo/*", "fraud-repo", True),
        ("truefoundry:fraud-repo/churn", "fraud-repo", False),
        ("truefoundry:*", None, True),
        ("baseten:*", None, True),
        ("baseten:mod3x7q", None, False),
    ],
)
def test_a_pattern_has_a_scope_if_its_first_part_is_named(text, scope, is_glob):
    pattern = ModelPattern.parse(text)

    assert (pattern.scope, pattern.is_glob, str(pattern), pattern.text) == (scope, is_glob, text, text)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("baseten:*", "baseten:mod3x7q"),
        ("baseten:*", "baseten:[ab]?*"),
        ("baseten:a*", "baseten:ab*"),
        ("baseten:*?", "baseten:?*"),
        ("baseten:[!x]", "baseten:[ab]"),
        ("truefoundry:*", "truefoundry:fraud-repo/*"),
        ("truefoundry:fraud-repo/*", "truefoundry:fraud-repo/*"),
    ],
)
def test_a_wider_pattern_covers_a_narrower_one(wide, narrow):
    assert ModelPattern.parse(wide).covers(ModelPattern.parse(narrow))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("baseten:ab*", "baseten:a*"),
        ("baseten:?", "baseten:*"),
        ("baseten:[ab]", "baseten:[bc]"),
        ("truefoundry:fraud-repo/*", "truefoundry:*/*"),
        ("truefoundry:*", "cerebras:*"),
        ("baseten:a", "baseten:A"),
    ],
)
def test_a_pattern_does_not_cover_what_it_may_miss(one, other):
    assert not ModelPattern.parse(one).covers(ModelPattern.parse(other))


_GLOBS = st.lists(st.sampled_from(["a", "b", "*", "?", "[ab]", "[!a]"]), max_size=6).map("".join)


@given(_GLOBS, _GLOBS, st.text("abc", max_size=6))
@example("a*", "*", "")
def test_a_name_that_the_covered_glob_fits_is_fitted_by_the_covering_one(wide, narrow, name):
    if covers(wide, narrow) and fnmatchcase(name, narrow):
        assert fnmatchcase(name, wide)


@given(_GLOBS, st.text("abc", max_size=6))
def test_a_glob_covers_exactly_the_plain_names_that_it_fits(glob, name):
    assert covers(glob, name) == fnmatchcase(name, glob)
