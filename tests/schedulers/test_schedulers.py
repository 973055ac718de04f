"""The examples of docs/bulk.md run under Airflow and Dagster: a task that is killed goes on at its second try.

`make schedulers` installs both.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journal.journals import outcomes
from tests.project.markdown import blocks
from tests.trees import ROOT

from expunge.sandbox import Sandbox

SCHEDULERS = os.environ.get("EXPUNGE_SCHEDULERS")
MODEL = "replicate:acme/churn"

pytestmark = pytest.mark.skipif(not SCHEDULERS, reason="EXPUNGE_SCHEDULERS is not set; `make schedulers` sets it")

# The program, whose first process is killed when it has printed its first result.
KILLED = f"""#!{sys.executable}
import subprocess
import sys

command = [sys.executable, "-m", "expunge", *sys.argv[1:]]
if sys.argv[1] != "execute":
    sys.exit(subprocess.run(command).returncode)
with subprocess.Popen([*command, "--concurrency", "1"], stdout=subprocess.PIPE) as running:
    running.stdout.readline()
    running.kill()
sys.exit(137)
"""

RUN = {
    "airflow": "from clean_up import dag; assert dag.test().state == 'success'",
    "dagster": "from clean_up import clean_up; assert clean_up.execute_in_process().success",
}
PREPARE = {"airflow": ["airflow", "db", "migrate"], "dagster": None}


def example(word):
    """Return the example of docs/bulk.md that has *word*."""
    (found,) = [piece.text for piece in blocks(ROOT / "docs" / "bulk.md", "") if word in piece.text]
    return found


def deletes(sandbox):
    return [request.target.rpartition("/")[2] for request in sandbox.requests if request.method == "DELETE"]


@pytest.mark.parametrize(("name", "word"), [("airflow", "BashOperator"), ("dagster", "@dagster.op")])
def test_a_task_that_is_killed_goes_on_at_its_second_try(name, word, tmp_path):
    programs = (Path(SCHEDULERS) / name / "bin").absolute()
    (tmp_path / "clean_up.py").write_text(example(word).replace("/srv/clean-up", str(tmp_path)))
    (tmp_path / "bin").mkdir()
    killed = tmp_path / "bin" / "expunge"
    killed.write_text(KILLED)
    killed.chmod(0o755)
    with Sandbox() as sandbox:
        environ = {
            "PATH": f"{killed.parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "PYTHONPATH": str(tmp_path),
            "AIRFLOW_HOME": str(tmp_path / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "0",
            **sandbox.environ,
        }
        plan = ["plan", MODEL, "--keep-last", "2", "-o", str(tmp_path / "replicate-acme.json")]
        subprocess.run([sys.executable, "-m", "expunge", *plan], env=environ, check=True, capture_output=True)
        if PREPARE[name]:
            subprocess.run(
                [programs / PREPARE[name][0], *PREPARE[name][1:]], env=environ, check=True, capture_output=True
            )
        done = subprocess.run(
            [programs / "python", "-c", RUN[name]], env=environ, capture_output=True, text=True, check=False
        )

    assert done.returncode == 0, done.stderr[-4_000:]
    (journal,) = tmp_path.glob("replicate-acme-*.journal")
    assert set(outcomes(journal).values()) == {"accepted"}
    with_two_tries = subprocess.run(
        [sys.executable, "-m", "expunge", "report", journal], env=environ, check=True, capture_output=True, text=True
    )
    assert "it was killed" in with_two_tries.stdout
    sent = deletes(sandbox)
    assert len(set(sent)) == len(outcomes(journal))
    assert len(sent) <= len(set(sent)) + 1
