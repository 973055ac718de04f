"""A document that cannot be read or is too deep ends in an error that names it, and never in a traceback."""

import pytest

from overlay.document import apply_overlay, read_file, read_overlay
from overlay.nodes import Node, OverlayError, append_or_merge

DEPTH = 5_000


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def overlay(*actions):
    return read_overlay({"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": list(actions)})


def test_a_file_in_another_encoding_is_named(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"title: caf\xe9\n")

    with pytest.raises(OverlayError, match=r"latin\.yaml is not UTF-8$"):
        read_file(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OverlayError, match=r"none\.yaml cannot be read: No such file or directory$"):
        read_file(tmp_path / "none.yaml")


def test_a_file_that_is_not_yaml_is_named(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("a: [", encoding="utf-8")

    with pytest.raises(OverlayError, match=r"broken\.yaml: "):
        read_file(path)


def test_an_update_that_is_nested_too_deeply_names_its_action():
    actions = [{"target": "$", "update": {"x": 1}}, {"target": "$", "update": {"y": nested(DEPTH)}}]

    with pytest.raises(OverlayError, match=r"^action 2 .*: the document is nested too deeply$"):
        apply_overlay(overlay(*actions), {})


def test_an_item_that_is_nested_too_deeply_is_not_compared_with_many():
    node = Node({"x": [*range(2_000)]}, "x", ("x",))

    with pytest.raises(OverlayError, match="an item is nested too deeply to be compared with many others"):
        append_or_merge(node, [nested(DEPTH)], minor=1)
