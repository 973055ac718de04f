"""`scripts/update.py` in a copy of the tree: a page is taken in completely, or everything stays as it was.

The module is longer than most: a third of it is tables of changed specs and of bad input, with the lines printed.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.trees import FROZEN, change, contents, own_program, program

pytestmark = pytest.mark.slow

SPEC = Path("specs", "baseten.yaml")
NOTES = Path("changelog.d", "baseten.spec.md")
HEADING = "# Delete models, again\n\nWords.\n\n"


@pytest.fixture
def page(tree, tmp_path):
    """Return a function that writes a page with the spec, one text in it replaced, and returns its path."""

    def write(old="", new=""):
        text = (tree / SPEC).read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "delete models.md"
        path.write_text(f"{HEADING}````yaml delete /v1\n{text.replace(old, new, 1)}````\n", encoding="utf-8")
        return path

    return write


def state(tree):
    """Read all that an update may change."""
    files = contents(tree)
    return {name: text for name, text in files.items() if "__pycache__" not in name.parts}


def update(tree, place, *flags, provider="baseten", run=program):
    return run(tree, "update", provider, str(place), *flags)


def test_the_same_page_again_is_no_change(tree, page):
    before = state(tree)

    done = update(tree, page())

    assert (done.returncode, done.stderr) == (0, "")
    assert "no change" in done.stdout
    assert state(tree) == before


def test_a_changed_page_is_taken_in_with_all_that_follows(tree, page):
    path = page("description: Whether the model was deleted", "description: Whether the model is gone")

    done = update(tree, path, run=own_program)

    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["documentation"]
    assert "ModelTombstoneV1.deleted" in done.stdout
    entry = json.loads((tree / "specs" / "provenance.json").read_text(encoding="utf-8"))["specs/baseten.yaml"]
    assert (entry["source"], entry["from"], entry["block"]) == (
        "Baseten, Delete models, again",
        "delete models.md",
        "yaml delete /v1",
    )
    assert "is gone" in (tree / SPEC).read_text(encoding="utf-8")
    assert "is gone" in (tree / "generated/expunge_clients/baseten/models/model_tombstone_v1.py").read_text("utf-8")
    assert (tree / NOTES).read_text(encoding="utf-8") == "baseten:\n- The provider reworded its documentation.\n"
    assert program(tree, "generate", "--check").returncode == 0
    assert "no change" in update(tree, path).stdout


def test_a_bare_spec_after_a_page_says_truly_how_it_was_taken(tree, page, tmp_path):
    """Facts on the publication stay; facts on the bytes are those of the new ones."""
    update(tree, page("description: Whether the model was deleted", "description: Whether the model is gone"))
    bare = tmp_path / "whole.yaml"
    bare.write_text((tree / SPEC).read_text(encoding="utf-8") + "# more\n", encoding="utf-8")

    done = update(tree, bare)

    assert done.returncode == 0, done.stderr
    entry = json.loads((tree / "specs" / "provenance.json").read_text(encoding="utf-8"))["specs/baseten.yaml"]
    assert (entry["source"], entry["index"]) == ("Baseten, Delete models, again", "https://docs.baseten.co/llms.txt")
    assert (entry["from"], entry["block"], entry["how"]) == ("whole.yaml", None, "byte for byte, all of it")


CHANGES = {
    "        - id\n        - deleted\n": "        - id\n",
    "          type: boolean": "          type: string",
    "        deleted:\n": "        when:\n          type: string\n        deleted:\n",
    "title: Baseten management API": "title: Another name",
}


def test_each_change_has_its_line(tree, page):
    path = page()
    for old, new in CHANGES.items():
        change(path, old, new)

    done = update(tree, path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "breaking       baseten      schemas.ModelTombstoneV1.deleted: required became optional",
        "breaking       baseten      schemas.ModelTombstoneV1.deleted.type: boolean became string",
        "compatible     baseten      schemas.ModelTombstoneV1.when: field added",
        "documentation  baseten      info.title: reworded",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("components:\n", "# a comment\ncomponents:\n", id="comment"),
        pytest.param(
            "paths:\n",
            "paths:\n  /v1/other:\n    get: {responses: {'200': {description: x}}}\n",
            id="not-ours",
        ),
    ],
)
def test_a_change_that_users_do_not_see_is_one_line_too(old, new, tree, page):
    done = update(tree, page(old, new))

    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("documentation ")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            "title: ModelTombstoneV1",
            "title: Stone",
            "breaking       baseten      "
            "expunge_clients.baseten.models.model_tombstone_v1.ModelTombstoneV1: renamed to Stone",
            id="title-that-names-a-class",
        ),
        pytest.param(
            "type: boolean",
            "type: boolean\n          deprecated: false",
            "documentation  baseten      specs/baseten.yaml: written differently, with the same meaning",
            id="default-written-out",
        ),
        pytest.param(
            "      schema:\n        type: string\n      name: model_id",
            "      schema:\n        type: integer\n      name: model_id",
            "breaking       baseten      parameters.model_id.type: string became integer "
            "(in get_model, delete_model, list_deployments and 3 more)",
            id="shared-parameter",
        ),
    ],
)
def test_what_is_one_change_is_one_line(old, new, line, tree, page):
    done = update(tree, page(old, new), "--check")

    assert (done.stdout, done.returncode) == (f"{line}\n", 1)


def test_check_reports_and_changes_nothing(tree, page):
    before = state(tree)

    done = update(tree, page("type: boolean", "type: string"), "--check")

    assert done.returncode == 1
    assert done.stdout.startswith("breaking")
    assert state(tree) == before


def test_check_of_the_same_page_is_fine(tree, page):
    assert update(tree, page(), "--check").returncode == 0


def git(tree, *arguments):
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "core.hooksPath="]
    subprocess.run(["git", *identity, "-C", str(tree), *arguments], check=True)


@pytest.mark.parametrize("commits", [0, 2], ids=["in-the-tree", "committed"])
def test_an_overlay_made_ready_first_is_compared_with_the_last_one_that_fits(commits, tree, page):
    """Upstream moves the route: the overlay must change before the page is taken in, and then fits the old no more."""
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "before")
    path = page("  /v1/models/{model_id}:", "  /v2/models/{model_id}:")
    refused = update(tree, path)
    overlay = tree / "overlays" / "baseten.overlay.yaml"
    text = overlay.read_text(encoding="utf-8")
    overlay.write_text(
        text.replace("DELETE /v1/models/{model_id}", "DELETE /v2/models/{model_id}").replace(
            "$.paths['/v1/models/{model_id}']", "$.paths['/v2/models/{model_id}']"
        ),
        encoding="utf-8",
    )
    for number in range(commits):
        git(tree, "commit", "-qam", f"Make the overlay ready, {number}")
        with overlay.open("a", encoding="utf-8") as file:
            file.write("# so it is\n")

    done = update(tree, path)

    assert refused.returncode == 2
    assert "overlays/baseten.overlay.yaml: 'x-operations' names DELETE /v1/models/{model_id}" in refused.stderr
    assert "DELETE /v2/models/{model_id} looks like it" in refused.stderr
    assert done.returncode == 0, done.stderr
    assert re.search(r"^breaking .*delete_model\b.*/v2/models", done.stdout, re.MULTILINE)


def test_a_refusal_names_the_change_of_the_corrected_place(tree, page):
    """The old spec is in the tree: nobody has to look for the difference."""
    done = update(tree, page("description: ''", "description: It is gone"))

    assert done.returncode == 2
    assert 'description was "" and is "It is gone"' in done.stderr


def test_without_an_overlay_that_fits_there_is_nothing_to_compare_with(tree, page):
    """A clone of one commit may have no other: the message says so, and does not blame the new spec."""
    change(tree / SPEC, "  /v1/models/{model_id}:", "  /v0/models/{model_id}:")
    path = page("  /v0/models/{model_id}:", "  /v1/models/{model_id}:")

    done = update(tree, path)

    assert done.returncode == 2
    reason = "no version of overlays/baseten.overlay.yaml, committed or not, fits specs/baseten.yaml as it is now"
    assert f"not taken in, nothing has changed: there is nothing to compare with: {reason}" in done.stderr
    assert "git fetch --unshallow" in done.stderr


@pytest.mark.parametrize("entry", ["missing", "of-other-bytes"])
def test_the_same_spec_without_its_provenance_is_taken_in(entry, tree, page):
    """`make check` sends a spec that was put there by hand to `make update`, which writes its provenance."""
    path = tree / "specs" / "provenance.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    if entry == "missing":
        del entries["specs/baseten.yaml"]
    else:
        entries["specs/baseten.yaml"]["sha256"] = "0" * 64
    path.write_text(json.dumps(entries), encoding="utf-8")
    refused = program(tree, "generate", "--check")

    done = update(tree, page())

    assert "take in a new spec with `make update`" in refused.stderr
    assert (done.returncode, done.stdout) == (
        0,
        "no change for users: the provenance of specs/baseten.yaml is written\n",
    )
    assert program(tree, "generate", "--check").returncode == 0
    assert update(tree, page()).stdout.startswith("no change: ")


def test_a_provider_that_was_put_there_by_hand_is_one_change(tree):
    """It has a spec and an overlay, and no client: everything of it is new."""
    for folder, ending in (("specs", "yaml"), ("overlays", "overlay.yaml")):
        shutil.copyfile(tree / folder / f"baseten.{ending}", tree / folder / f"fifth.{ending}")

    done = update(tree, tree / "specs" / "fifth.yaml", provider="fifth")

    assert (done.returncode, done.stdout) == (0, "compatible     fifth        fifth: provider added\n"), done.stderr


@pytest.fixture
def release(tree):
    """Commit the tree, and tag it as the last release."""
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"], ["tag", "v0.1.0"]):
        git(tree, *command)


BREAKING = "- **Breaking:** `schemas.ModelTombstoneV1.deleted.type`: boolean became string.\n"
REWORDED = "- The provider reworded its documentation.\n"
TO_0_2_0 = "From 0.1.0, the next version is 0.2.0; its notes are in changelog.d/baseten.spec.md."


@pytest.mark.usefixtures("release")
def test_notes_and_the_next_version_follow_from_all_that_changed_since_the_release(tree, page):
    """Only the fragment of the provider is overwritten. A change and its reverse leave nothing."""
    other = tree / NOTES.parent / "cerebras.spec.md"
    other.parent.mkdir()
    for path in (tree / NOTES, other):
        path.write_text("an old line\n", encoding="utf-8")
    same = page()
    text = same.read_text(encoding="utf-8")

    broken = update(tree, page("type: boolean", "type: string"))
    notes_of_broken = (tree / NOTES).read_text(encoding="utf-8")
    reworded = update(tree, page("Whether the model was deleted", "Whether the model is gone"))
    notes_of_reworded = (tree / NOTES).read_text(encoding="utf-8")
    same.write_text(text, encoding="utf-8")
    back = update(tree, same)

    assert broken.returncode == 0, broken.stderr
    assert TO_0_2_0 in broken.stderr
    assert notes_of_broken == f"baseten:\n{BREAKING}"
    assert reworded.stdout.startswith("documentation")
    assert TO_0_2_0 in reworded.stderr
    assert notes_of_reworded == f"baseten:\n{BREAKING}{REWORDED}"
    assert back.stdout.startswith("breaking")
    assert "Nothing has changed for users since v0.1.0." in back.stderr
    assert not (tree / NOTES).exists()
    assert other.read_text(encoding="utf-8") == "an old line\n"


def test_before_the_first_release_the_next_version_follows_from_all_updates(tree, page):
    update(tree, page("type: boolean", "type: string"))

    done = update(tree, page("Whether the model was deleted", "Whether the model is gone"))

    assert done.stdout.startswith("documentation")
    assert TO_0_2_0 in done.stderr
    assert (tree / NOTES).read_text(encoding="utf-8") == f"baseten:\n{BREAKING}{REWORDED}"


def test_before_the_first_release_no_line_is_lost_and_none_comes_twice(tree, page):
    (tree / NOTES.parent).mkdir()
    (tree / NOTES).write_text(f"baseten:\r\n- In my own words.\r\n{BREAKING}", encoding="utf-8", newline="")

    done = update(tree, page("type: boolean", "type: string"))

    assert done.returncode == 0, done.stderr
    assert (tree / NOTES).read_text(encoding="utf-8") == f"baseten:\n- In my own words.\n{BREAKING}"


def test_before_the_first_release_the_level_is_the_highest_of_all_fragments(tree, page):
    (tree / NOTES.parent).mkdir()
    (tree / NOTES.parent / "mine.changed.md").write_text("**Breaking:** `expunge.x` is gone.\n", encoding="utf-8")

    done = update(tree, page("Whether the model was deleted", "Whether the model is gone"))

    assert "From 0.1.0, the next version is 0.2.0;" in done.stderr


@pytest.mark.parametrize(
    ("place", "content", "words"),
    [
        pytest.param(NOTES, b"baseten:\n- \xff\n", "baseten.spec.md is not UTF-8", id="not-utf-8"),
        pytest.param(NOTES / "file", b"", "baseten.spec.md cannot be read (Is a directory)", id="a-folder"),
        pytest.param(NOTES.parent, b"", "changelog.d is not a folder", id="a-file-for-the-folder"),
    ],
)
def test_a_fragment_that_cannot_be_written_stops_the_update_before_its_work(place, content, words, tree, page):
    """The generator refuses the page, so the words show that it has not run."""
    (tree / place).parent.mkdir(parents=True, exist_ok=True)
    (tree / place).write_bytes(content)
    before = state(tree)

    done = update(tree, page("application/json:", "application/weird:"))

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "not taken in, nothing has changed: changelog.d" in line
    assert words in line
    assert state(tree) == before


SPEC_TEXT = (FROZEN / SPEC).read_text(encoding="utf-8")
BOMB = "".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))


UNPRINTABLE = r'"2\e[31m\x9b\x7f\u202e\u2066\L\P00"'
"""In YAML's escapes: control characters of both kinds, a turn of the direction, and separators of lines."""


