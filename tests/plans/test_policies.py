"""The file of a policy: mistakes with their lines, the schema that editors use, and the rule of each model."""

import copy
import json
import os
import random
import re
import sys
from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.trees import ROOT

import expunge
from expunge import InvalidPolicy, Policy
from expunge.plans.policies.document import parse_policy
from expunge.plans.policies.rule import PolicyRule
from expunge.providers._patterns import ModelPattern

SCHEMA = json.loads(files("expunge").joinpath("policy.schema.json").read_text(encoding="utf-8"))
RULES = """version: 1
timezone: Europe/Berlin
rules:
  - models: ["truefoundry:fraud-repo/*"]
    keep: {last: 5, daily: 7, weekly: 4, monthly: 12, yearly: 1, within: 30d}
    protect: ["*-prod"]
  - models:
      - baseten:*
      - replicate:acme/churn
    delete: {older_than: 90d, match: ["[0-9]*"]}
    keep: {last: 3}
limits: {max_delete: 200, max_percent: 50}
"""


def parse(text):
    return parse_policy(text.encode(), "policy.yaml")


def rule(text, models='["baseten:*"]'):
    """Return a policy whose one rule has *text* on line 4."""
    return f"version: 1\nrules:\n  - models: {models}\n    {text}\n"


def test_each_rule_is_read_with_its_line_and_the_limits():
    first, second = parse(RULES).rules

    assert (first.number, first.line, first.models) == (1, 4, ("truefoundry:fraud-repo/*",))
    assert (second.number, second.line, second.models) == (2, 7, ("baseten:*", "replicate:acme/churn"))
    selection = first.selection
    assert (selection.keep_last, selection.keep_daily, selection.keep_weekly) == (5, 7, 4)
    assert (selection.keep_monthly, selection.keep_yearly, selection.keep_within) == (12, 1, "30d")
    assert (selection.protect, selection.timezone) == (("*-prod",), "Europe/Berlin")
    assert (selection.max_delete, selection.max_percent) == (200, 50)
    assert (second.selection.older_than, second.selection.match) == ("90d", ("[0-9]*",))
    assert second.selection.max_percent == 50


