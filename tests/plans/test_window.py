"""A JSON file that is read through a window: the same content as in one piece, and nothing else passes for it."""

import json
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expunge._json import read_json
from expunge.plans import window
from expunge.plans.window import Window

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
CONTENTS = st.dictionaries(st.sampled_from(["a", "rows", "sha256", "é"]), VALUES, max_size=4)


def in_one(data):
    """Return the content of *data*, or None if it is not one JSON object."""
    try:
        content = read_json(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def through_a_window(data, piece=3, most=1_000_000):
    rows = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "_PIECE", piece)
        try:
            content = Window(BytesIO(data), most).read_object("rows", rows.append)
        except (ValueError, RecursionError):
            return None
    if isinstance(content.get("rows"), list):
        assert content["rows"] == []
        content["rows"] = rows
    return content


@settings(max_examples=150, deadline=None)
@given(CONTENTS, st.sampled_from([None, 0, 2]), st.booleans(), st.integers(1, 9), st.data())
def test_a_text_is_taken_or_refused_as_in_one_piece(content, indent, is_ascii, piece, data):
    """As it was written, and with one byte changed, added or left out."""
    text = json.dumps(content, indent=indent, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    place = data.draw(st.integers(0, len(text)))
    put = data.draw(
        st.sampled_from([b"", b",", b"}", b"]", b'"', b"0", b".", b"e", b"-", b" ", b"\x00", b"\xff", b"["])
    )
    changed = text[:place] + put + text[place + data.draw(st.integers(0, 1)) :]

    for each in (text, changed):
        assert repr(through_a_window(each, piece)) == repr(in_one(each))


@given(st.binary(max_size=20))
@example(b'{"a": 1.5e3 , "rows": [ ] }')
@example(b'\xef\xbb\xbf{"rows": [1, {"b": null}]}\r\n')
@example(b'{"rows": [1, 2,]}')
@example(b'{"rows": [1], "rows": [1]}')
@example(b'{"rows": [{"a": 1, "a": 1}]}')
@example(b'{"rows": [NaN]}')
@example(b'{"rows": [1e999]}')
@example(b'{"rows": [-Infinity]}')
@example(b'{"rows": [1]} {}')
@example(b'{"rows": [1]')
@example(b"{1: 2}")
@example(b'{"a": 01}')
@example(b'{"a": "\xc3')
@example(b'{"rows": [tru]}')
@example(b'{"rows": ' + b"[" * 100_000)
def test_any_bytes_are_taken_or_refused_as_in_one_piece(data):
    assert repr(through_a_window(data)) == repr(in_one(data))


def test_a_file_that_is_too_long_is_refused():
    data = b'{"rows": [1, 2, 3]}'

    assert through_a_window(data, most=len(data)) == {"rows": [1, 2, 3]}
    assert through_a_window(data, most=len(data) - 1) is None
