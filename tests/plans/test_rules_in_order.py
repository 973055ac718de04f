"""Rules of a policy beside one another: the first that fits applies, and one without any effect is a mistake."""

import json
import random

import pytest
import yaml
from tests.plans.test_policies import parse, rule

import expunge
from expunge import InvalidPolicy
from expunge.plans.policies.rule import PolicyRule
from expunge.plans.policies.rule_index import RuleIndex
from expunge.providers._patterns import ModelPattern


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (["baseten:*"], ["baseten:mod1"]),
        (["baseten:*"], ["baseten:mod*"]),
        (["baseten:mod1"], ["baseten:mod1"]),
        (["truefoundry:*"], ["truefoundry:fraud-repo/*"]),
        (["truefoundry:*/*"], ["truefoundry:*"]),
        (["truefoundry:fraud-repo/c*"], ["truefoundry:fraud-repo/ch?rn"]),
        (["baseten:a*", "baseten:b*"], ["baseten:ab", "baseten:ba*"]),
    ],
)
def test_a_rule_that_no_model_can_reach_is_a_mistake(earlier, later):
    document = {"version": 1, "rules": [{"models": m, "keep": {"last": 1}} for m in (earlier, ["cerebras:a/b"], later)]}

    with pytest.raises(InvalidPolicy, match=r"policy.yaml:\d+: No model can reach rule 3: rule 1 \(line 2\) takes"):
        parse(yaml.safe_dump(document, sort_keys=True))


def test_a_rule_is_taken_by_several_together():
    document = [{"models": [m], "keep": {"last": 1}} for m in ("baseten:a*", "baseten:b*")]
    document.append({"models": ["baseten:aa", "baseten:bb"], "keep": {"last": 1}})

    with pytest.raises(InvalidPolicy, match=r"rule 1 \(line 2\) and rule 2 \(line 6\) take all"):
        parse(yaml.safe_dump({"rules": document, "version": 1}))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (["baseten:mod1"], ["baseten:*"]),
        (["truefoundry:fraud-repo/*"], ["truefoundry:*/churn"]),
        (["baseten:*"], ["baseten:mod1", "cerebras:acme/a"]),
        (["baseten:a*"], ["baseten:A*"]),
    ],
)
def test_a_rule_that_some_model_can_reach_is_none(earlier, later):
    document = {"version": 1, "rules": [{"models": models, "keep": {"last": 1}} for models in (earlier, later)]}

    assert len(parse(yaml.safe_dump(document)).rules) == 2


@pytest.mark.parametrize(
    "text",
    [
        rule("keep: {last: 1}\n    protect: ['*-prod']"),
        rule("delete: {match: ['v1*', 'w*']}\n    protect: ['v*']"),
        rule("delete: {match: ['v*']}", "['replicate:a/b', 'truefoundry:*']"),  # an alias may have any form
        rule("delete: {match: ['?[!g-z]*f']}", "['replicate:a/b']"),
        rule("keep: {last: 1}", "['truefoundry:???/?', 'cerebras:acme/..?', 'baseten:?']"),
    ],
)
def test_a_rule_that_may_delete_is_no_mistake(text):
    assert len(parse(text).rules) == 1


def test_a_rule_may_keep_its_models_from_a_later_rule():
    """The first rule that fits applies, so a rule that protects everything is an exception to a later one."""
    exception = rule("keep: {last: 1}\n    protect: ['*']", '["truefoundry:fraud-repo/*"]')

    found = parse(exception + "  - models: ['truefoundry:*/churn']\n    keep: {last: 1}\n")

    assert found.rule_of(expunge.parse_ref("truefoundry:fraud-repo/churn")).protects_everything
    with pytest.raises(InvalidPolicy, match="Rule 1 can never delete"):
        parse(exception + "  - models: ['truefoundry:credit/churn']\n    keep: {last: 1}\n")


GLOBS = ("mod{:02}*", "*-team{:02}", "*x{:02}*", "?{:02}", "m{:02}", "[ab]{:02}*", "m*-{:02}-*d", "*", "m*", "?*")


def test_the_index_finds_the_rule_that_a_search_of_all_rules_finds():
    patterns = [f"baseten:{glob.format(number)}" for number in range(1, 9) for glob in GLOBS]
    selection = parse(rule("keep: {last: 1}")).rules[0].selection
    random.Random(15).shuffle(patterns)  # noqa: S311 - the same order every time
    rules = [
        PolicyRule(number=number, line=number, patterns=(ModelPattern.parse(text),), selection=selection)
        for number, text in enumerate(patterns, 1)
    ]
    index = RuleIndex(rules)

    for text in ["mod01", "mod015", "a-team02", "ax03x", "q04", "m05", "a06z", "m-7-07-d", "z", "mod1-team08"]:
        model = expunge.parse_ref(f"baseten:{text}")
        assert index.rule_of(model) is next(each for each in rules if each.fits(model))
        assert {entry.rule.number for entry in index.fitting(model)} == {
            each.number for each in rules if each.fits(model)
        }
    for each in rules:
        (pattern,) = each.patterns
        assert index.taker(pattern) is next(other for other in rules if other.patterns[0].covers(pattern))


@pytest.mark.parametrize(
    "form",
    [
        "baseten:mod{:03}*",
        "truefoundry:repo-{:03}/*",
        "truefoundry:fraud-repo/*-{:03}",
        "truefoundry:fraud-repo/*x{:03}*",
        "cerebras:acme/?{:03}[ab]",
        "replicate:acme/m{:03}",
    ],
)
def test_a_rule_is_compared_with_few_of_many_others(form, monkeypatch):
    """A policy of 10,000 rules would take minutes if each were compared with all earlier ones."""
    compared = []
    covers = ModelPattern.covers
    monkeypatch.setattr(ModelPattern, "covers", lambda *both: compared.append(both) or covers(*both))
    document = [{"models": [form.format(number)], "keep": {"last": 1}} for number in range(100)]

    assert len(parse(json.dumps({"version": 1, "rules": document})).rules) == 100
    assert len(compared) <= 100