def bad(text, words, name):
    return pytest.param(text, words, id=name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        bad(SPEC_TEXT.replace("openapi: 3.1.0", "openapi: ["), "line", "not-yaml"),
        bad(SPEC_TEXT[:700], "", "cut-in-the-middle"),
        bad(SPEC_TEXT.replace("  title: Baseten", "  title: x\n  title: Baseten"), "title", "key-twice"),
        bad(SPEC_TEXT + "x-bomb:\n  l0: &l0 [a, a]\n" + BOMB, "", "alias-bomb"),
        bad(SPEC_TEXT + "x: !!python/object/apply:os.system [touch pwned]\n", "tag", "unknown-tag"),
        bad("name: x\n", "no spec", "not-openapi"),
        bad("openapi: 3.1.0\n", "baseten.overlay.yaml: 'x-operations' names", "nothing-but-a-version"),
        bad(
            SPEC_TEXT.replace("openapi: 3.1.0", "openapi: 3.0.3"), "OpenAPI 3.0.3; only 3.1 is accepted", "openapi-3-0"
        ),
        bad(SPEC_TEXT.replace("openapi: 3.1.0", "swagger: '2.0'"), "OpenAPI 2.0", "openapi-2"),
        bad(SPEC_TEXT.replace("#/components/schemas/Model", "other.yaml#/Model"), "nothing is fetched", "another-file"),
        bad(
            SPEC_TEXT.replace("'#/components/schemas/Model", "'http://127.0.0.1:9/x#/Model"),
            "nothing is fetched",
            "another-address",
        ),
        bad(SPEC_TEXT.replace("schemas/ModelTombstoneV1'", "schemas/Nothing'"), "leads nowhere", "dangling"),
        bad(
            SPEC_TEXT.replace("type: boolean", "type: bool"),
            "not valid: schema ModelTombstoneV1 at /properties/deleted/type",
            "invalid",
        ),
        bad(SPEC_TEXT.replace("    delete:", "    patch:"), "baseten.overlay.yaml: 'x-operations' names", "overlay"),
        bad(SPEC_TEXT.replace("          type: boolean", "          type: boolean\n          if: {}"), "'if'", "rule"),
        bad(SPEC_TEXT[: SPEC_TEXT.index("  securitySchemes:")], "declared nowhere", "cut-between-two-lines"),
        bad(SPEC_TEXT.replace("- ApiKeyAuth: []", "- Nope: []"), "'Nope' is declared nowhere", "undeclared-scheme"),
        bad(
            SPEC_TEXT.replace("'200':", f"{UNPRINTABLE}: 5\n        '200':"),
            "not valid: DELETE /v1/models/{model_id} at",
            "unprintable-status",
        ),
        bad(SPEC_TEXT.replace("- ApiKeyAuth: []", f"- {UNPRINTABLE}: []"), "declared nowhere", "unprintable-scheme"),
        bad("", "no spec", "empty"),
        bad("[" * 100_000, "", "deep"),
        bad("\x00\x01", "", "binary"),
    ],
)
def test_bad_input_is_one_line_and_leaves_everything_as_it_was(text, words, tree, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    before = state(tree)

    done = update(tree, path)

    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {path}: not taken in, nothing has changed: ")
    assert words in line
    assert line.isprintable()
    assert len(line) < 1200
    assert state(tree) == before
    assert list((tree / ".cache").glob("update-*")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# Only words\n", "no spec"),
        (f"```yaml\n{SPEC_TEXT}```\n\n```yaml\n{SPEC_TEXT}```\n", "2 specs"),
        (f"```yaml\n{SPEC_TEXT}", "cut short"),
    ],
)
def test_a_page_without_exactly_one_spec_changes_nothing(text, words, tree, tmp_path):
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    before = state(tree)

    done = update(tree, path)

    assert done.returncode == 2
    assert words in done.stderr
    assert state(tree) == before


