"""Two trees are compared: their providers, their specs, their bytes, and what users import."""

import json
import subprocess

import pytest
from tests.spec.small_spec import EVERYWHERE, TEXT, action, spec

from changed.report import Change
from changed.trees import ChangesError, commit_tree, compare_trees, current_version

B, C, D = "breaking", "compatible", "documentation"
OTHER_SPEC = spec({"type": "object", "properties": {"id": {"type": "integer"}}})
MODEL = "class Thing:\n    id: str\n"


def tree(root, *, note="", models=(), **specs):
    """Write a tree at *root* with the provider of each spec, and the clients of *models*."""
    for name, document in specs.items():
        overlay = {
            "overlay": "1.1.0",
            "info": {"title": "t", "version": "1"},
            "x-operations": ["GET /things"],
            "actions": [action("$.info", {"x-small": True})],
        }
        write(root / "specs" / f"{name}.yaml", json.dumps(document) + note)
        write(root / "overlays" / f"{name}.overlay.yaml", json.dumps(overlay))
    for name in models:
        package = root / "generated" / "expunge_clients"
        for folder in (package, package / name, package / name / "models"):
            write(folder / "__init__.py", "")
        write(package / name / "models" / "thing.py", dict(models)[name])
    return root


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def compared(tmp_path):
    """Compare a tree with the provider `small` with another tree."""

    def compare(after, before=None):
        one = tree(tmp_path / "before", **({"small": spec()} if before is None else before))
        return compare_trees(one, tree(tmp_path / "after", **after)).changes

    return compare


def test_the_same_tree_has_no_changes(compared):
    assert compared({"small": spec()}) == ()


def test_a_provider_that_is_added_or_removed_is_one_line_each(compared):
    found = compared({"small": spec(), "added": spec()}, {"small": spec(), "gone": spec()})

    assert found == (
        Change(B, "gone", "gone", "provider removed"),
        Change(C, "added", "added", "provider added"),
    )


def test_each_spec_is_compared(compared):
    found = compared({"small": spec(), "other": OTHER_SPEC}, {"small": spec(), "other": spec()})

    assert [(it.level, it.provider, it.name) for it in found] == [(B, "other", "schemas.Thing.id.type")]


def test_a_spec_with_the_same_meaning_is_documentation(compared):
    found = compared({"small": spec({**EVERYWHERE, "minProperties": 0})})

    assert found == (Change(D, "small", "specs/small.yaml", "written differently, with the same meaning"),)
    assert found[0].is_used


def test_a_spec_whose_other_parts_changed_is_documentation_that_is_not_used(compared):
    found = compared({"small": spec(schemas={"Thing": EVERYWHERE, "Unused": TEXT})})

    assert [(it.level, it.name, it.is_used) for it in found] == [(D, "specs/small.yaml", False)]
    assert "no part that is used here" in found[0].what


def test_other_bytes_of_a_spec_are_seen(compared):
    assert [it.is_used for it in compared({"small": spec(), "note": "\n# a note\n"})] == [False]


@pytest.mark.parametrize(("old", "new"), [("", "reworded"), ("reworded", ""), ("a", "b")])
def test_an_overlay_that_only_says_it_in_other_words_is_no_change(old, new, tmp_path):
    for side, words in (("before", old), ("after", new)):
        root = tree(tmp_path / side, small=spec())
        overlay = root / "overlays" / "small.overlay.yaml"
        overlay.write_text(overlay.read_text("utf-8").replace('"description": "d"', f'"description": "d{words}"'))

    assert compare_trees(tmp_path / "before", tmp_path / "after").changes == ()


def test_an_overlay_that_changes_the_same_spec_is_reported(tmp_path):
    for side, kind in (("before", "uuid"), ("after", "date-time")):
        root = tree(tmp_path / side, small=spec())
        overlay = root / "overlays" / "small.overlay.yaml"
        document = json.loads(overlay.read_text("utf-8"))
        document["actions"].append(action("$.components.schemas.Thing.properties.id", {"format": kind}))
        write(overlay, json.dumps(document))

    found = compare_trees(tmp_path / "before", tmp_path / "after").changes

    assert [(it.level, it.name, it.is_used) for it in found] == [(B, "schemas.Thing.id.format", True)]


@pytest.mark.parametrize("names", [("first", "second"), ("second", "first")])
def test_a_provider_whose_inputs_are_equal_has_no_line_beside_one_that_changed(names, compared):
    same, other = names
    found = compared({same: spec(), other: OTHER_SPEC}, {same: spec(), other: spec()})

    assert [(it.level, it.provider, it.name) for it in found] == [(B, other, "schemas.Thing.id.type")]