def test_a_policy_may_be_json():
    text = json.dumps(yaml.safe_load(RULES), indent=1)

    assert [rule.selection for rule in parse(text).rules] == [rule.selection for rule in parse(RULES).rules]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("", 1, "must be a mapping", id="empty"),
        pytest.param("- version: 1\n", 1, "must be a mapping", id="a-list"),
        pytest.param("version: 1\n", 1, "has no rules", id="no-rules"),
        pytest.param("# ours\nrules:\n- x\n", 1, "has no version", id="no-version"),
        pytest.param(RULES.replace("version: 1", "version: 2"), 1, "version is 2; it must be 1", id="version"),
        pytest.param(RULES.replace("version: 1", "version: 0"), 1, "must be an integer from 1", id="no-version-yet"),
        pytest.param(RULES.replace("version: 1", "version: '1'"), 1, "version is '1'", id="version-as-text"),
        pytest.param(RULES.replace("version: 1", "version: true"), 1, "version is true", id="version-as-truth"),
        pytest.param(RULES.replace("Europe/Berlin", "Mars/Base"), 2, "'Mars/Base' is not a time zone", id="time-zone"),
        pytest.param(RULES.replace("Europe/Berlin", "2"), 2, "timezone is 2; it must be a time zone", id="zone-type"),
        pytest.param(RULES.replace("limits:", "limit:"), 12, "Did you mean 'limits'?", id="unknown-key"),
        pytest.param(RULES.replace("protect:", "protects:"), 6, "Did you mean 'protect'?", id="unknown-key-of-a-rule"),
        pytest.param(RULES.replace("weekly", "wekly"), 5, "'wekly' is not a key of keep", id="unknown-key-of-keep"),
        pytest.param(RULES.replace("older_than", "older"), 10, "'older' is not a key of delete", id="key-of-delete"),
        pytest.param(RULES.replace("max_percent", "percent"), 12, "'percent' is not a key of limits", id="key-limits"),
        pytest.param(RULES + "version: 1\n", 13, "'version' is there twice", id="duplicate-key"),
        pytest.param(RULES.replace("last: 3", "last: 3, last: 4"), 11, "'last' is there twice", id="duplicate-count"),
        pytest.param("version: 1\nrules: []\n", 2, "rules is an empty list", id="empty-rules"),
        pytest.param("version: 1\nrules: {}\n", 2, "rules is a mapping", id="rules-as-mapping"),
        pytest.param("version: 1\nrules:\n\n- 3\n", 4, "rules is 3; it must be a mapping", id="rule-as-number"),
        pytest.param(rule("protect: ['a']"), 3, "neither keep nor delete", id="neither-keep-nor-delete"),
        pytest.param(
            rule("keep: {}"),
            4,
            "keep is empty; it needs last, daily, weekly, monthly, yearly or within",
            id="empty-keep",
        ),
        pytest.param(rule("delete:"), 4, "delete is empty; it must be a mapping", id="nothing-to-delete"),
        pytest.param(rule("delete: {}"), 4, "delete is empty; it needs older_than or match", id="empty-delete"),
        pytest.param(rule("keep: 5"), 4, "keep is 5; it must be a mapping", id="keep-as-number"),
        pytest.param(rule("keep: {last: 0}"), 4, "last is 0; it must be an integer from 1", id="zero"),
        pytest.param(rule("keep: {last: '5'}"), 4, "last is '5'; it must be an integer", id="number-as-text"),
        pytest.param(rule("keep: {last: true}"), 4, "last is true; it must be an integer", id="number-as-truth"),
        pytest.param(rule("keep: {last: 1.5}"), 4, "last is 1.5; it must be an integer", id="half"),
        pytest.param(rule("keep: {within: 30}"), 4, "within is 30; it must be an age", id="age-as-number"),
        pytest.param(rule("keep: {within: 30 days}"), 4, "'30 days' is not an age", id="age"),
        pytest.param(rule("delete: {older_than: 9999y}"), 4, "before the year 1", id="age-beyond-the-calendar"),
        pytest.param(rule("delete: {match: a}"), 4, "match is 'a'; it must be a list of globs", id="glob-as-text"),
        pytest.param(rule("delete: {match: []}"), 4, "match is an empty list", id="no-globs"),
        pytest.param(rule("delete: {match: ['']}"), 4, "A glob is empty", id="empty-glob"),
        pytest.param(rule("delete:\n      match:\n      - a\n      - '[b'\n"), 7, "a [ is not closed", id="glob"),
        pytest.param(rule("keep: {last: 1}", "[]"), 3, "models is an empty list", id="no-models"),
        pytest.param(rule("keep: {last: 1}", "baseten:*"), 3, "models is 'baseten:*'", id="models-as-text"),
        pytest.param(rule("keep: {last: 1}", "['']"), 3, "is not a reference", id="empty-model"),
        pytest.param(rule("keep: {last: 1}", "[7]"), 3, "models is 7; it must be a model", id="model-as-number"),
        pytest.param(rule("keep: {last: 1}", "['*']"), 3, "begins with no known provider", id="no-provider"),
        pytest.param(rule("keep: {last: 1}", "['baseten:a/b*']"), 3, "write MODEL_ID", id="never-fits"),
        pytest.param(rule("keep: {last: 1}", "['truefoundry:a*']"), 3, "write ML_REPO/NAME", id="never-fits-either"),
        pytest.param(rule("keep: {last: 1}", "['truefoundry:?/*']"), 3, "ML_REPO fits no name; a name", id="short"),
        pytest.param(rule("keep: {last: 1}", "['truefoundry:fraud_*/*']"), 3, "ML_REPO fits no name", id="a-letter"),
        pytest.param(rule("keep: {last: 1}", "['truefoundry:*/a.b']"), 3, "NAME fits no name", id="plain-name"),
        pytest.param(rule("keep: {last: 1}", "['baseten:[.]']"), 3, "MODEL_ID fits no name", id="dot"),
        pytest.param(rule("keep: {last: 1}\n    protect: ['*']"), 5, "Rule 1 can never delete", id="all-is-protected"),
        pytest.param(
            rule("protect: ['v*']\n    delete: {match: ['v1*']}"),
            4,
            "protect fits every",
            id="all-of-match-is-protected",
        ),
        pytest.param(
            rule("delete: {match: ['v*']}", "['replicate:a/b']"), 4, "no version's id fits", id="match-never-fits"
        ),
        pytest.param(rule("keep: {last: 1}", "['baseten:m@1']"), 3, "names a version", id="a-version"),
        pytest.param(rule("keep: {last: 1}", "['baseten:m*@1']"), 3, "globs are for models", id="versions-of-a-glob"),
        pytest.param(rule("keep: {last: 1}", "['replicate:acme/*']"), 3, "Replicate", id="cannot-be-listed"),
        pytest.param(rule("keep: {last: 1}", "['cerebras:*/a']"), 3, "organisation", id="nothing-lists-organisations"),
        pytest.param(RULES.replace("200", "-1"), 12, "max_delete is -1; it must be an integer from 0", id="max-delete"),
        pytest.param(RULES.replace("50}", "101}"), 12, "max_percent is 101; it must be a number", id="max-percent"),
        pytest.param(RULES.replace("{max_delete: 200, max_percent: 50}", "{}"), 12, "empty", id="limits"),
        pytest.param("a: [\n", 2, "", id="unclosed"),
        pytest.param("version: 1\n---\nversion: 1\n", 2, "single document", id="two-documents"),
        pytest.param("version: 1\nx: !python/none a\n", 2, "Tag", id="tag"),
        pytest.param("version: 1\n<<: {a: 1}\n", 2, "Merge", id="merge-key"),
        pytest.param("[" * 5000, 1, "nested too deeply", id="nested-too-deeply"),
        pytest.param(
            rule("keep: &k {last: 1}") + rule("delete: *k").partition("rules:\n")[2],
            6,
            "'last' is not a key of delete",
            id="inside-an-alias",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text, line, words):
    with pytest.raises(InvalidPolicy) as raised:
        parse(text)

    message = str(raised.value)
    assert message.startswith(f"policy.yaml:{line}: ")
    assert words in message
    assert "\n" not in message


