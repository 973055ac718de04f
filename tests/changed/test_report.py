"""The consequences of a report: the next version, and how people and programs read it."""

import json

import pytest

from changed.report import Change, Report


def report(*levels):
    return Report.of(Change(level, "p", f"name.{level}", "what | happened") for level in levels)


B, C, D = "breaking", "compatible", "documentation"


@pytest.mark.parametrize(
    ("levels", "current", "expected"),
    [
        ([B], "1.2.3", "2.0.0"),
        ([C], "1.2.3", "1.3.0"),
        ([D], "1.2.3", "1.2.4"),
        ([], "1.2.3", "1.2.3"),
        ([D, C, B], "1.2.3", "2.0.0"),
        ([D, C], "1.2.3", "1.3.0"),
        ([B], "0.1.0", "0.2.0"),
        ([B], "0.3.1", "0.4.0"),
        ([C], "0.1.0", "0.1.1"),
        ([D], "0.1.9", "0.1.10"),
        ([B], "1.2", "2.0.0"),
        ([C], "2", "2.1.0"),
        ([D], "2", "2.0.1"),
        ([C], "1.3.1", "1.4.0"),
        ([D], "1.2.1", "1.2.2"),
        ([C], "2.0.0rc1", "2.1.0"),
    ],
)
def test_the_next_version_follows_from_the_most_serious_change(levels, current, expected):
    assert report(*levels).next_version(current) == expected


@pytest.mark.parametrize(
    ("level", "version", "is_too_small"),
    [
        (B, "2.0.0", False),
        (B, "3.1.0", False),
        (B, "1.9.0", True),
        (C, "1.3.0", False),
        (C, "1.2.4", True),
        (C, "1.10.0", False),
        (D, "1.2.4", False),
        (D, "1.2.3", True),
    ],
)
def test_a_version_is_held_to_what_changed(level, version, is_too_small):
    assert report(level).too_small("1.2.3", version) is is_too_small


UNSEEN = Change(B, "p", "info.version", "reworded", is_used=False)


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        pytest.param([UNSEEN], {"any"}, id="unseen"),
        pytest.param([], {"any"}, id="other-bytes-only"),
        pytest.param([D], {"any", "used"}, id="words"),
        pytest.param([UNSEEN, D], {"any", "used"}, id="words-beside-what-is-unseen"),
        pytest.param([C, D], {"any", "used", "compatible"}, id="compatible"),
        pytest.param([B, C], {"any", "used", "compatible", "breaking"}, id="breaking"),
    ],
)
def test_a_change_counts_from_its_threshold_on(found, counts):
    changes = [it if isinstance(it, Change) else Change(it, "p", "n", "w") for it in found]

    assert {it for it in ("any", "used", "compatible", "breaking") if Report.of(changes).reaches(it)} == counts


def test_a_change_that_our_operations_do_not_see_is_printed_and_asks_for_no_version():
    unseen = Report.of([UNSEEN])

    assert len(unseen.lines()) == 1
    assert unseen.next_version("1.2.3") == "1.2.3"
    assert not unseen.too_small("1.2.3", "1.2.3")


def test_lines_begin_with_their_level_the_most_serious_first_and_none_twice():
    lines = report(D, B, C, B).lines()

    assert [line.split()[0] for line in lines] == [B, C, D]
    assert lines[0].split()[1:3] == ["p", "name.breaking:"]


def test_people_get_a_table_for_each_level():
    text = report(B, D).markdown()

    assert text.index("### Breaking") < text.index("### Documentation")
    assert "Compatible" not in text
    assert "| p | `name.breaking` | what \\| happened |" in text
    assert Report.of([]).markdown() == "Nothing changed for users.\n"


def test_programs_get_json():
    document = json.loads(report(C).json(base="v1", next_version=None))

    assert (document["level"], document["base"], document["next_version"]) == ("compatible", "v1", None)
    assert document["changes"] == [
        {"level": "compatible", "provider": "p", "name": "name.compatible", "what": "what | happened"}
    ]


def test_json_is_indented_for_people_and_keeps_their_letters():
    found = Report.of([Change(B, "p", "schemas.Größe", "field removed", places=("a",), renamed=(("x", "y"),))])

    assert found.json(base="v1") == (
        '{\n  "base": "v1",\n  "level": "breaking",\n  "changes": [\n    {\n'
        '      "level": "breaking",\n      "provider": "p",\n      "name": "schemas.Größe",\n'
        '      "what": "field removed"\n    }\n  ]\n}\n'
    )


def test_what_a_provider_named_stays_on_its_line():
    named = Report.of([Change("breaking", "p", "schemas.A.x\ny|`\x9b", "a\u2028b | c")])

    assert named.lines() == ["breaking       p            schemas.A.x y|`: a b | c"]
    assert "| p | `schemas.A.x y\\|'` | a b \\| c |" in named.markdown().splitlines()
