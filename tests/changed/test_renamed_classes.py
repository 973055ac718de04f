"""A class that only got another name is one line, and whatever else changed has its own."""

import pytest
from tests.changed.test_python_changes import MODEL, MODELS, line, tree

from changed.python.changes import python_changes, unexplained, without_titles
from changed.report import Change


def renamed(root, old_name, new_name, old_file, new_file):
    """Lay out the tree with a class renamed wherever it is named, as the generator does for another title."""
    package = tree(root) / "generated" / "expunge_clients" / "p"
    for path in package.rglob("*.py"):
        path.write_text(path.read_text("utf-8").replace(old_name, new_name), encoding="utf-8")
    (package / "models" / f"{old_file}.py").rename(package / "models" / f"{new_file}.py")
    return root


def test_a_class_with_another_name_is_one_line(tmp_path):
    """A caller or a holder of something renamed gets the same object as before."""
    found = python_changes(
        tree(tmp_path / "before"), renamed(tmp_path / "after", "Tombstone", "Stone", "tombstone", "stone")
    )

    assert [(change.level, change.name, change.what) for change in found] == [
        ("breaking", f"{MODELS}.tombstone.Tombstone", "renamed to Stone")
    ]


def test_what_else_changed_beside_a_renamed_class_is_reported(tmp_path):
    after = renamed(tmp_path / "after", "Tombstone", "Stone", "tombstone", "stone")
    call = after / "generated" / "expunge_clients" / "p" / "api" / "stones" / "delete.py"
    call.write_text(call.read_text("utf-8").replace("page: int = 1", "page: int"), encoding="utf-8")

    found = python_changes(tree(tmp_path / "before"), after)

    assert [change.what for change in found] == ["renamed to Stone", "parameter page became required"]


def test_a_class_that_another_one_replaced_is_not_called_renamed(tmp_path):
    after = renamed(tmp_path / "after", "Tombstone", "Stone", "tombstone", "stone")
    model = after / "generated" / "expunge_clients" / "p" / "models" / "stone.py"
    model.write_text(model.read_text("utf-8").replace("deleted: bool", "deleted: int"), encoding="utf-8")

    found = python_changes(tree(tmp_path / "before"), after)

    assert (f"{MODELS}.tombstone", "module removed") in [(change.name, change.what) for change in found]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("class Stone:", "class Stone(Part):", id="another-base"),
        pytest.param("    note:", "    extra: int\n    note:", id="one-more-field"),
    ],
)
def test_a_class_that_came_with_another_content_is_not_called_renamed(old, new, tmp_path):
    after = renamed(tmp_path / "after", "Tombstone", "Stone", "tombstone", "stone")
    model = after / "generated" / "expunge_clients" / "p" / "models" / "stone.py"
    model.write_text(model.read_text("utf-8").replace(old, new), encoding="utf-8")

    found = {(change.name, change.what) for change in python_changes(tree(tmp_path / "before"), after)}

    assert found >= {(f"{MODELS}.tombstone", "module removed"), (f"{MODELS}.stone", "module added")}


def test_a_module_with_several_classes_is_removed_and_added(tmp_path):
    """Only the name of a module with one class follows from that of its class."""
    model = MODEL + "\nclass Other:\n    gone: int\n"
    before, after = (tree(tmp_path / side, model=model) for side in ("before", "after"))
    models = after / "generated" / "expunge_clients" / "p" / "models"
    (models / "tombstone.py").rename(models / "stone.py")
    (models / "stone.py").write_text(model.replace("Tombstone", "Stone").replace("gone", "come"), encoding="utf-8")

    found = [(change.name, change.what) for change in python_changes(before, after)]

    assert found == [(f"{MODELS}.tombstone", "module removed"), (f"{MODELS}.stone", "module added")]


@pytest.mark.parametrize("other", ["a", "q"])
def test_a_class_of_the_same_name_at_another_provider_counts_for_nothing(other, tmp_path):
    before = tree(tmp_path / "before")
    after = renamed(tmp_path / "after", "Tombstone", "Stone", "tombstone", "stone")
    for root, name in ((before, "old"), (after, "new")):
        models = root / "generated" / "expunge_clients" / other / "models"
        models.mkdir(parents=True)
        for file, text in {"../__init__": "", "__init__": "", "tombstone": MODEL.replace("note", name)}.items():
            (models / f"{file}.py").write_text(text, encoding="utf-8")

    found = [(change.name.removeprefix("expunge_clients."), change.what) for change in python_changes(before, after)]

    assert set(found) == {
        ("p.models.tombstone.Tombstone", "renamed to Stone"),
        (f"{other}.models.tombstone.Tombstone.old", "attribute removed"),
        (f"{other}.models.tombstone.Tombstone.new", "attribute added"),
    }


RENAMED = Change("breaking", "p", f"{MODELS}.model_manifest.ModelManifest", "renamed to Manifest")


def test_a_renamed_class_is_reported_whatever_else_its_schema_tells():
    assert unexplained([RENAMED], line("schemas.ModelManifest.size")) == [RENAMED]


@pytest.mark.parametrize(
    ("name", "is_reported"),
    [
        pytest.param("schemas.ModelManifest.title", False, id="by-its-first-title"),
        pytest.param("schemas.Manifest.title", False, id="by-the-loss-of-its-title"),
        pytest.param("schemas.Model.manifest.title", False, id="of-an-object-inside"),
        pytest.param("schemas.Other.title", True, id="another-schema"),
        pytest.param("schemas.ModelManifest.description", True, id="other-words"),
    ],
)
def test_the_title_that_renamed_a_class_is_no_line_of_its_own(name, is_reported):
    title = Change("documentation", "p", name, "reworded")

    assert (without_titles([title], [RENAMED]) == [title]) is is_reported


def test_a_family_of_classes_that_look_alike_is_matched_by_the_way_in_which_their_names_changed(tmp_path):
    """Two classes have the same content. A third one shows what became of their names."""
    before, after = (tree(tmp_path / side) for side in ("before", "after"))
    for root, name in ((before, "Old"), (after, "New")):
        for kind, field in (("One", "x"), ("Two", "x"), ("Three", "y")):
            path = root / "generated" / "expunge_clients" / "p" / "models" / f"{name.lower()}_{kind.lower()}.py"
            path.write_text(MODEL.replace("Tombstone", f"{name}{kind}").replace("id:", f"{field}:"), encoding="utf-8")

    found = python_changes(before, after)

    assert {(change.name.rpartition(".")[2], change.what) for change in found} == {
        (f"Old{kind}", f"renamed to New{kind}") for kind in ("One", "Two", "Three")
    }


@pytest.mark.parametrize("fields", [("Part", "int"), ("Whole", "Part")])
def test_classes_that_name_one_another_are_renamed_together(fields, tmp_path):
    before, after = (tree(tmp_path / side) for side in ("before", "after"))
    for root, name in ((before, "Old"), (after, "New")):
        for kind, field in zip(("Whole", "Part"), fields, strict=True):
            of = field if field == "int" else f"{name}{field}"
            path = root / "generated" / "expunge_clients" / "p" / "models" / f"{name.lower()}_{kind.lower()}.py"
            text = MODEL.replace("Tombstone", f"{name}{kind}").replace("id: str", f"{kind.lower()}: {of} | None")
            path.write_text(text, encoding="utf-8")

    found = python_changes(before, after)

    assert {(change.name.rpartition(".")[2], change.what) for change in found} == {
        (f"Old{kind}", f"renamed to New{kind}") for kind in ("Whole", "Part")
    }