def test_the_first_rule_that_fits_applies():
    policy = parse(RULES.replace("baseten:*", "truefoundry:*"))

    numbers = {
        text: None if (found := policy.rule_of(expunge.parse_ref(text))) is None else found.number
        for text in ("truefoundry:fraud-repo/churn", "truefoundry:credit/churn", "replicate:acme/churn", "baseten:m")
    }
    assert list(numbers.values()) == [1, 2, 2, None]


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path, words in ((tmp_path / "none.yaml", "cannot be read"), (tmp_path, "cannot be read")):
        with pytest.raises(InvalidPolicy, match=words):
            Policy.load(path)
    (tmp_path / "latin.yaml").write_bytes(b"version: 1\n\n# caf\xe9\n")
    with pytest.raises(InvalidPolicy, match=r"latin\.yaml:3: This is not UTF-8"):
        Policy.load(str(tmp_path / "latin.yaml"))
    (tmp_path / "large.yaml").write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(InvalidPolicy, match="more than 1,048,576 bytes"):
        Policy.load(tmp_path / "large.yaml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_that_nobody_writes_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "policy.yaml")

    with pytest.raises(InvalidPolicy, match="it is not a regular file"):
        Policy.load(tmp_path / "policy.yaml")


def test_a_policy_may_be_as_large_as_the_limit_and_not_larger(tmp_path, monkeypatch):
    path = tmp_path / "policy.yaml"
    path.write_text(RULES + "\n# complete without this")
    size = path.stat().st_size
    monkeypatch.setattr("expunge.plans.policies.document._LARGEST", size)
    assert len(Policy.load(path).rules) == 2

    for less in (1, 9):
        monkeypatch.setattr("expunge.plans.policies.document._LARGEST", size - less)
        with pytest.raises(InvalidPolicy, match=f"more than {size - less:,} bytes"):
            Policy.load(path)


def test_without_the_extra_a_policy_says_how_to_get_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "expunge._yaml", raising=False)
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(expunge.ConfigurationError, match=re.escape("pip install 'expunge[cli]'")):
        parse(RULES)


