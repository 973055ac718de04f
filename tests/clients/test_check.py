"""`update --check` for a nightly job: a change that our operations do not see wakes nobody."""

from pathlib import Path

import pytest
from tests.trees import program

pytestmark = pytest.mark.slow

SPEC = Path("specs", "baseten.yaml")
NOTES = Path("changelog.d", "baseten.spec.md")
UNSEEN = ("paths:\n", "paths:\n  /v1/other:\n    get: {responses: {'200': {description: x}}}\n")
VERSION = ("  version: ", "  version: 9.")
FIELD = ("        deleted:\n", "        when:\n          type: string\n        deleted:\n")


@pytest.fixture
def spec(tree, tmp_path):
    """Return a function that writes the spec with replacements, and returns its path."""

    def write(*replacements):
        text = (tree / SPEC).read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "new.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("replacements", "check", "code"),
    [
        pytest.param([UNSEEN, VERSION], "--check", 0, id="unseen"),
        pytest.param([UNSEEN], "--check=any", 1, id="unseen-but-any"),
        pytest.param([FIELD], "--check=breaking", 0, id="compatible-but-breaking"),
        pytest.param([FIELD], "--check=compatible", 1, id="compatible"),
    ],
)
def test_a_check_fails_from_the_threshold_on(replacements, check, code, tree, spec):
    done = program(tree, "update", "baseten", str(spec(*replacements)), check)

    assert (done.returncode, done.stderr) == (code, "")
    assert len(done.stdout.splitlines()) == 1


def test_an_update_that_our_operations_do_not_see_writes_no_note_and_proposes_no_version(tree, spec):
    done = program(tree, "update", "baseten", str(spec(UNSEEN)))

    assert done.returncode == 0, done.stderr
    assert done.stdout == "documentation  baseten      specs/baseten.yaml: changed, but no part that is used here\n"
    assert not (tree / NOTES).exists()
    assert "Taken in. Nothing that our operations use has changed, so the version stays 0.1.0." in done.stderr
    assert "/v1/other" in (tree / SPEC).read_text(encoding="utf-8")
