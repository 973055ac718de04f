"""Keep rules and policies on the command line: the words, the exit codes, and nothing sent for a mistake."""

import json

import pytest

from expunge.cli.approval_page.render import page_of
from expunge.plans.plan import Plan

BASETEN = "baseten:mod3x7q"
POLICY = """version: 1
rules:
  - models: ["truefoundry:fraud-repo/*"]
    keep: {last: 2, monthly: 1}
  - models: ["baseten:mod3*", "cerebras:acme/*"]
    delete: {older_than: 90d}
    keep: {last: 1}
limits: {max_delete: 200, max_percent: 99}
"""


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY, encoding="utf-8")
    return str(path)


@pytest.fixture
def output(tmp_path):
    return str(tmp_path / "plan.json")


def test_a_plan_by_a_policy_names_the_rule_of_each_model(expunge, sandbox, policy, output):
    made = expunge("plan", "--policy", policy, "-o", output)

    assert made.code == 0
    rows = [line.split("\t") for line in made.stdout.splitlines()]
    assert {(row[1].partition("@")[0], row[5]) for row in rows} == {
        ("truefoundry:fraud-repo/churn", "rule 1, line 3"),
        ("baseten:mod3x7q", "rule 2, line 5"),
        ("cerebras:acme/gpt-oss-120b", "rule 2, line 5"),
    }
    assert "Not touched, as no rule of the policy fits: baseten:mod9z2k." in made.said
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_every_line_of_json_names_the_rule_too(expunge, policy, output):
    objects = expunge("plan", "--policy", policy, "-o", output, "--json").objects

    assert {(each["model"], each["policy_rule"]) for each in objects} == {
        ("truefoundry:fraud-repo/churn", 1),
        ("baseten:mod3x7q", 2),
        ("cerebras:acme/gpt-oss-120b", 2),
        ("baseten:mod9z2k", None),
    }
    assert objects[-1] == {"model": "baseten:mod9z2k", "policy_rule": None, "ref": None, "action": "not touched"}
    deleted = [each for each in objects if each["action"] == "delete"]
    assert {each["rule"] for each in deleted} == {"selected"}
    assert deleted[0]["ref"] == "truefoundry:fraud-repo/churn@4"


def test_the_lines_of_a_plan_are_no_list_to_delete(expunge, sandbox, output):
    """Half of them are versions that the plan keeps."""
    lines = expunge("plan", "baseten:mod3x7q", "--keep-last", "3", "-o", output, "--json").stdout
    asked = len(sandbox.requests)

    ended = expunge("delete", "--from-file", "-", "--yes", stdin=lines)

    assert (ended.code, ended.stdout) == (2, "")
    assert "is a version that a plan keeps" in ended.stderr
    assert len(sandbox.requests) == asked


def test_reports_show_the_rules(expunge, policy, output, tmp_path):
    expunge("plan", "--policy", policy, "-o", output)
    page = tmp_path / "plan.html"

    markdown = expunge("report", output, "--markdown").stdout
    expunge("report", output, "--html", str(page))

    assert "- `Rule 2, line 5: baseten:mod3*, cerebras:acme/*`" in markdown
    assert "By rule 1, line 3." in markdown
    shown = page.read_text(encoding="utf-8")
    assert "Rule 1, line 3: truefoundry:fraud-repo/*" in shown
    assert "The first rule that fits a model applies to it." in shown
    assert "Models that are not touched" in shown
    assert ", by rule 2, line 5." in shown
    assert f"--policy {policy}" in shown


