"""`scripts/apply_overlay.py` as it is run: what it prints, where, and its exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.forks import PROGRAMS

PROGRAM = Path(__file__).resolve().parents[2] / "scripts" / "apply_overlay.py"
HEAD = "overlay: 1.1.0\ninfo: {title: t, version: '1'}\nactions:\n"


@pytest.fixture
def apply(tmp_path):
    """Run the program on an overlay and a document, given as text."""

    def run(overlay, document, *flags):
        (tmp_path / "overlay.yaml").write_text(overlay, encoding="utf-8")
        (tmp_path / "document.yaml").write_text(document, encoding="utf-8")
        return PROGRAMS.run([PROGRAM, "overlay.yaml", "document.yaml", *flags], cwd=tmp_path, env=os.environ)

    return run


def test_yaml_in_json_out_with_scalars_as_they_were_written(apply):
    done = apply(
        HEAD + "- {target: $, update: {on: no}}\n",
        "200: yes\nday: 2026-01-02\nnumber: 1e3\nport: 08\nmode: 0o17\nname: Ünï\n",
    )

    assert json.loads(done.stdout) == {
        "200": "yes", "day": "2026-01-02", "number": 1000.0, "port": 8, "mode": 15, "name": "Ünï", "on": "no"
    }  # fmt: skip
    assert "Ünï" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_json_overlay_on_json_document(apply):
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": "t", "version": "1"},
        "actions": [{"target": "$", "update": {"b": 2}}],
    }

    done = apply(json.dumps(overlay), '{"a": 1}')

    assert json.loads(done.stdout) == {"a": 1, "b": 2}


@pytest.mark.parametrize("write_overlay", [str, json.dumps], ids=["yaml", "json"])
@pytest.mark.parametrize("document", ["a: 1\n", '{"a": 1}'], ids=["on-yaml", "on-json"])
def test_either_format_is_applied_to_either(apply, write_overlay, document):
    overlay = {"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": [{"target": "$.a", "update": 2}]}

    done = apply(write_overlay(overlay), document)

    assert (done.returncode, json.loads(done.stdout)) == (0, {"a": 2})


def test_no_match_is_a_warning(apply):
    done = apply(HEAD + "- {target: $.absent, remove: true}\n", "a: 1\n")

    assert (done.returncode, json.loads(done.stdout)) == (0, {"a": 1})
    assert "warning" in done.stderr
    assert "$.absent" in done.stderr


@pytest.mark.parametrize(
    ("overlay", "document", "flags", "words"),
    [
        pytest.param(
            HEAD + "- {target: $.absent, remove: true}\n", "a: 1", ["--strict"], "nothing", id="strict-no-match"
        ),
        pytest.param(HEAD + "- {target: $.a, update: {}}\n", "a: 1", [], "action 1", id="not-applicable"),
        pytest.param("overlay: 2.0.0\n", "a: 1", [], "'overlay'", id="invalid-overlay"),
        pytest.param("a: [1\n", "a: 1", [], "line", id="overlay-is-no-yaml"),
        pytest.param(HEAD + "- {target: $, x-a: 1, x-a: 2}\n", "a: 1", [], "twice", id="extension-twice"),
        pytest.param(HEAD + "- {target: '$.a[?@==1e400]'}\n", "a: [1]", [], "1e400", id="number-too-large"),
        pytest.param(HEAD + f"- {{target: '${'.a' * 100_000}'}}\n", "a: 1", [], "characters", id="target-too-long"),
        pytest.param(HEAD + "- {target: $, update: {}}\n", "a: 1\na: 2\n", [], "twice", id="duplicate-key"),
        pytest.param(HEAD + "- {target: $, update: {}}\n", "a: !secret 1\n", [], "!secret", id="unknown-tag"),
        pytest.param(HEAD + "- {target: $, update: {}}\n", '{"a": NaN}', [], "NaN", id="not-a-number"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_1(apply, overlay, document, flags, words):
    done = apply(overlay, document, *flags)

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_a_missing_file_is_named(tmp_path):
    command = [sys.executable, str(PROGRAM), "nowhere.yaml", "nowhere.json"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "nowhere.yaml" in done.stderr


def test_an_equal_number_is_written_as_the_overlay_has_it(apply):
    done = apply(HEAD + "- {target: $.a, update: 1.0}\n", "a: 1\n")

    assert done.stdout == '{\n  "a": 1.0\n}\n'