def test_clients_of_a_provider_that_differ_are_compared_beside_equal_ones(compared):
    specs = {"one": spec(), "two": spec()}
    found = compared(
        {**specs, "models": {"one": MODEL, "two": MODEL + "    extra: int\n"}},
        {**specs, "models": {"one": MODEL, "two": MODEL}},
    )

    assert [(it.provider, it.name) for it in found] == [("two", "expunge_clients.two.models.thing.Thing.extra")]


def test_generated_clients_that_are_not_python_are_named(tmp_path):
    for side, model in (("before", MODEL), ("after", MODEL + "    extra: int\n")):
        root = tree(tmp_path / side, small=spec(), models={"small": model})
        write(root / "generated" / "expunge_clients" / "__init__.py", "def (:\n")

    with pytest.raises(ChangesError, match=r"^expunge_clients cannot be read: "):
        compare_trees(tmp_path / "before", tmp_path / "after")


def test_what_users_import_is_compared_too(compared):
    found = compared(
        {"small": spec(), "models": {"small": MODEL + "    extra: int\n"}},
        {"small": spec(), "models": {"small": MODEL}},
    )

    assert [(it.provider, it.name) for it in found] == [("small", "expunge_clients.small.models.thing.Thing.extra")]


def test_a_package_that_only_one_tree_has_is_not_compared(compared):
    assert compared({"small": spec(), "models": {"small": MODEL}}) == ()


def test_a_change_of_the_spec_explains_that_of_its_class(compared):
    found = compared(
        {"small": OTHER_SPEC, "models": {"small": MODEL.replace("str", "int")}},
        {"small": spec(), "models": {"small": MODEL}},
    )

    assert [it.name for it in found] == ["schemas.Thing.id.type"]


def test_the_classes_of_a_provider_that_came_or_went_are_no_lines(compared):
    found = compared(
        {"added": spec(), "models": {"added": MODEL}},
        {"gone": spec(), "models": {"gone": MODEL}},
    )

    assert [(it.level, it.name) for it in found] == [(B, "gone"), (C, "added")]


def test_a_tree_that_cannot_be_read_is_named(compared):
    with pytest.raises(ChangesError, match=r"^specs/small\.yaml: this is OpenAPI 2\.0; only 3\.1 is accepted"):
        compared({"small": {**spec(), "openapi": "2.0"}})


@pytest.mark.parametrize(
    ("text", "version"), [('__version__ = "1.2.3"\n', "1.2.3"), ('"""V."""\n__version__ = "2"', "2")]
)
def test_the_version_is_that_of_the_package(text, version, tmp_path):
    write(tmp_path / "src" / "expunge" / "_version.py", text)

    assert current_version(tmp_path) == version


@pytest.mark.parametrize("text", ["", "__version__ = ''\n"])
def test_a_tree_without_a_version_is_refused(text, tmp_path):
    if text:
        write(tmp_path / "src" / "expunge" / "_version.py", text)

    with pytest.raises(ChangesError, match=r"^the base has no src/expunge/_version\.py with a version$"):
        current_version(tmp_path)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a repository with one commit, whose spec has changed since."""
    root = tree(tmp_path_factory.mktemp("repository") / "tree", small=spec())
    write(root / "docs" / "page.md", "not needed")
    given = ("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "core.hooksPath=")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"], ["tag", "first"]):
        subprocess.run(["git", "-C", root, *given, *arguments], check=True, capture_output=True)
    write(root / "specs" / "small.yaml", "changed since")
    return root


def test_of_a_commit_only_the_parts_that_are_compared_are_laid_out(repository, tmp_path):
    folder = commit_tree(repository, "first", tmp_path / "out")

    assert folder == tmp_path / "out"
    assert sorted(path.name for path in folder.iterdir()) == ["overlays", "specs"]
    assert json.loads((folder / "specs" / "small.yaml").read_text()) == spec()


def test_without_a_commit_its_option_is_named(repository, tmp_path):
    with pytest.raises(ChangesError, match=r"^BASE is missing, the commit to compare with"):
        commit_tree(repository, "", tmp_path / "out")


@pytest.mark.parametrize("name", ["nothing", "--all", "first:specs"])
def test_what_is_not_a_commit_is_named(name, repository, tmp_path):
    with pytest.raises(ChangesError) as refused:
        commit_tree(repository, name, tmp_path / "out")

    assert str(refused.value) == f"{name!r} is not a commit, tag or branch here"


def test_a_folder_that_is_not_a_repository_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(ChangesError, match="not a git repository"):
        commit_tree(tmp_path, "first", tmp_path / "out")
