"""The YAML loader: 1.2 scalars, string keys, and a place for every complaint."""

import copy
import json
import pickle

import pytest

from expunge._yaml import YamlError, load, load_with_lines


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("no", "no"), ("y", "y"), ("Off", "Off"), ("2026-01-02", "2026-01-02"), ("1:30", "1:30"),
        ("1_000", "1_000"), ("=", "="), ("08", 8), ("014", 14), ("0o14", 12), ("0x1F", 31), ("+12", 12),
        ("1e3", 1000.0), ("1.", 1.0), ("-.5", -0.5), ("true", True), ("FALSE", False), ("tRue", "tRue"), ("~", None),
        ("null", None), ("", None), ("'12'", "12"), ("!!str 12", "12"), ("!!float 1", 1.0), ("|\n  a\n", "a\n"),
    ],
)  # fmt: skip
def test_a_scalar_says_what_yaml_1_2_says(text, value):
    found = load(f"key: {text}")

    assert found == {"key": value}
    assert type(found["key"]) is type(value)


@pytest.mark.parametrize("key", ["200", "1.50", "true", "~", "on", "0x10", "2026-01-02"])
def test_a_key_is_text_as_it_is_written(key):
    assert load(f"{key}: 1") == {key: 1}


@pytest.mark.parametrize("text", ["{on: [no, 1e3], a: {200: x}}", '{"on": ["no", 1e3], "a": {"200": "x"}}'])
def test_flow_style_and_json_read_alike(text):
    assert load(text) == {"on": ["no", 1000.0], "a": {"200": "x"}}


def test_a_byte_order_mark_is_no_character():
    assert load('\ufeff{"a": 1}') == load("\ufeffa: 1") == {"a": 1}


def test_an_alias_is_a_copy():
    data = load("a: &list [1]\nb: *list\n")
    data["a"].append(2)

    assert data == {"a": [1, 2], "b": [1]}


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", 3, 1, "'a' is there twice", id="duplicate-key"),
        pytest.param("200: 1\n'200': 2\n", 2, 1, "'200' is there twice", id="duplicate-key-of-another-style"),
        pytest.param('{"a": 1,\n "a": 2}', 2, 2, "'a' is there twice", id="duplicate-key-in-json"),
        pytest.param("a: !secret x\n", 1, 4, "!secret", id="unknown-tag"),
        pytest.param("a: !!binary aGk=\n", 1, 4, "binary", id="tag-outside-the-core-schema"),
        pytest.param("a: !!python/object:os.system []\n", 1, 4, "python", id="python-tag"),
        pytest.param("a: !!int x\n", 1, 4, "not a valid int", id="tag-that-does-not-fit"),
        pytest.param("a: 1\n<<: {b: 2}\n", 2, 1, "Merge keys", id="merge-key"),
        pytest.param("? [a]\n: 1\n", 1, 3, "single word", id="composite-key"),
        pytest.param("a: .inf\n", 1, 4, "not a number", id="infinity"),
        pytest.param("a: .NaN\n", 1, 4, "not a number", id="nan"),
        pytest.param("a: 1e999\n", 1, 4, "not a number", id="float-too-large"),
        pytest.param("a: &x [*x]\n", 1, 8, "inside", id="alias-inside-itself"),
        pytest.param("a: *x\n", 1, 4, "names nothing", id="undefined-alias"),
        pytest.param("--- 1\n--- 2\n", 2, 1, "single document", id="two-documents"),
        pytest.param("a: [1,\n b: }\n", 2, 5, "flow", id="malformed"),
        pytest.param("a: \x01\n", 1, 4, "U+0001", id="control-character"),
    ],
)
def test_what_is_refused_is_reported_with_its_place(text, line, column, words):
    with pytest.raises(YamlError, match=words.replace("+", r"\+")) as caught:
        load(text)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"line {line}, column {column}" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a": NaN}', id="nan"),
        pytest.param('{"a": -Infinity}', id="infinity"),
        pytest.param('{"a": 1e999}', id="float-too-large"),
        pytest.param('{"a": ' + "9" * 5000 + "}", id="integer-too-long"),
        pytest.param('{"a": "\\ud800"}', id="half-a-surrogate-pair"),
        pytest.param('{"a": 1} x', id="trailing-text"),
        pytest.param('{"a": [1, 2', id="cut"),
        pytest.param("[" * 100_000, id="nested-too-deeply"),
        pytest.param("- " * 100_000, id="nested-too-deeply-in-blocks"),
    ],
)
def test_what_is_no_json_data_is_refused(text):
    with pytest.raises(YamlError):
        load(text)


def test_a_pair_of_surrogates_is_one_character():
    assert load('{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_aliases_that_explode_are_refused():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(YamlError, match="grow"):
        load("\n".join(levels))


def test_aliases_in_measure_are_fine():
    text = "base: &base {a: 1, b: 2}\n" + "".join(f"use{n}: *base\n" for n in range(300))

    assert load(text)["use299"] == {"a": 1, "b": 2}


def test_an_error_survives_pickle_and_copy():
    with pytest.raises(YamlError) as caught:
        load("a: 1\na: 2")

    for twin in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):  # noqa: S301 - our own bytes
        assert (str(twin), twin.line, twin.column) == (str(caught.value), 2, 1)


def test_what_json_writes_is_read_back():
    data = {"a": [1, -2.5, None, True, 'ü\n\t"\\'], "": {}, "b": []}

    assert load(json.dumps(data)) == load(json.dumps(data, indent=2, ensure_ascii=False)) == data


def test_each_key_and_item_has_its_line():
    data, lines = load_with_lines("\ufeffa: 1\nb:\n  - x: 1\n    y:\n     - 2\n     - [3,\n        4]\n  - 5\n")

    assert data == {"a": 1, "b": [{"x": 1, "y": [2, [3, 4]]}, 5]}
    assert lines == {
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 0, "x"): 3,
        ("b", 0, "y"): 4,
        ("b", 0, "y", 0): 5,
        ("b", 0, "y", 1): 6,
        ("b", 0, "y", 1, 0): 6,
        ("b", 0, "y", 1, 1): 7,
        ("b", 1): 8,
    }


def test_the_copy_of_an_alias_has_the_line_of_the_alias():
    data, lines = load_with_lines("a: &one {x: 1}\nb:\n- *one\n")

    assert data == {"a": {"x": 1}, "b": [{"x": 1}]}
    assert lines == {("a",): 1, ("a", "x"): 1, ("b",): 2, ("b", 0): 3}


def test_json_has_lines_too():
    assert load_with_lines('{"a":\n [1,\n 2]}') == ({"a": [1, 2]}, {("a",): 1, ("a", 0): 2, ("a", 1): 3})
    with pytest.raises(YamlError) as raised:
        load_with_lines('{"a": 1,\n "a": 2}')
    assert raised.value.line == 2


def test_a_character_that_is_not_allowed_is_found_behind_others():
    """A letter of two bytes before it ended with an `IndexError`, or with a wrong place: libyaml counts bytes."""
    for text in ("é: 1\nb: é\x0c", "é: 1\nb: é\x0c and more"):
        with pytest.raises(YamlError, match=r"Character U\+000C is not allowed \(line 2, column 5\)"):
            load(text)


def test_a_number_that_cannot_be_written_is_refused():
    """Python reads hexadecimal digits of any length, and writes no number of more than some thousand digits."""
    with pytest.raises(YamlError, match="too long"):
        load("a: 0x" + "f" * 4000)
