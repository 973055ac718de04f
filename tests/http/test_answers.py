"""Reading what came back: strictly, within bounds, and without the credential."""

import json
import tracemalloc

import pytest

from expunge._answer import DEEPEST, Unreadable, decode, words_of
from expunge._text import escaped, one_line
from expunge.cli.approval_page.visible_text import visible


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


def rows(row, count):
    return b'{"rows":[' + b",".join([row] * count) + b"]}"


@pytest.mark.parametrize(
    ("row", "count", "why"),
    [
        pytest.param(b"{}", 600_000, "more than 500,000 objects", id="empty-objects"),
        pytest.param(b"[]", 600_000, "more than 500,000 objects", id="empty-lists"),
        pytest.param(b'{"a":' * 90 + b"1" + b"}" * 90, 6_000, "more than 500,000 objects", id="nested"),
        pytest.param(b"{},[]", 300_000, "more than 500,000 objects", id="both-together"),
        pytest.param(b"1", 3_100_000, "more than 3,000,000 values", id="numbers"),
    ],
)
def test_a_body_of_many_values_is_refused_before_they_take_memory(row, count, why):
    """Decoded, such a body takes ten to ninety times its size."""
    body = rows(row, count)
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match=why):
            decode(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < len(body)


@pytest.mark.slow
def test_a_list_of_a_hundred_thousand_large_rows_is_read():
    settings = dict.fromkeys(("min_replica", "max_replica", "autoscaling_window", "scale_down_delay"), 900)
    row = {f"field_{number}": "2025-01-12T09:30:00Z" for number in range(14)} | {"autoscaling_settings": settings}
    body = rows(json.dumps(row).encode(), 100_000)

    assert len(body) > 45_000_000
    assert len(decode(body)["rows"]) == 100_000


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


UNPRINTABLE = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F)]))
UNPRINTABLE += "".join(map(chr, range(0x2066, 0x206A)))


@pytest.mark.parametrize("character", UNPRINTABLE, ids=lambda character: f"{ord(character):04X}")
def test_no_character_that_a_terminal_obeys_is_shown(character):
    document = escaped(json.dumps([f"a{character}b"], ensure_ascii=False, indent=2))

    assert one_line(f"a{character}b") == "a b"
    assert visible(f"a{character}b") == f"a[U+{ord(character):04X}]b"
    assert json.loads(document) == [f"a{character}b"]
    assert document.replace("\n", "").isprintable()


def test_json_keeps_what_can_be_printed():
    document = json.dumps(["é漢字\U000e0041", "\ud800"], ensure_ascii=False)

    assert escaped(document) == '["é漢字\\udb40\\udc41", "\ud800"]'


def test_words_end_somewhere():
    assert len(one_line("x" * 10_000)) <= 501
