"""Users' checkers, both in their strictest mode, against the installed wheel."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from attrs import frozen
from tests.packaging.environment import run

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
MARK = "  # wrong: "


@frozen(order=True)
class Finding:
    """One finding of a checker about a line; lines begin at 1."""

    line: int
    words: str


def mypy(program: Path, python: Path) -> list[Finding]:
    options = ("--strict", "--output=json", "--config-file=", f"--cache-dir={program.parent / 'cache'}")
    done = run(sys.executable, "-m", "mypy", *options, "--python-executable", python, program, cwd=program.parent)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    said = map(json.loads, filter(None, done.stdout.splitlines()))  # a clean run prints an empty line
    return [Finding(one["line"], one["message"]) for one in said if one["severity"] == "error"]


def pyright(program: Path, python: Path) -> list[Finding]:
    config = program.parent / "pyrightconfig.json"
    config.write_text(json.dumps({"include": [program.name], "typeCheckingMode": "strict"}))
    arguments = ("--outputjson", "--project", config, "--pythonpath", python)
    done = run(sys.executable, "-m", "pyright", *arguments, cwd=program.parent)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    said = report["generalDiagnostics"]
    return [Finding(one["range"]["start"]["line"] + 1, one["message"]) for one in said if one["severity"] == "error"]


both_checkers = pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)


@pytest.fixture
def copied(tmp_path):
    """Put a program where no setting and no source of the repository can reach it."""
    return lambda name: Path(shutil.copy(HERE / name, tmp_path))


@both_checkers
def test_right_uses_are_clean(checker, installed, copied):
    findings = checker(copied("consumer.py"), installed.python)

    assert findings == []


@both_checkers
def test_each_wrong_use_is_refused_and_nothing_else(checker, installed, copied):
    program = copied("wrong_uses.py")
    lines = dict(enumerate(program.read_text().splitlines(), start=1))
    marked = {number: line for number, line in lines.items() if MARK in line}

    findings = checker(program, installed.python)

    refused = {finding.line for finding in findings}
    assert {number: line for number, line in marked.items() if number not in refused} == {}, "passed as right"
    assert [finding for finding in sorted(findings) if finding.line not in marked] == [], "refused, but right"


@both_checkers
def test_it_is_the_installed_wheel_that_is_checked(checker, installed, tmp_path):
    """Elsewhere than in the environment there is no expunge to be found."""
    program = tmp_path / "elsewhere.py"
    program.write_text("import expunge\n\nprint(expunge.__version__)\n")
    bare = tmp_path / "bare"
    run(installed.python, "-m", "venv", "--without-pip", bare, cwd=tmp_path)

    assert any("expunge" in finding.words for finding in checker(program, bare / "bin" / "python"))
