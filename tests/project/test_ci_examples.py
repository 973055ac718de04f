"""The examples for CI run against the sandbox: their steps are what a runner would give to a shell."""

import json
import re
import shlex

import pytest
import yaml
from tests.project.markdown import blocks
from tests.project.shell import Shell
from tests.trees import ROOT

from expunge.sandbox import Sandbox

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "policy-in-ci.md"
POLICY, GITHUB, GITLAB, PRE_COMMIT = (block.text for block in blocks(PAGE, "yaml"))
(DOCKERFILE,) = (block.text for block in blocks(PAGE, "dockerfile"))

LEFT = ["truefoundry:fraud-repo/churn@5", "truefoundry:fraud-repo/churn@6", "truefoundry:fraud-repo/churn@7"]


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def shell(sandbox, tmp_path):
    made = Shell(tmp_path / "clone", sandbox, recorded=("pip", "gh", "curl", "useradd"))
    (made.folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return made


def left(sandbox):
    return [ref for number in range(1, 8) if sandbox.holds(ref := f"truefoundry:fraud-repo/churn@{number}")]


def run_all(shell, texts, **environ):
    for text in texts:
        done = shell.run(text, **environ)
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"


def test_the_action_comments_the_plan_and_executes_it_after_approval(shell, sandbox):
    jobs = yaml.safe_load(GITHUB)["jobs"]
    plan, execute = ([step["run"] for step in jobs[name]["steps"] if "run" in step] for name in ("plan", "execute"))
    summary = shell.folder / "summary.md"

    run_all(shell, plan, GITHUB_STEP_SUMMARY=str(summary), NUMBER="17")

    assert sum(request.method != "GET" for request in sandbox.requests) == 0
    assert "gh pr comment 17 --body-file plan.md" in shell.record
    assert "### 4 of 7 versions would be deleted" in (shell.folder / "plan.md").read_text()
    assert summary.read_text() == (shell.folder / "plan.md").read_text()

    run_all(shell, execute, GITHUB_STEP_SUMMARY=str(summary))

    assert left(sandbox) == LEFT
    assert "4 deleted" in summary.read_text()
    assert jobs["execute"]["environment"] == "deletions"


def test_the_pipeline_comments_the_plan_and_executes_it_by_hand(shell, sandbox):
    jobs = yaml.safe_load(GITLAB)
    variables = {"CI_MERGE_REQUEST_IID": "4", "CI_PROJECT_ID": "9", "CI_API_V4_URL": "https://git.example.com/api/v4"}

    run_all(shell, jobs["default"]["before_script"] + jobs["plan"]["script"], COMMENT_TOKEN="t", **variables)

    assert sum(request.method != "GET" for request in sandbox.requests) == 0
    assert "https://git.example.com/api/v4/projects/9/merge_requests/4/notes" in shell.record
    assert "body@plan.md" in shell.record

    run_all(shell, jobs["execute"]["script"] + jobs["execute"]["after_script"])

    assert left(sandbox) == LEFT
    assert jobs["execute"]["rules"][0]["when"] == "manual"


def test_the_hook_refuses_a_policy_with_a_mistake(shell):
    (hook,) = yaml.safe_load(PRE_COMMIT)["repos"][0]["hooks"]
    (shell.folder / "policy-bad.yaml").write_text(POLICY.replace("keep:", "keeps:"), encoding="utf-8")

    good = shell.run('"$@"', "-", *shlex.split(hook["entry"]), "policy.yaml")
    bad = shell.run('"$@"', "-", *shlex.split(hook["entry"]), "policy-bad.yaml", "policy.yaml")

    assert (good.returncode, bad.returncode) == (0, 2), good.stderr
    assert "policy-bad.yaml:" in bad.stderr
    assert re.search(hook["files"], "ops/policy-fraud.yml")
    assert not re.search(hook["files"], "ops/values.yaml")


def test_the_image_has_the_command_as_its_entry_point(shell):
    (run,) = re.findall(r"^RUN (.+)$", DOCKERFILE, re.MULTILINE)
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)

    run_all(shell, [run, shlex.join([*json.loads(entry), "plan", "--policy", "policy.yaml", "-o", "plan.json"])])

    assert shell.record.splitlines() == [
        "pip install --no-cache-dir expunge[cli]",
        "useradd --create-home expunge",
    ]
    assert (shell.folder / "plan.json").exists()
