"""Keep rules and `--at-most` on the command line."""

import json

from expunge.cli.approval_page.render import page_of
from expunge.plans.plan import Plan

BASETEN = "baseten:mod3x7q"


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
