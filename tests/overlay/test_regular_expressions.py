"""Regular expressions of I-Regexp (RFC 9485): the dot, classes, and limits of length and time."""

from types import SimpleNamespace

import pytest
import regex

from overlay.iregexp import Matcher, RegexError


def is_match(pattern, text, *, complete=True):
    return Matcher().is_match(text, pattern, complete=complete)


@pytest.mark.parametrize(
    ("pattern", "texts", "others"),
    [
        pytest.param(".", ["a", ".", "\u2028", "😀"], ["\n", "\r", "", "ab"], id="a-dot-is-no-end-of-a-line"),
        pytest.param("a.c", ["abc"], ["a\rc", "a\nc"], id="a-dot-in-the-middle"),
        pytest.param(r"\.", ["."], ["a"], id="an-escaped-dot-is-a-dot"),
        pytest.param(r"\\.", ["\\a"], ["\\\r", "."], id="a-dot-behind-an-escaped-backslash-is-any"),
        pytest.param("[.]", ["."], ["a"], id="a-dot-in-a-class-is-a-dot"),
        pytest.param("[ab.]", ["a", "b", "."], ["c"], id="a-dot-at-the-end-of-a-class"),
        pytest.param("[a].", ["ab"], ["a\r", "a"], id="a-dot-behind-a-class-is-any"),
        pytest.param(r"[\].]", ["]", "."], ["a", "\\"], id="an-escaped-bracket-does-not-end-a-class"),
        pytest.param(r"\[.", ["[a"], ["[\r"], id="an-escaped-bracket-does-not-begin-a-class"),
        pytest.param(r"\[.\]", ["[a]"], ["[\r]"], id="nor-does-it-end-one"),
        pytest.param("[^a].", ["bc"], ["ac", "b\r"], id="a-negated-class"),
        pytest.param("^ab.*", ["abc"], ["xab"], id="a-caret-is-the-beginning"),
        pytest.param("a|b", ["a", "b"], ["ab"], id="a-choice"),
    ],
)
def test_a_complete_text_is_matched(pattern, texts, others):
    assert [text for text in [*texts, *others] if is_match(pattern, text)] == texts


def test_a_part_of_a_text_is_found():
    assert is_match("b.", "abcd", complete=False)
    assert not is_match("b.", "ab\r", complete=False)


@pytest.mark.parametrize(("text", "pattern"), [(1, "1"), ("1", 1), (None, "a"), ("a", None)])
def test_only_texts_are_matched(text, pattern):
    assert not is_match(pattern, text)


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a**", r"\1", "(?i)a"])
def test_what_is_not_a_regular_expression_matches_nothing(pattern):
    assert not is_match(pattern, "a")


def test_a_regular_expression_has_at_most_a_thousand_characters():
    assert is_match("a" * 1000, "a" * 1000)
    with pytest.raises(RegexError, match=r"^a regular expression has 1001 characters; the limit is 1000$"):
        is_match("a" * 1001, "a")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(TimeoutError, f"matching '{'a' * 60}' takes more than 2 s", id="time"),
        pytest.param(MemoryError, f"the regular expression '{'a' * 60}' is too large", id="memory"),
        pytest.param(OverflowError, f"the regular expression '{'a' * 60}' is too large", id="numbers"),
    ],
)
def test_a_limit_is_named(error, words, monkeypatch):
    def exceeded(*_arguments, **_options):
        raise error

    monkeypatch.setattr(regex, "fullmatch", exceeded)

    with pytest.raises(RegexError) as refused:
        is_match("a" * 61, "a")
    assert str(refused.value) == words


def test_all_texts_of_a_query_share_one_limit_of_time(monkeypatch):
    """The engine gets the seconds that remain, and at least a millisecond."""
    clock = [0.5]
    allowed = []

    def slow(_pattern, _text, timeout):
        allowed.append(round(timeout, 3))
        clock[0] += 0.75

    monkeypatch.setattr("overlay.iregexp.time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(regex, "fullmatch", slow)
    matcher = Matcher()

    for _ in range(5):
        matcher.is_match("a", "a", complete=True)

    assert allowed == [2.0, 1.25, 0.5, 0.001, 0.001]