def test_options_join_a_policy_and_limits_replace_its_own():
    given = parse(RULES).with_options(
        protect=("v1*",), include_aliased=True, assume_not_live=("baseten:*",), at_most=3, max_delete=7
    )

    first, second = (rule.selection for rule in given.rules)
    assert (first.protect, second.protect) == (("*-prod", "v1*"), ("v1*",))
    assert first.include_aliased
    assert (second.assume_not_live, second.at_most, second.max_delete, second.max_percent) == (("baseten:*",), 3, 7, 50)


def test_a_policy_comes_back_from_its_content():
    policy = parse(RULES)

    assert Policy.from_dict(json.loads(json.dumps(policy.to_dict()))) == policy


GOOD = yaml.safe_load(RULES)
VALUES = [None, True, 0, 1, 2, -1, 1.0, 1.5, 101, "", " ", "30d", "30", "UTC", "baseten:*", "nosuch:*", [], {}]
VALUES += [[""], ["*"], [1], ["baseten:x"], {"last": 1}, {"lasts": 1}, {"match": ["a"]}, [{"models": ["baseten:*"]}]]


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield from places(inner, (*path, step))


def changed(chance):
    """Return a policy with some places dropped, replaced or added."""
    document = copy.deepcopy(GOOD)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        path = chance.choice([path for path in places(document) if path] or [("version",)])
        inner = document
        for step in path[:-1]:
            inner = inner[step]
        act = chance.choice(("drop", "replace", "replace", "add"))
        if act == "drop":
            del inner[path[-1]]
        elif act == "add" and isinstance(inner, dict):
            name = chance.choice(("keep", "delete", "protect", "models", "limits", "more", "yearly", "match"))
            inner[name] = copy.deepcopy(chance.choice(VALUES))
        else:
            inner[path[-1]] = copy.deepcopy(chance.choice(VALUES))
    return document


MEANING = (
    "can never delete",
    "is not a time zone",
    "No model can reach",
    "is not a reference",
    "before the year 1",
    "is not a glob",
)
"""Mistakes of meaning, which a schema does not see."""


def test_the_schema_and_the_check_agree():
    """Over hundreds of good and bad policies, except mistakes of meaning, which a schema cannot name."""
    validator = Draft202012Validator(SCHEMA)
    Draft202012Validator.check_schema(SCHEMA)
    chance = random.Random(15)  # noqa: S311 - the same policies every time
    verdicts = {True: 0, False: 0}
    for _ in range(350):
        document = changed(chance)
        try:
            parse(json.dumps(document))
            mistake = ""
        except InvalidPolicy as error:
            mistake = str(error)
        is_valid = validator.is_valid(document)
        if is_valid and any(words in mistake for words in MEANING):
            continue
        verdicts[is_valid] += 1
        assert is_valid == (mistake == ""), (document, mistake)
    assert min(verdicts.values()) > 20


def test_the_schema_has_every_key_and_every_provider():
    pattern = SCHEMA["$defs"]["rule"]["properties"]["models"]["items"]["pattern"]

    assert pattern == f"^({'|'.join(expunge.PROVIDERS)}):."
    assert Draft202012Validator(SCHEMA).is_valid(GOOD)


def test_the_example_is_a_policy_and_its_first_line_finds_the_schema():
    path = ROOT / "docs" / "examples" / "policy.yaml"
    comment = path.read_text(encoding="utf-8").splitlines()[0]
    place = comment.removeprefix("# yaml-language-server: $schema=")

    assert json.loads((path.parent / place).read_text(encoding="utf-8")) == SCHEMA
    assert len(Policy.load(path).rules) == 3


def test_a_rule_is_for_the_models_of_its_patterns():
    patterns = tuple(map(ModelPattern.parse, ("baseten:mod?", "cerebras:acme/llama")))
    found = PolicyRule(number=1, line=1, patterns=patterns, selection=parse(RULES).rules[0].selection)

    assert found.fits(expunge.parse_ref("baseten:mod1"))
    assert found.fits(expunge.parse_ref("cerebras:acme/llama"))
    assert not found.fits(expunge.parse_ref("baseten:mod12"))
