"""Plans by a policy, against the sandbox: the rule of each model, the guard rails, the file, and the execution.

The module is longer than most: each promise of docs/policies.md on plans has its test here.
"""

import json
from collections import Counter

import pytest
from tests.plans.reading import BASETEN, CEREBRAS, REPLICATE, TRUEFOUNDRY, Today, going, rules, statuses, writes

import expunge
from expunge.plans.difference import difference
from expunge.plans.file import hash_of
from expunge.sandbox import Sandbox
from expunge.sandbox.fleet import Size

POLICY = """version: 1
rules:
  - models: ["truefoundry:fraud-repo/*"]
    keep: {last: 2}
    protect: ["3"]
  - models: ["baseten:mod3*", "replicate:acme/churn"]
    delete: {older_than: 90d}
    keep: {last: 1}
  - models: ["cerebras:acme/*"]
    delete: {match: ["1", "3"]}
limits: {max_delete: 200, max_percent: 99}
"""


@pytest.fixture
def clock():
    return Today()


@pytest.fixture
def policy(tmp_path):
    """Return a function that writes a policy, and returns its path."""

    def write(text=POLICY):
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return one plan, for tests that only look at it."""
    path = tmp_path_factory.mktemp("policy") / "policy.yaml"
    path.write_text(POLICY, encoding="utf-8")
    with Sandbox() as sandbox, expunge.Client.from_env(sandbox.environ) as client:
        return client.plan(policy=path)


def names(plan, model):
    return {ref.rpartition("@")[2] for ref in going(plan) if ref.startswith(f"{model}@")}


def test_each_model_goes_by_the_first_rule_that_fits(policy, sandbox, client):
    path = policy()

    plan = client.plan(policy=path)

    assert {model.ref: model.policy_rule for model in plan.models} == {
        TRUEFOUNDRY: 1,
        BASETEN: 2,
        REPLICATE: 2,
        CEREBRAS: 3,
    }
    assert names(plan, TRUEFOUNDRY) == {"4", "2", "1"}
    assert names(plan, CEREBRAS) == {"1"}
    assert names(plan, BASETEN) == {"dep2bbb", "dep3ccc"}
    assert plan.selection is None
    assert [plan.selection_of(model).keep_last for model in plan.models] == [2, 1, 1, None]
    assert plan.policy.name == str(path)
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_a_model_that_no_rule_fits_is_listed_and_not_read(policy, sandbox, client):
    plan = client.plan(policy=policy())

    assert plan.untouched == ("baseten:mod9z2k",)
    assert not any("mod9z2k" in request.target for request in sandbox.requests)


def test_a_mistyped_glob_beside_a_good_one_is_named(policy, client):
    plan = client.plan(
        policy=policy(POLICY.replace('"truefoundry:fraud-repo/*"', '"truefoundry:fraud-repo/*", "baseten:mdo*"'))
    )

    assert f"Rule 1 ({plan.policy.name}:3): baseten:mdo* matches no model." in plan.remarks


def test_a_rule_without_a_model_and_a_glob_without_a_version_are_named(policy, client):
    text = POLICY.replace("truefoundry:fraud-repo/*", "truefoundry:fraud-repo/x*").replace('["1", "3"]', '["1", "99"]')

    plan = client.plan(policy=policy(text))

    place = plan.policy.name
    assert f"Rule 1 ({place}:3) applies to no model." in plan.remarks
    assert f"Rule 3 ({place}:9): '99' selects nothing: it matches no version." in plan.remarks
    assert plan.untouched == (TRUEFOUNDRY, "baseten:mod9z2k")


def test_no_model_at_all_makes_no_plan(policy, client):
    text = "version: 1\nrules: [{models: ['baseten:x*'], keep: {last: 1}}]\n"

    with pytest.raises(expunge.NotFound, match=r"No rule of .* fits a model that is there"):
        client.plan(policy=policy(text))


def test_a_model_that_is_named_and_not_there_makes_no_plan(policy, client):
    with pytest.raises(expunge.NotFound):
        client.plan(policy=policy(POLICY.replace("replicate:acme/churn", "replicate:acme/none")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [(POLICY.replace("keep: {last: 2}", "keep: {}"), ":4: "), (POLICY.replace("cerebras:acme", "replicate:a"), ":9: ")],
)
def test_a_mistake_sends_nothing(text, problem, policy, sandbox, client):
    with pytest.raises(expunge.InvalidPolicy, match=problem):
        client.plan(policy=policy(text))

    assert sandbox.requests == []


@pytest.mark.parametrize(
    "asked",
    [
        *({"keep_last": 3}, {"older_than": "3d"}, {"match": "*"}, {"keep_within": "1d"}, {"keep_yearly": 1}),
        *({"named": []}, {"protect": "["}, {"max_delete": -1}, {"at_most": 0}, {"max_percent": 101}),
    ],
    ids=str,
)
def test_a_policy_takes_no_other_selectors(asked, policy, sandbox, client):
    with pytest.raises(expunge.ConfigurationError):
        client.plan(policy=policy(), **asked)
    with pytest.raises(expunge.ConfigurationError):
        client.plan(BASETEN, policy=policy())

    assert sandbox.requests == []


def test_options_of_one_plan_join_the_policy(policy, client):
    parsed = expunge.Policy.load(policy())

    plan = client.plan(policy=parsed, at_most=2, protect="dep2*", include_aliased=True, max_delete=2)

    assert len(plan.deletions) == 2
    assert {"protected", "at_most"} <= {choice.rule for model in plan.models for choice in model.choices}


def test_the_limits_of_a_policy_are_explicit(policy, client):
    """A percentage holds with `keep` too, unlike the default."""
    with pytest.raises(expunge.PlanTooLarge) as raised:
        client.plan(policy=policy(POLICY.replace("99", "40")))
    assert raised.value.needed["max_percent"] > 40

    with pytest.raises(expunge.PlanTooLarge) as raised:
        client.plan(policy=policy(POLICY.replace("200", "3")))
    assert raised.value.needed["max_delete"] > 3

    assert client.plan(policy=policy(POLICY.replace("200", "3")), max_delete=200).deletions


def test_all_guard_rails_hold(policy, client):
    """Live, aliased, and the last one."""
    everything = "version: 1\nrules: [{models: ['%s'], delete: {match: ['*']}}]\nlimits: {max_percent: 100}\n"

    kept = rules(client.plan(policy=policy(everything % CEREBRAS)))
    assert (kept["3"], kept["2"]) == ("live", "aliased")
    assert set(rules(client.plan(policy=policy(everything % "baseten:mod9*"))).values()) == {"live", "selected"}
    assert "last_version" in rules(client.plan(policy=policy(everything % REPLICATE))).values()


def test_the_plan_comes_back_from_its_file_and_is_carried_out(policy, tmp_path, sandbox, client):
    plan = client.plan(policy=policy())
    plan.save(tmp_path / "plan.json")

    loaded = expunge.Plan.load(tmp_path / "plan.json")

    assert loaded == plan
    assert loaded.sha256 == plan.sha256
    content = json.loads((tmp_path / "plan.json").read_text())
    assert content["expunge_plan"] == 2
    assert content["models"][1]["policy_rule"] == 2
    assert content["policy"]["rules"][1]["models"] == ["baseten:mod3*", "replicate:acme/churn"]
    assert content["untouched"] == ["baseten:mod9z2k"]
    outcomes = Counter(tombstone.status for tombstone in client.execute(loaded))
    assert set(outcomes) == {"deleted", "accepted"}
    assert len(writes(sandbox)) == outcomes.total() == len(plan.deletions)


def test_a_run_by_a_policy_is_resumed_from_its_journal(policy, sandbox, tmp_path):
    """The journal holds the plan, with the rule of each model."""
    journal = tmp_path / "run.journal"
    with expunge.Client.from_env(sandbox.environ) as client:
        plan = client.plan(policy=policy())
        run = client.execute(plan, only=[choice.ref for choice in plan.deletions[:3]], journal=journal, concurrency=1)
        first = next(run)
        run.close()

        rest = {tombstone.ref for tombstone in client.resume(journal)}

    assert rest | {first.ref} == {choice.ref for choice in plan.deletions[:3]}


def test_a_version_that_serves_since_is_refused(policy, sandbox, client):
    plan = client.plan(policy=policy())
    sandbox.baseten.promote("mod3x7q", "dep2bbb")

    assert statuses(client.execute(plan))["dep2bbb"] == "refused"
    assert sandbox.holds(f"{BASETEN}@dep2bbb")


@pytest.mark.parametrize(("assumed", "status"), [({}, "failed"), ({"assume_not_live": "baseten:mod3*"}, "deleted")])
def test_an_assumption_holds_for_the_models_of_each_rule(assumed, status, policy, sandbox, client):
    plan = client.plan(policy=policy(), **assumed)
    sandbox.answer_next("baseten", "GET", 403, {}, path="/v1/models/mod3x7q/environments", times=99)

    (tombstone,) = client.execute(plan, only=[f"{BASETEN}@dep2bbb"])

    assert (tombstone.status == "deleted") == (status == "deleted")


def test_a_plan_without_a_policy_keeps_its_format(client):
    content = client.plan(BASETEN, keep_last=1, max_percent=100).to_dict()

    assert content["expunge_plan"] == 1
    assert not {"policy", "untouched"} & set(content)
    assert "policy_rule" not in content["models"][0]
    assert expunge.Plan.from_dict(content).to_dict() == content


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(lambda plan: plan["models"][0].update(policy_rule=2), id="another-rule"),
        pytest.param(lambda plan: plan["models"][0].update(policy_rule=True), id="truth-as-a-number"),
        pytest.param(lambda plan: plan["models"][0].pop("policy_rule"), id="no-rule"),
        pytest.param(lambda plan: plan.pop("untouched"), id="nothing-on-untouched-models"),
        pytest.param(lambda plan: plan.update(untouched=[BASETEN]), id="a-planned-model-as-untouched"),
        pytest.param(lambda plan: plan.update(untouched=["x"]), id="untouched-nonsense"),
        pytest.param(lambda plan: plan["policy"]["rules"].reverse(), id="another-order"),
        pytest.param(lambda plan: plan["policy"]["rules"][0].update(models=["baseten:*"]), id="other-models"),
        pytest.param(lambda plan: plan["policy"]["rules"][0]["selection"].update(keep_last=0), id="bad-count"),
        pytest.param(lambda plan: plan.update(expunge_plan=1), id="the-format-of-others"),
        pytest.param(lambda plan: plan.update(expunge_plan=3), id="a-later-format"),
        pytest.param(lambda plan: plan.pop("policy"), id="no-policy"),
    ],
)
def test_a_policy_in_a_plan_cannot_be_altered(alter, made, tmp_path):
    """The hash is right each time: the form is what does not hold."""
    content = json.loads(json.dumps(made.to_dict()))
    alter(content)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**content, "sha256": hash_of(content)}), encoding="utf-8")

    with pytest.raises(expunge.InvalidPlan):
        expunge.Plan.load(path)


def test_a_changed_policy_shows_in_the_difference(policy, client):
    old = client.plan(policy=policy())
    new = client.plan(policy=policy(POLICY.replace("last: 2", "last: 4").replace('["1", "3"]', '["1", "2", "3"]')))

    found = difference(old, new).to_dict()

    assert f"{TRUEFOUNDRY}@4" in found["stops"]
    assert found["starts"] == []
    assert found["gone"] == []


def test_an_explanation_has_the_line_of_the_third_rule(policy, client):
    explained = client.explain(f"{CEREBRAS}@1", policy=policy())

    assert [each.line for each in explained.verdicts if each.rule == "match"] == [9]


def test_an_explanation_has_each_rule_and_guard_and_the_decision(policy, client):
    explained = client.explain(f"{TRUEFOUNDRY}@3", policy=policy())

    assert [(each.rule, each.opinion) for each in explained.verdicts] == [
        ("rule 1", "fits"),
        ("rule 2", "does not fit"),
        ("rule 3", "does not fit"),
        ("keep_last", "selects"),
        ("undated", "does not fit"),
        ("protected", "keeps"),
        ("live", "does not fit"),
        ("live_unknown", "does not fit"),
        ("aliased", "does not fit"),
        ("alias_unknown", "does not fit"),
        ("last_version", "does not fit"),
    ]
    assert [each.line for each in explained.verdicts[:4]] == [3, 6, 9, 3]
    assert (explained.decision, explained.choice.rule) == ("keep", "protected")
    assert explained.reason == explained.verdicts[5].reason == "Protected by 3."
    assert explained.verdicts[3].reason == "Not among the newest 2."
    assert explained.verdicts[6].reason == "It is not known to be live."
    assert (explained.to_dict()["decision"], explained.to_dict()["rule"]) == ("keep", "protected")


def test_an_explanation_names_all_that_keeps_a_version(policy, client):
    """Not only the first reason, which decides."""
    explained = client.explain(f"{CEREBRAS}@production", policy=policy())

    assert explained.ref == f"{CEREBRAS}@3"
    opinions = {each.rule: each.opinion for each in explained.verdicts}
    assert (opinions["match"], opinions["live"], opinions["aliased"]) == ("selects", "keeps", "keeps")
    assert (explained.decision, explained.choice.rule) == ("keep", "live")


def test_the_decision_of_an_explanation_is_that_of_the_plan(policy, client):
    plan = client.plan(policy=policy())

    for model in plan.models:
        for choice in model.choices[-3:]:
            assert client.explain(choice.ref, policy=policy()).choice == choice.__class__(
                version=choice.version, action=choice.action, rule=choice.rule, reason=choice.reason
            )


def test_the_last_version_is_explained(policy, client):
    text = f"version: 1\nrules: [{{models: ['{REPLICATE}'], delete: {{match: ['*']}}}}]\n"
    newest = next(iter(client.versions(REPLICATE)))

    explained = client.explain(newest.ref, policy=policy(text))

    assert (explained.decision, explained.choice.rule) == ("keep", "last_version")
    assert explained.verdicts[-1].opinion == "keeps"


def test_a_version_that_no_rule_fits_is_not_touched(policy, sandbox, client):
    explained = client.explain("baseten:mod9z2k@dep5eee", policy=policy())

    assert (explained.decision, explained.choice, explained.limits) == ("not touched", None, ())
    assert {each.opinion for each in explained.verdicts} == {"does not fit"}
    assert explained.to_dict() == {
        "ref": "baseten:mod9z2k@dep5eee",
        "decision": "not touched",
        "rule": None,
        "reason": "No rule of the policy fits its model.",
    }
    assert writes(sandbox) == []


def test_a_version_that_no_rule_fits_has_no_explanation_if_it_is_not_there(policy, client):
    with pytest.raises(expunge.NotFound, match="is not there"):
        client.explain("baseten:mod9z2k@dep9zzz", policy=policy())


def test_an_alias_that_no_rule_fits_is_explained_by_its_number(policy, client):
    text = f"version: 1\nrules: [{{models: ['{BASETEN}'], keep: {{last: 1}}}}]\n"

    assert client.explain(f"{CEREBRAS}@production", policy=policy(text)).ref == f"{CEREBRAS}@3"


@pytest.mark.parametrize(
    ("limits", "opinions"),
    [
        ("{max_delete: 2}", ["does not fit", "does not fit"]),
        ("{max_delete: 1}", ["keeps", "does not fit"]),
        ("{max_percent: 49}", ["does not fit", "keeps"]),
        ("{max_percent: 50, max_delete: 1}", ["keeps", "does not fit"]),
    ],
)
def test_an_explanation_has_the_limits_that_would_refuse_the_plan(limits, opinions, policy, client):
    """Two of four versions would go."""
    text = f"version: 1\nrules: [{{models: ['{BASETEN}'], keep: {{last: 1}}}}]\nlimits: {limits}\n"

    explained = client.explain(f"{BASETEN}@dep2bbb", policy=policy(text))

    assert [each.rule for each in explained.limits] == ["max_delete", "max_percent"]
    assert [each.opinion for each in explained.limits] == opinions
    assert ["No plan is made" in each.reason for each in explained.limits] == [each == "keeps" for each in opinions]
    if "keeps" in opinions:
        with pytest.raises(expunge.PlanTooLarge):
            client.plan(policy=policy(text))


def test_a_later_rule_that_fits_too_says_which_comes_first(policy, client):
    text = POLICY.replace('"cerebras:acme/*"', '"cerebras:acme/*", "truefoundry:*"')

    verdicts = client.explain(f"{TRUEFOUNDRY}@1", policy=policy(text)).verdicts

    assert (verdicts[2].opinion, verdicts[2].reason) == ("does not fit", "Rule 1 fits first.")


def test_a_version_that_is_not_there_has_no_explanation(policy, client):
    with pytest.raises(expunge.NotFound, match="is not there"):
        client.explain(f"{TRUEFOUNDRY}@99", policy=policy())
    with pytest.raises(expunge.InvalidReference, match="fully qualified"):
        client.explain("model:acme/fraud-repo/churn:3", policy=policy())
    with pytest.raises(expunge.Refused, match="names a model"):
        client.explain(TRUEFOUNDRY, policy=policy())


def test_a_plan_reads_one_list_a_model_and_what_serves_once(policy):
    """Beside them, only the lists of models, and the ML repo of each; nothing is read twice."""
    text = POLICY.replace("truefoundry:fraud-repo/*", "truefoundry:*").replace("baseten:mod3*", "baseten:mod00*")
    text = text.replace(', "replicate:acme/churn"', "").replace("200", "1000")
    with Sandbox(fleet=Size(40, 4)) as sandbox, expunge.Client.from_env(sandbox.environ) as client:
        plan = client.plan(policy=policy(text))
        asked = Counter(request.target.partition("?")[0] for request in sandbox.requests)

    counts = Counter(model.ref.partition(":")[0] for model in plan.models)
    assert (counts, plan.untouched) == ({"truefoundry": 10, "baseten": 9, "cerebras": 10}, ("baseten:mod010",))
    assert asked.pop("/api/ml/v1/model-versions") == 10
    assert asked.pop("/api/ml/v1/ml-repos") == 1 + 3  # the list, and each by its name
    assert asked.pop("/api/svc/v1/models") == 3
    assert set(asked.values()) == {1}
    one_each = {"/v1/models", "/management/v1/orgs/acme/models", "/api/svc/v1/apps"}
    one_each |= {"/management/v1/orgs/acme/endpoints", "/management/v1/endpoints/acme-arch-010"}
    assert one_each <= set(asked)
    assert len(asked) == len(one_each) + 2 * 9 + 10
