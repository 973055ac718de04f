"""Selectors that do not parse are refused: one that is misread selects what nobody meant."""

import pytest

from expunge.errors import ConfigurationError
from expunge.plans.selection import Selection, globs


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({}, "No selector was given", id="no-selector"),
        pytest.param({"protect": ("a",)}, "No selector was given", id="protect-is-no-selector"),
        pytest.param({"include_aliased": True}, "No selector was given", id="nor-is-include-aliased"),
        pytest.param({"keep_last": 0}, "at least one", id="keep-none"),
        pytest.param({"keep_last": -3}, "at least one", id="keep-fewer"),
        pytest.param({"keep_last": True}, "at least one", id="keep-true"),
        pytest.param({"keep_last": 2.5}, "at least one", id="keep-a-half"),
        *(
            pytest.param({"older_than": age}, "not an age", id=f"age-{age!r}")
            for age in (
                "",
                "d",
                "30",
                "30 d",
                "30D",
                "30m",
                "1.5d",
                "-1d",
                "+1d",
                "30d\n",
                " 30d",
                "1d12h",
                "๓d",
                "1e3d",
            )
        ),
        pytest.param({"older_than": "1234567d"}, "not an age", id="age-too-long"),
        pytest.param({"match": ("",)}, "A glob is empty", id="empty-glob"),
        pytest.param({"match": ("  ",)}, "A glob is empty", id="blank-glob"),
        pytest.param({"match": ("v1", "")}, "A glob is empty", id="second-is-empty"),
        pytest.param({"keep_last": 1, "protect": ("",)}, "A glob is empty", id="empty-protect"),
        pytest.param({"match": ("[",)}, "not closed", id="open-bracket"),
        pytest.param({"match": ("v[1",)}, "not closed", id="open-at-the-end"),
        pytest.param({"match": ("[]",)}, "not closed", id="bracket-that-closes-nothing"),
        pytest.param({"match": ("[!]",)}, "not closed", id="negated-bracket-that-closes-nothing"),
        pytest.param({"match": ("[a][",)}, "not closed", id="second-is-open"),
        pytest.param({"match": ("[z-a]",)}, "backwards", id="range-backwards"),
        pytest.param({"match": ("[^a]",)}, "write \\[!", id="negated-as-in-a-shell"),
        pytest.param({"match": (7,)}, "not text", id="no-text"),
        pytest.param({"keep_last": 1, "max_delete": -1}, "max_delete", id="max-delete-negative"),
        pytest.param({"keep_last": 1, "max_percent": 101}, "max_percent", id="more-than-all"),
        pytest.param({"keep_last": 1, "max_percent": -1}, "max_percent", id="less-than-none"),
        pytest.param({"keep_last": 1, "max_percent": float("nan")}, "max_percent", id="nan"),
    ],
)
def test_what_does_not_parse_is_refused(asked, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        Selection(**asked)

    assert caught.value.exit_code == 2


def test_without_a_selector_all_of_them_are_named():
    with pytest.raises(ConfigurationError) as caught:
        Selection()

    assert str(caught.value) == (
        "No selector was given; use keep_last, keep_daily, keep_weekly, keep_monthly, keep_yearly, keep_within, "
        "older_than or match."
    )


@pytest.mark.parametrize(
    "limit",
    [{"max_percent": 0}, {"max_percent": 100}, {"max_delete": 0}, {"at_most": 1}],
    ids=str,
)
def test_a_limit_may_be_the_first_and_the_last_of_its_range(limit):
    (name,) = limit

    assert getattr(Selection(keep_last=1, **limit), name) == limit[name]


@pytest.mark.parametrize("glob", ["*", "v1-*", "[]]", "[!]]", "[a-]", "[-a]", "[a-z0-9]", "a]b", "[[]", "[!a-c]x[d]"])
def test_what_parses_is_taken(glob):
    assert Selection(match=(glob,)).match == (glob,)


def test_one_glob_several_or_none():
    assert (globs("a"), globs(["a", "b"]), globs(None), globs("")) == (("a",), ("a", "b"), (), ("",))
