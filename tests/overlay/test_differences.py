"""Differences between two values have their places, and one more item of a list is one difference."""

import pytest

from overlay.differences import pointer, shown_differences


def differences(old, new):
    return shown_differences([((), old, new)])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(1, 1.0, "", id="equal-numbers"),
        pytest.param(1, True, "the value was 1 and is true", id="another-type"),
        pytest.param({"a": 1}, {"a": 2}, "/a was 1 and is 2", id="member"),
        pytest.param({"a": 1, "b": 2}, {"b": 2}, "/a is gone (1)", id="member-gone"),
        pytest.param({"b": 2}, {"a": 1, "b": 2}, "/a is new (1)", id="member-new"),
        pytest.param({"a": {}}, {"a": []}, "/a was {} and is []", id="another-kind"),
        pytest.param({"a/b~c": 1}, {"a/b~c": 2}, "/a~1b~0c was 1 and is 2", id="escaped-place"),
        pytest.param([1, 2, 3], [1, 9, 3], "/1 was 2 and is 9", id="item"),
        pytest.param([1, 2, 3], [1, 3], "/1 is gone (2)", id="item-gone"),
        pytest.param([1, 3], [1, 2, 3], "/1 is new (2)", id="item-new"),
        pytest.param([1, 2], [1, 8, 9], "/1 is gone (2), /1 is new (8), /2 is new (9)", id="more-items-for-one"),
        pytest.param([1, 2, 3], [8, 3], "/0 is gone (1), /1 is gone (2), /0 is new (8)", id="fewer-items-for-two"),
        pytest.param(
            [0, 1, 2, 3, 7], [9, 9, 0, 4, 5, 6, 7], "/0 is new (9), /1 is new (9), /3 was 1 and is 4, "
            "/4 was 2 and is 5, /5 was 3 and is 6", id="places-are-those-of-now",
        ),
        pytest.param(
            [{"a": 1, "b": 2}], [{"b": 2, "a": 1}], "", id="the-order-of-members-is-no-difference"
        ),
        pytest.param([{"a": 1, "b": 2}, 5], [{"b": 2, "a": 1}], "/1 is gone (5)", id="nor-is-it-in-a-longer-list"),
        pytest.param([{"a": [1]}], [{"a": [2]}], "/0/a/0 was 1 and is 2", id="deep-in-a-list"),
        pytest.param("ü", "é", 'the value was "ü" and is "é"', id="letters-stay"),
        pytest.param("a" * 58, "b" * 59, f'the value was "{"a" * 58}" and is "{"b" * 59}…', id="long-values-are-cut"),
    ],
)  # fmt: skip
def test_differences_are_shown(old, new, words):
    assert differences(old, new) == words


@pytest.mark.parametrize(("count", "words"), [(6, "/5 was 0 and is 1"), (7, "and 1 more"), (20, "and 14 more")])
def test_of_many_differences_the_first_six_are_shown(count, words):
    found = differences(dict.fromkeys(map(str, range(count)), 0), dict.fromkeys(map(str, range(count)), 1))

    assert found.startswith("/0 was 0 and is 1, /1 was 0 and is 1, ")
    assert "/5 was 0 and is 1" in found
    assert "/6" not in found
    assert found.endswith(words)


def test_the_differences_of_several_places_are_joined():
    assert shown_differences([(("a",), 1, 2), (("b",), 1, 1), (("c", 0), 1, 3)]) == (
        "/a was 1 and is 2, /c/0 was 1 and is 3"
    )


def test_the_root_is_an_empty_pointer():
    assert pointer(()) == ""


def test_one_more_item_of_a_long_list_is_one_difference():
    """Even if nearly all of its items are equal."""
    assert differences([0] * 300, [*[0] * 200, 1, *[0] * 100]) == "/200 is new (1)"
