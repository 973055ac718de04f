"""`scripts/generate.py` in a copy of the tree: the same bytes, or a clear word about what differs."""

import shutil

import pytest
from tests.trees import ROOT, change, contents, copy_tree, own_program, program

from clients.stamp import read_stamp, stamp_of

pytestmark = pytest.mark.slow


def generate(root, *flags, run=program, **environment):
    """Run the generator's program of the copy at *root*, without a PATH."""
    return run(root, "generate", *flags, PATH="", **environment)


def test_the_committed_tree_is_what_its_inputs_make(tmp_path):
    copy = copy_tree(tmp_path / "copy")
    committed = contents(copy / "generated")
    shutil.rmtree(copy / "generated")

    done = generate(copy, PYTHONHASHSEED="7", LC_ALL="C")

    assert done.returncode == 0, done.stderr
    assert contents(copy / "generated") == committed


def test_check_finds_nothing_in_a_clean_tree_and_leaves_nothing_behind(tree):
    before = set(tree.rglob("*"))

    done = generate(tree, "--check")

    assert (done.returncode, done.stderr) == (0, "")
    assert {path for path in set(tree.rglob("*")) - before if "__pycache__" not in path.parts} == set()


def test_check_names_what_is_missing_changed_or_too_much_and_generate_fixes_it(tree):
    package = tree / "generated" / "expunge_clients"
    clean = contents(tree / "generated")
    assert "generated" not in generate(tree, "--check").stderr
    (package / "baseten" / "client.py").unlink()
    (package / "baseten" / "rules.json").write_text("{}\n", encoding="utf-8")
    (package / "baseten" / "extra.py").write_text("", encoding="utf-8")
    (tree / "generated" / "stray.txt").write_text("", encoding="utf-8")
    broken = contents(tree / "generated")

    done = generate(tree, "--check")

    assert done.returncode == 1
    assert done.stderr.splitlines()[:-1] == [
        "missing: generated/expunge_clients/baseten/client.py",
        "not generated: generated/expunge_clients/baseten/extra.py",
        "differs: generated/expunge_clients/baseten/rules.json",
        "not generated: generated/stray.txt",
    ]
    assert contents(tree / "generated") == broken

    assert generate(tree).returncode == 0
    assert contents(tree / "generated") == clean


@pytest.mark.parametrize(
    ("name", "old", "new", "lines"),
    [
        pytest.param(
            "specs/baseten.yaml",
            "Whether the model was",
            "If the model was",
            [
                "changed: specs/baseten.yaml",
                "differs: specs/baseten.yaml does not have the SHA-256 in specs/provenance.json; take in a new spec with `make update`",  # noqa: E501 - one line, as it is printed
                "differs: generated/expunge_clients/baseten/models/model_tombstone_v1.py",
            ],
            id="spec",
        ),
        pytest.param(
            "overlays/baseten.overlay.yaml",
            "update: The tombstone of the model",
            "update: Another word",
            ["changed: overlays/baseten.overlay.yaml"],
            id="overlay",
        ),
        pytest.param(
            "scripts/clients/harden/shared_modules.py", "Percent-encode *value*", "Encode *value*",
            ["changed: scripts/clients/harden/shared_modules.py", "differs: generated/expunge_clients/_path.py"],
            id="script",
        ),
        pytest.param(
            "specs/provenance.json", "Baseten, Delete models", "Somebody",
            ["changed: specs/provenance.json", "differs: generated/expunge_clients/provenance.json"],
            id="provenance",
        ),
        pytest.param(
            "generated/expunge_clients/baseten/client.py", "import ssl", "import ssl  # mine",
            ["differs: generated/expunge_clients/baseten/client.py"],
            id="generated",
        ),
    ],
)  # fmt: skip
def test_check_names_what_was_touched_whichever_side_it_is(tree, name, old, new, lines):
    change(tree / name, old, new)
    before = contents(tree / "generated")

    done = generate(tree, "--check", run=own_program if name.startswith("scripts") else program)

    assert done.returncode == 1
    found = done.stderr.splitlines()
    assert [line for line in lines if line not in found] == []
    assert contents(tree / "generated") == before


@pytest.mark.parametrize("name", ["specs/baseten.yaml", "generated/expunge_clients/_path.py"])
def test_nothing_is_built_where_the_stamp_proves_that_nothing_has_changed(tree, name):
    proved = generate(tree)
    with (tree / name).open("a", encoding="utf-8") as file:
        file.write("\n# a word\n")
    built = generate(tree)

    assert "nothing has changed" in proved.stdout
    assert "files changed in generated/" in built.stdout
    assert "nothing has changed" in generate(tree).stdout


@pytest.mark.parametrize(
    "name", ["overlays/baseten.overlay.yaml", "scripts/spec/normalised.py", "src/expunge/_yaml.py"]
)
def test_the_stamp_fits_no_other_input(tree, name):
    generated = tree / "generated"
    fitted = stamp_of(tree, generated) == read_stamp(generated)
    with (tree / name).open("a", encoding="utf-8") as file:
        file.write("\n# a word\n")

    assert fitted
    assert stamp_of(tree, generated) != read_stamp(generated)


def test_a_damaged_stamp_is_no_proof(tree):
    (tree / "generated" / "stamp.json").write_text("[]", encoding="utf-8")

    assert "0 files changed in generated/" in generate(tree).stdout
    assert "nothing has changed" in generate(tree).stdout


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(
            "    delete:", "    patch:", "baseten.overlay.yaml: 'x-operations' names", id="overlay-no-longer-fits"
        ),
        pytest.param("openapi: 3.1.0", "openapi: [", "line", id="spec-is-no-yaml"),
        pytest.param("application/json:", "application/weird:", "openapi_python_client failed", id="generator-warns"),
    ],
)
def test_a_failure_is_one_line_and_leaves_the_old_tree(tree, old, new, words):
    change(tree / "specs" / "baseten.yaml", old, new)
    before = contents(tree / "generated")

    done = generate(tree)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert contents(tree / "generated") == before


def test_another_provider_needs_a_spec_and_an_overlay_and_no_more(tree):
    (tree / "specs" / "invented.yaml").write_text(
        """\
openapi: 3.1.0
info: {title: Invented API, version: 1.0.0}
security: [{key: []}]
paths:
  /models/{id}:
    delete:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: gone}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
""",
        encoding="utf-8",
    )
    (tree / "overlays" / "invented.overlay.yaml").write_text(
        """\
overlay: 1.1.0
info: {title: Corrections, version: 1.0.0}
actions:
  - target: $.paths['/models/{id}'].delete
    description: Name the operation.
    x-source: the page
    x-expect-matches: 1
    update: {operationId: delete_model, tags: [models]}
""",
        encoding="utf-8",
    )

    done = generate(tree)

    assert done.returncode == 0, done.stderr
    endpoint = tree / "generated" / "expunge_clients" / "invented" / "api" / "models" / "delete_model.py"
    assert 'path_segment("id", id)' in endpoint.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "generated").rglob("*.py")), ids=lambda path: path.name)
def test_each_module_says_how_it_came_about(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith("# Generated by `make generate` from ")
    assert first.endswith("Do not edit.")


def test_the_package_is_typed_and_holds_no_caches():
    package = ROOT / "generated" / "expunge_clients"

    assert (package / "py.typed").is_file()
    assert list(package.rglob(".ruff_cache")) == []
