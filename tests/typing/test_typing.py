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

    file: str
    line: int
    words: str


def mypy(folder: Path, python: Path) -> list[Finding]:
    options = ("--strict", "--output=json", "--config-file=", f"--cache-dir={folder / 'cache'}")
    programs = sorted(folder.glob("*.py"))
    done = run(sys.executable, "-m", "mypy", *options, "--python-executable", python, *programs, cwd=folder)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    said = map(json.loads, filter(None, done.stdout.splitlines()))  # a clean run prints an empty line
    return [Finding(Path(one["file"]).name, one["line"], one["message"]) for one in said if one["severity"] == "error"]


def pyright(folder: Path, python: Path) -> list[Finding]:
    config = folder / "pyrightconfig.json"
    programs = [path.name for path in folder.glob("*.py")]
    config.write_text(json.dumps({"include": programs, "typeCheckingMode": "strict"}))
    arguments = ("--outputjson", "--project", config, "--pythonpath", python)
    done = run(sys.executable, "-m", "pyright", *arguments, cwd=folder)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(programs)
    return [
        Finding(Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in report["generalDiagnostics"]
        if one["severity"] == "error"
    ]


both_checkers = pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)


@both_checkers
def test_right_uses_are_clean_and_each_wrong_one_is_refused(checker, installed, tmp_path):
    """The programs are where no setting and no source of the repository can reach them."""
    for name in ("consumer.py", "wrong_uses.py"):
        shutil.copy(HERE / name, tmp_path)
    lines = dict(enumerate((HERE / "wrong_uses.py").read_text().splitlines(), start=1))
    marked = {number: line for number, line in lines.items() if MARK in line}

    findings = checker(tmp_path, installed.python)

    refused = {finding.line for finding in findings if finding.file == "wrong_uses.py"}
    assert {number: line for number, line in marked.items() if number not in refused} == {}, "passed as right"
    wrongly = [finding for finding in findings if finding.file == "consumer.py" or finding.line not in marked]
    assert sorted(wrongly) == [], "refused, but right"


@both_checkers
def test_it_is_the_installed_wheel_that_is_checked(checker, installed, tmp_path):
    """Elsewhere than in the environment there is no expunge to be found."""
    (tmp_path / "elsewhere.py").write_text("import expunge\n\nprint(expunge.__version__)\n")
    bare = tmp_path / "bare"
    run(installed.python, "-m", "venv", "--without-pip", bare, cwd=tmp_path)

    assert any("expunge" in finding.words for finding in checker(tmp_path, bare / "bin" / "python"))
