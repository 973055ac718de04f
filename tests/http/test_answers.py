"""Reading what came back: strictly, within bounds, and without the credential."""

import pytest

from expunge._answer import DEEPEST, Unreadable, decode, one_line, words_of


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"deleted": false, "deleted": true}', "key twice"),
        (b'{"a": NaN}', "NaN"),
        (b"[" * 100_000, "deeper"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "deeper"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "deeper"),
    ],
)
def test_what_readers_could_disagree_on_is_no_json(body, why):
    with pytest.raises(Unreadable, match=why):
        decode(body)


def test_brackets_inside_a_text_are_not_nesting():
    assert decode(b'["' + b"[" * 1_000 + b'"]') == ["[" * 1_000]


def test_nesting_up_to_the_bound_is_read():
    decode(b"[" * DEEPEST + b"]" * DEEPEST)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"detail": [{"loc": ["body", "manifest", "name"], "msg": "too long", "type": "x"}]},
            "body.manifest.name: too long",
        ),
        ({"detail": "no such thing"}, "no such thing"),
        ({"statusCode": 403, "message": "not yours", "code": "X"}, "not yours"),
        ({"error": {"message": "gone", "type": "t"}}, "gone"),
        ({"error": "Rate limit exceeded.", "retry_after": 3}, "Rate limit exceeded."),
        ({"title": "Unauthenticated", "detail": "no token", "status": 401}, "no token"),
        (["first", {"message": "second"}], "first; second"),
        ({"surprise": 1}, ""),
        (None, ""),
    ],
)
def test_the_providers_words_are_found_in_each_of_their_shapes(body, words):
    assert words_of(body) == words


def test_words_cannot_move_a_terminals_cursor():
    assert one_line("a\x1b[2Jb\r\nc\u202ed\u2028e") == "a [2Jb c d e"


def test_words_end_somewhere():
    assert len(one_line("x" * 10_000)) <= 501
