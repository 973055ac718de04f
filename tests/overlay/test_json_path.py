"""JSONPath by RFC 9535: what a target selects, and that a hostile one ends in a line."""

import json
from typing import Any

import pytest

from overlay.nodes import Effect, Node, OverlayError, append_or_merge, select

EXACT = 2**53
NUMBERS = {"n": [EXACT, EXACT + 1, EXACT + 2, float(EXACT), 10**30, -EXACT - 1]}
VALUES: dict[str, Any] = {"v": [0, False, "", None, 1, True, 1.0, "z", [], {}], "one": 1}
NESTED = {"a": [[1], [True], [1.0], {"q": 1}, {"q": True}, {"q": 1, "r": 2}]}


def values(path: str, document: Any) -> list[Any]:
    """Return the nodes that *path* selects, as JSON text: so 1, 1.0 and true differ."""
    return [json.dumps(node.value) for node in select(path, [document])]


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        pytest.param(f"$.n[?@=={EXACT + 1}]", NUMBERS, [str(EXACT + 1)], id="large-literal"),
        pytest.param(f"$.n[?@=={EXACT}]", NUMBERS, [str(EXACT), str(float(EXACT))], id="large-literal-and-float"),
        pytest.param(f"$.n[?@>{EXACT + 1}]", NUMBERS, [str(EXACT + 2), str(10**30)], id="large-literal-order"),
        pytest.param(f"$.n[?@=={-EXACT - 1}]", NUMBERS, [str(-EXACT - 1)], id="large-negative-literal"),
        pytest.param("$.n[?@==$.n[1]]", NUMBERS, [str(EXACT + 1)], id="large-numbers-of-the-document"),
        pytest.param("$.v[?@==1]", VALUES, ["1", "1.0"], id="one-is-1.0"),
        pytest.param("$.v[?@==1e0]", VALUES, ["1", "1.0"], id="exponent"),
        pytest.param("$.v[?@==-0]", VALUES, ["0"], id="minus-zero"),
        pytest.param("$.v[?@==true]", VALUES, ["true"], id="true-is-not-one"),
        pytest.param("$.a[?@==$.a[0]]", NESTED, ["[1]", "[1.0]"], id="arrays-are-compared-as-json"),
        pytest.param("$.a[?@==$.a[3]]", NESTED, ['{"q": 1}'], id="objects-are-compared-as-json"),
        pytest.param("$.v[?@]", VALUES, [json.dumps(v) for v in VALUES["v"]], id="what-is-there-exists"),
        pytest.param("$.v[?!@]", VALUES, [], id="nothing-does-not-exist"),
        pytest.param("$.v[?@.x]", VALUES, [], id="primitives-have-no-members"),
        pytest.param("$.v[?count(@)==1]", VALUES, [json.dumps(v) for v in VALUES["v"]], id="count-of-a-primitive"),
        pytest.param("$.v[?value(@)=='z']", VALUES, ['"z"'], id="value-of-a-primitive"),
        pytest.param("$.v[?length(@)==0]", VALUES, ['""', "[]", "{}"], id="length"),
        pytest.param("$.v[?@<1]", VALUES, ["0"], id="only-numbers-are-less-than-a-number"),
        pytest.param("$.v[?@<='z'&&@>='']", VALUES, ['""', '"z"'], id="texts-have-an-order"),
        pytest.param("$.v[?@.x==$.absent]", VALUES, [json.dumps(v) for v in VALUES["v"]], id="nothing-is-nothing"),
        pytest.param("$[?@[?@==$.one]]", VALUES, [json.dumps(VALUES["v"])], id="the-root-in-a-filter-in-a-filter"),
        pytest.param("$.v[?match(@,'[a-z]')]", VALUES, ['"z"'], id="match"),
        pytest.param("$.v[?match('b','[a-c&&z]')]", {"v": [1]}, ["1"], id="a-class-has-no-operators"),
        pytest.param("$.v[?search('b&','[x&&y]')]", {"v": [1]}, ["1"], id="a-class-of-search-has-none-either"),
        pytest.param("$.v[?match('a\\nb','a.b')]", {"v": [1]}, [], id="a-dot-is-no-end-of-a-line"),
        pytest.param("$.v[?match(@,'[z-a]')]", VALUES, [], id="a-range-backwards-fits-nothing"),
        pytest.param("$.v[?match(@,'(')]", VALUES, [], id="what-is-no-regular-expression-fits-nothing"),
        pytest.param("$.v[?match(@,1)]", VALUES, [], id="a-number-is-no-regular-expression"),
        pytest.param("$.v[-1,0,-99,99]", VALUES, ["0", "{}"], id="indices"),
        pytest.param("$.v[8:2:-3]", VALUES, ["true", "[]"], id="slice-backwards"),
        pytest.param("$.v[::0]", VALUES, [], id="slice-without-step"),
    ],
)
def test_a_path_selects(path, document, expected):
    assert values(path, document) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("$.v[?@==1e400]", "not a number that JSON can hold", id="exponent"),
        pytest.param("$.v[?@==-1.5e400]", "not a number that JSON can hold", id="float"),
        pytest.param(f"$.v[?@==1e{'9' * 5000}]", "not a number", id="long-exponent"),
        pytest.param(f"$.v[?@=={'9' * 5000}]", "digits", id="long-literal"),
        pytest.param("$.v[?@==-01]", "not a number", id="leading-zero"),
        pytest.param(f"$.v[{2**53}]", "out of range", id="index-beyond-i-json"),
        pytest.param(f"$.v[{'9' * 5000}]", "digits", id="long-index"),
        pytest.param(f"$.v[::{'9' * 5000}]", "digits", id="long-step"),
        pytest.param("$.v[?(@==1)==true]", "a logical expression cannot be compared", id="comparison-compared"),
        pytest.param("$.v[?@==1==1]", "cannot be compared", id="comparison-twice"),
        pytest.param("$.v[?!length(@)]", "must be compared", id="length-alone"),
        pytest.param(f"$.v[?{'(' * 3000}@{')' * 3000}]", "nested too deeply", id="brackets"),
        pytest.param(f"$.v[?{'!' * 5000}@]", "nested too deeply", id="negations"),
        pytest.param(f"${'[?@' * 900}{']' * 900}", "nested too deeply", id="filters"),
        pytest.param(f"$.v[?{'length(' * 1200}@{')' * 1200}==1]", "nested too deeply", id="functions"),
        pytest.param(f"$.v[?{'&&'.join(['@'] * 3000)}]", "nested too deeply", id="conjunctions"),
        pytest.param(f"${'.a' * 100_000}", "200001 characters", id="segments"),
        pytest.param("$" + "..*" * 8, "visits more than 100,000 nodes", id="descents"),
        pytest.param("$.v[?match(@,'(a|aa)+b')]", r"takes more than 0.2 s", id="a-regular-expression-that-never-ends"),
        pytest.param(f"$.v[?match(@,'{'(' * 9000}')]", "a regular expression has 9000", id="a-deep-regular-expression"),
        pytest.param("$.v[?search(@,$.regex)]", "a regular expression has 60000", id="one-in-the-document"),
    ],
)
def test_a_hostile_path_ends_in_one_line(path, words, monkeypatch):
    """A crash of the interpreter, which some of these once caused, would end the test run.

    The bounds are lower here: three million visits take two seconds, and so does the longest match.
    """
    monkeypatch.setattr("overlay.json_path._MOST_VISITS", 100_000)
    monkeypatch.setattr("overlay.iregexp._SECONDS", 0.2)
    document: Any = {"v": ["a" * 60, 1], "regex": "(" * 30_000 + ")" * 30_000}
    for _ in range(100):
        document["down"] = {"down": document.get("down")}

    with pytest.raises(OverlayError, match=words) as refused:
        select(path, [document])

    assert len(str(refused.value)) < 500
    assert "\n" not in str(refused.value)


def test_the_visits_of_a_filter_count(monkeypatch):
    """The bound is lower here, where one visit costs as much as another: three million of them take two seconds."""
    monkeypatch.setattr("overlay.json_path._MOST_VISITS", 100_000)
    document: Any = {}
    for _ in range(100):
        document = {"down": document}

    with pytest.raises(OverlayError, match="visits more than 100,000 nodes"):
        select("$..[?count($..[?count($..[?count($..*)>0])>0])>0]", [document])


@pytest.mark.parametrize(
    ("entry", "effect"), [(1.0, Effect.REPEATED), ({"b": [2.0], "a": 7}, Effect.REPEATED), (True, Effect.ADDED)]
)
def test_many_items_are_compared_as_few_are(entry, effect):
    """Each with each would take the square of the time; what is equal is the same."""
    many = [1, {"a": 7, "b": [2]}, *range(100, 2_000)]

    assert append_or_merge(Node({"x": list(many)}, "x", ("x",)), [*range(5_000, 6_000), entry], minor=1) is effect