def test_prune_takes_a_policy(expunge, sandbox, policy):
    ended = expunge("prune", "--policy", policy, "--yes", "--json", "--at-most", "2")

    assert ended.code == 0
    assert len(ended.objects) == 2
    assert not sandbox.holds(ended.objects[0]["ref"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["baseten:mod3x7q"], "only one of them"),
        (["--policy", "another.yaml"], "--policy takes one file"),
        (["--from-file", "-"], "only one of them"),
        (["--keep-last", "3"], "leave out --keep-last"),
        (["--older-than", "3d"], "leave out --older-than"),
    ],
    ids=["model", "another-policy", "file", "keep-last", "older-than"],
)
def test_a_policy_comes_without_models_and_selectors(arguments, says, expunge, sandbox, policy, output):
    ended = expunge("plan", "--policy", policy, "-o", output, *arguments)

    assert (ended.code, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize("command", ["plan", "prune", "check", "explain"])
def test_a_mistake_is_one_line_with_its_place(command, expunge, sandbox, tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY.replace("older_than", "older"), encoding="utf-8")
    arguments = {
        "plan": ["plan", "--policy", str(path), "-o", str(tmp_path / "plan.json")],
        "prune": ["prune", "--policy", str(path), "--yes"],
        "check": ["policy", "check", str(path)],
        "explain": ["policy", "explain", str(path), "baseten:mod3x7q@dep2bbb"],
    }

    ended = expunge(*arguments[command])

    assert (ended.code, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line == (
        f"error: {path}:6: 'older' is not a key of delete, which has older_than and match. Did you mean 'older_than'?"
    )
    assert sandbox.requests == []


def test_check_shows_the_rules_and_sends_nothing(expunge, sandbox, policy):
    checked, as_json = expunge("policy", "check", policy), expunge("policy", "check", policy, "--json")

    assert (checked.code, as_json.code) == (0, 0)
    assert checked.stdout.splitlines()[1] == (
        "rule 2\tline 5\tbaseten:mod3*, cerebras:acme/*\tkeep last 1; delete older_than 90d"
    )
    assert checked.said == [
        f"{policy}:5: cerebras gives no creation times, so older_than makes this rule select nothing there.",
        f"{policy} is a policy with 2 rules; it has no mistake.",
    ]
    assert as_json.objects[0]["models"] == ["truefoundry:fraud-repo/*"]
    assert sandbox.requests == []


def test_explain_shows_each_rule_and_the_decision_last(expunge, policy):
    shown = expunge("policy", "explain", policy, "baseten:mod3x7q@dep2bbb")
    as_json = expunge("policy", "explain", policy, "truefoundry:fraud-repo/churn@v7-prod", "--json")

    assert (shown.code, as_json.code) == (0, 0)
    lines = shown.stdout.splitlines()
    assert lines[1] == "rule 2\tline 5\tfits\tIts models are baseten:mod3*, cerebras:acme/*."
    assert lines[2] == "keep_last\tline 5\tselects\tNot the newest."
    assert lines[-1] == "decision\t-\tdelete\tSelected: not the newest; older than 90d."
    *verdicts, decision = as_json.objects
    assert {"rule": "aliased", "line": None, "verdict": "keeps", "reason": "Has the alias v7-prod."} in verdicts
    assert decision == {
        "ref": "truefoundry:fraud-repo/churn@7",
        "decision": "keep",
        "rule": "keep_last",
        "reason": "Among the newest 2.",
    }


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["explain"], 2, "explain needs a REF"),
        (["explain", "baseten:mod3x7q"], 2, "names a model"),
        (["explain", "baseten:mod3x7q@dep9zzz"], 1, "is not there"),
        (["check", "baseten:mod3x7q@dep9zzz"], 2, "check takes only a FILE"),
    ],
    ids=["no-reference", "a-model", "absent", "check-with-a-reference"],
)
def test_a_wrong_use_ends_with_its_code(arguments, code, says, expunge, policy):
    action, *ref = arguments

    ended = expunge("policy", action, policy, *ref)

    assert (ended.code, ended.stdout) == (code, "")
    assert says in ended.stderr


def test_two_policies_differ_by_the_versions_that_they_decide_on(expunge, policy, output, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(POLICY.replace("last: 2", "last: 3"), encoding="utf-8")
    expunge("plan", "--policy", policy, "-o", output)
    expunge("plan", "--policy", str(other), "-o", str(tmp_path / "new.json"))

    (found,) = expunge("diff", output, str(tmp_path / "new.json"), "--json").objects

    assert (found["starts"], found["gone"]) == ([], [])
    assert "truefoundry:fraud-repo/churn@6" in found["changed"]


def test_a_terminal_shows_the_rule_above_each_model(expunge, policy, output):
    shown = expunge.on_terminal("plan", "--policy", policy, "-o", output).stdout

    assert " to keep, by rule 1, line 3" in shown


def test_a_policy_file_is_json_as_well(expunge, tmp_path):
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"version": 1, "rules": [{"models": ["baseten:*"], "keep": {"last": 2}}]}))

    assert expunge("policy", "check", str(path)).code == 0


def test_each_keep_rule_is_an_option_of_plan_and_prune(expunge, sandbox, tmp_path):
    path = tmp_path / "plan.json"
    rules = {"keep_daily": 7, "keep_weekly": 4, "keep_monthly": 12, "keep_yearly": 2, "keep_within": "30d"}
    options = [word for name, value in rules.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    options += ["--at-most", "1"]

    made = expunge("plan", BASETEN, *options, "-o", str(path))
    pruned = expunge("prune", BASETEN, *options, "--dry-run")

    assert (made.code, pruned.code) == (0, 0)
    content = json.loads(path.read_text())
    assert {name: content["selection"][name] for name in rules} == rules
    assert " ".join(options) in page_of(Plan.load(path))
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_a_rule_that_keeps_nothing_is_named_as_an_option(expunge, sandbox):
    wrong = expunge("prune", BASETEN, "--keep-weekly", "0", "--yes")
    none = expunge("prune", BASETEN, "--at-most", "3", "--yes")

    assert (wrong.code, none.code) == (2, 2)
    assert "--keep-weekly is 0; at least one version of each model stays" in wrong.stderr
    assert "use --keep-last, --keep-daily, --keep-weekly" in none.stderr
    assert sandbox.requests == []


def test_at_most_lets_a_plan_pass_that_max_delete_refuses(expunge, tmp_path):
    limits = ["replicate:acme/churn", "--keep-daily", "1", "--max-delete", "2", "-o", str(tmp_path / "plan.json")]

    refused, made = expunge("plan", *limits), expunge("plan", *limits, "--at-most", "2")

    assert (refused.code, made.code) == (2, 0)
    assert len(Plan.load(tmp_path / "plan.json").deletions) == 2
