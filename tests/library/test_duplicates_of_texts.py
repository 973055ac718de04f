"""The set of references that were read: right, and small."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from expunge._duplicates import Seen


@given(st.lists(st.text(max_size=3)))
def test_it_agrees_with_a_set(texts):
    seen, known = Seen(), set()

    for text in texts:
        assert seen.is_new(text) == (text not in known)
        known.add(text)


def test_half_a_surrogate_pair_is_a_text_too():
    seen = Seen()

    assert [seen.is_new("\ud800"), seen.is_new("\ud800"), seen.is_new("\ud801")] == [True, False, True]


def test_a_text_takes_ten_bytes():
    seen = Seen()
    for number in range(100_000):
        assert seen.is_new(f"baseten:model@{number}")

    assert sum(sys.getsizeof(part) for part in seen._parts) < 1_000_000