def test_a_file_that_is_not_utf_8_changes_nothing(tree, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes(SPEC_TEXT.encode().replace(b"Baseten management", b"Baseten \xff management"))

    done = update(tree, path)

    assert done.returncode == 2
    assert done.stderr == f"error: {path}: not taken in, nothing has changed: line 4 is not UTF-8\n"


def test_an_unknown_provider_is_named(tree, page):
    done = update(tree, page(), provider="nobody")

    assert done.returncode == 2
    assert "'nobody' is not a provider; the providers are baseten" in done.stderr


LIMITED = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def test_a_complete_spec_of_13_megabytes_is_taken_in_with_bounded_memory(tree, tmp_path):
    """Its thousands of operations are not ours: what is generated stays as it was."""
    before = contents(tree / "generated" / "expunge_clients" / "baseten")
    words = "words " * 200
    responses = f"{{'200': {{description: {words}}}}}"
    more = "".join(
        f"  /v1/{n}:\n    get:\n      operationId: o{n}\n      responses: {responses}\n" for n in range(11_000)
    )
    spec = tmp_path / "whole.yaml"
    spec.write_text(SPEC_TEXT.replace("paths:\n", f"paths:\n{more}"), encoding="utf-8")
    assert spec.stat().st_size > 13_000_000
    gibibyte = 1 << 30

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(2 * gibibyte), str(tree / "scripts" / "update.py"), "baseten", str(spec)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("documentation")
    assert contents(tree / "generated" / "expunge_clients" / "baseten") == before


def test_a_tree_that_cannot_be_built_is_not_swapped_in(tree, page):
    change(
        tree / "scripts" / "clients" / "harden" / "templates.py",
        '"{% if not property.required %}and not",',
        '"{% if not property.required %}and never",',
    )
    before = state(tree)

    done = update(tree, page("was deleted", "is gone"), run=own_program)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert state(tree) == before
