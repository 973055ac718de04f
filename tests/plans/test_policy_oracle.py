"""Random fleets and policies: the plan agrees with an oracle that is written in other words.

The oracle reads the policy's document and counts versions; the code parses, sorts and takes. `make policies` compares
10,000 of them; a test run compares some hundreds. The module is longer than most: it holds a second program.
"""

import json
import os
import random
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from tests.plans.test_keeping import CENTRES, PERIODS, ZONES, place_of

import expunge
from expunge import PROVIDERS, InvalidPolicy, Version
from expunge.errors import PlanTooLarge
from expunge.plans.plan import PlannedModel, require_within_limits
from expunge.plans.policies.document import parse_policy
from expunge.plans.retention import choose

POLICIES = int(os.environ.get("EXPUNGE_POLICIES", "300"))
SHARES = 4
"""Tests among which the policies are divided, for several workers."""

MODELS = [
    *("truefoundry:risk/churn", "truefoundry:risk/fraud", "truefoundry:ads/churn", "truefoundry:ads/click-1"),
    *(
        "cerebras:acme/llama",
        "cerebras:acme/gpt",
        "baseten:mod1",
        "baseten:mod2",
        "baseten:mod10",
        "replicate:acme/churn",
    ),
]
PATTERNS = [
    *(
        "truefoundry:risk/*",
        "truefoundry:*",
        "truefoundry:*/churn",
        "truefoundry:ads/c*",
        "truefoundry:ads/click-[0-9]",
    ),
    *("truefoundry:risk/churn", "truefoundry:r*/[!c]*", "cerebras:acme/*", "cerebras:acme/l?ama", "cerebras:acme/gpt"),
    *("baseten:*", "baseten:mod?", "baseten:mod1*", "baseten:mod2", "baseten:none", "replicate:acme/churn"),
]
GLOBS = ["*", "1*", "?", "[1-3]", "[!1-3]", "v*", "*-prod", "v2-*", "d[ae]?", "none"]
AGES = ["1h", "36h", "3d", "40d", "2w", "1mo", "7mo", "1y"]
STEPS = [timedelta(0), timedelta(minutes=30), timedelta(hours=5), timedelta(days=1), timedelta(days=11)]
COUNTS = {"last": "keep_last", **{rule.removeprefix("keep_"): rule for rule in PERIODS}}


def fleet(chance):
    """Return some models with their versions: around one moment, some at equal times, some without a time."""
    centre = chance.choice(CENTRES)
    found = {}
    for model in chance.sample(MODELS, chance.randint(1, 5)):
        is_dated = not model.startswith("cerebras:")
        found[model] = [
            Version(
                ref=f"{model}@{name}",
                aliases=tuple(chance.sample(["v1-prod", "v2-new", "latest"], chance.choice((0, 0, 0, 0, 1, 2)))),
                created_at=_moment(chance, centre) if is_dated else None,
                is_live=chance.choice((False, False, False, False, False, False, False, True, None)),
            )
            for name in _names(chance, model)
        ]
    now = centre + chance.choice((timedelta(days=4), timedelta(days=90), timedelta(days=400)))
    return found, now


def _names(chance, model):
    count = chance.choice((0, 1, 2, 5, 8, 12))
    if model.startswith("baseten:"):
        return chance.sample(["da1", "da2", "db1", "de9", "dz7", "e10", "e9", "f1", "f22", "g3", "h4", "i5"], count)
    if model.startswith("replicate:"):
        return [f"{number:064x}" for number in chance.sample(range(40), count)]
    return [str(number) for number in chance.sample(range(1, 30), count)]


def _moment(chance, centre):
    if chance.random() < 0.05:
        return None
    return max(centre + chance.randint(-6, 8) * chance.choice(STEPS), datetime(2000, 1, 1, tzinfo=UTC))


def policy(chance):
    """Return the document of a policy."""
    document = {"version": 1, "rules": [_rule(chance) for _ in range(chance.randint(1, 4))]}
    if chance.random() < 0.7:
        document["timezone"] = chance.choice(ZONES)
    if chance.random() < 0.5:
        limits = {"max_delete": chance.randint(0, 12), "max_percent": chance.choice((0, 20, 33.3, 50, 75, 100))}
        document["limits"] = dict(chance.sample(sorted(limits.items()), chance.randint(1, 2)))
    return document


def _rule(chance):
    rule = {"models": chance.sample(PATTERNS, chance.choice((1, 1, 2, 3)))}
    keep = {name: chance.randint(1, 5) for name in COUNTS if chance.random() < 0.3}
    if chance.random() < 0.2:
        keep["within"] = chance.choice(AGES)
    delete = {"older_than": chance.choice(AGES)} if chance.random() < 0.4 else {}
    if chance.random() < 0.2:
        delete["match"] = chance.sample(GLOBS, chance.randint(1, 2))
    if not keep and not delete:
        keep["last"] = 2
    rule |= {name: part for name, part in (("keep", keep), ("delete", delete)) if part}
    if chance.random() < 0.3:
        rule["protect"] = chance.sample(GLOBS[1:], chance.randint(1, 2))
    return rule


# The oracle.


def spells(glob, name):
    """Return whether *glob* can be spelled out as *name*, letter by letter."""
    if not glob:
        return not name
    if glob[0] == "*":
        return any(spells(glob[1:], name[start:]) for start in range(len(name) + 1))
    if not name:
        return False
    if glob[0] != "[":
        return glob[0] in ("?", name[0]) and spells(glob[1:], name[1:])
    inside, _, rest = glob[1:].partition("]")
    letters = inside.removeprefix("!")
    first, is_range, last = letters.partition("-")
    is_inside = first <= name[0] <= last if is_range else name[0] in letters
    return is_inside != inside.startswith("!") and spells(rest, name[1:])


def is_for(rule, model):
    """Return whether one of the rule's models is *model*: part by part between slashes."""
    for pattern in rule["models"]:
        if pattern == "truefoundry:*" and model.startswith("truefoundry:"):
            return True
        globs, parts = pattern.replace(":", "/").split("/"), model.replace(":", "/").split("/")
        if len(globs) == len(parts) and all(spells(glob, part) for glob, part in zip(globs, parts, strict=True)):
            return True
    return False


def back(moment, age):
    """Return the moment that is *age* earlier: months and years by the calendar, and a missing day is the last one."""
    number, unit = int(age.rstrip("hdwmoy")), age.lstrip("0123456789")
    if unit in {"h", "d", "w"}:
        return moment - number * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(days=7)}[unit]
    months = 12 * moment.year + moment.month - 1 - number * {"mo": 1, "y": 12}[unit]
    for day in range(moment.day, 0, -1):
        try:
            return moment.replace(year=months // 12, month=months % 12 + 1, day=day)
        except ValueError:
            continue
    raise AssertionError


def goes(version, others, rule, zone, now):
    """Return whether *version* may go: nothing keeps it, not yet counting that a model is never emptied."""
    reasons = (is_guarded, is_named_to_stay, is_ranked_to_stay, is_young)
    if any(reason(version, others, rule, now) for reason in reasons):
        return False
    return not any(begins_a_period(version, others, rule, zone, key) for key in COUNTS if key != "last")


def is_guarded(version, _others, _rule, _now):
    unknown = version.is_live is None and not version.ref.startswith("truefoundry:")
    undated = version.created_at is None and not version.ref.startswith("cerebras:")
    return bool(version.is_live or version.aliases or unknown or undated)


def is_named_to_stay(version, _others, rule, _now):
    names = [version.ref.rpartition("@")[2], *version.aliases]
    if any(spells(glob, name) for glob in rule.get("protect", ()) for name in names):
        return True
    wanted = rule.get("delete", {}).get("match", ["*"])
    return not any(spells(glob, name) for glob in wanted for name in names)


def is_ranked_to_stay(version, others, rule, _now):
    return sum(is_newer(each, version) for each in others) < rule.get("keep", {}).get("last", 0)


def is_young(version, _others, rule, now):
    ages = [rule.get("keep", {}).get("within"), rule.get("delete", {}).get("older_than")]
    return any(age and (version.created_at is None or version.created_at >= back(now, age)) for age in ages)


def begins_a_period(version, others, rule, zone, key):
    """Return whether *version* is the newest of its period, and few later periods have any."""
    if key not in rule.get("keep", {}):
        return False
    if version.created_at is None:
        return True
    places = [(place_of(COUNTS[key], each.created_at, zone), each) for each in others if each.created_at is not None]
    own = place_of(COUNTS[key], version.created_at, zone)
    later = {place for place, _ in places if place > own}
    return len(later) < rule["keep"][key] and not any(
        place == own and is_newer(each, version) for place, each in places
    )


def is_newer(version, other):
    """Return whether *version* is newer than *other*; one without a time is not, beside one that has a time."""
    if version.created_at == other.created_at:
        return is_higher(version, other)
    if version.created_at is None or other.created_at is None:
        return other.created_at is None
    return version.created_at > other.created_at


def is_higher(version, other):
    """Return whether the number of *version* is higher, or its id later in the alphabet."""
    ours, theirs = (each.ref.rpartition("@")[2] for each in (version, other))
    has_numbers = version.ref.startswith(("truefoundry:", "cerebras:"))
    return int(ours) > int(theirs) if has_numbers else ours > theirs


def going(found, rule, zone, now):
    """Return the references that go; if that were all, the newest stays."""
    versions = [each if each.created_at and each.created_at <= now else evolve(each, created_at=None) for each in found]
    gone = [
        each for each in versions if goes(each, [other for other in versions if other is not each], rule, zone, now)
    ]
    if len(gone) == len(versions) and gone:
        gone.remove(next(each for each in gone if not any(is_newer(other, each) for other in gone)))
    return {each.ref for each in gone}


def exceeds(found, expected, rules, limits):
    """Return whether more goes than the limits allow."""
    if sum(map(len, expected.values())) > limits.get("max_delete", 50):
        return True
    for model, gone in expected.items():
        counts = set(rules[model].get("keep", {})) - {"within"}
        share = limits.get("max_percent", 1_000 if counts else 50)
        if len(gone) / max(1, len(found[model])) > share / 100 + 1e-9:
            return True
    return False


def check(seed):
    """Compare one fleet and one policy."""
    chance = random.Random(seed)  # noqa: S311 - the same ones every time
    found, now = fleet(chance)
    document = policy(chance)
    rules, words = {}, ""
    for model in found:
        first = [rule for rule in document["rules"] if is_for(rule, model)][:1]
        if first:
            rules[model] = first[0]
    try:
        parsed = parse_policy(json.dumps(document).encode(), "policy.yaml")
    except InvalidPolicy as error:
        words = str(error)
        parsed = None
    if "can never delete" in words:
        idle = document["rules"][int(words.partition("Rule ")[2].partition(" ")[0]) - 1]
        zone = document.get("timezone", "UTC")
        gone = [going(found[model], idle, zone, now) for model in found if is_for(idle, model)]
        assert not any(gone), (document, words)
        return "never deletes"
    if parsed is None:
        number = int(words.partition("reach rule ")[2].partition(":")[0])
        taken = [model for model in MODELS if is_for(document["rules"][number - 1], model)]
        earlier = document["rules"][: number - 1]
        assert all(any(is_for(rule, model) for rule in earlier) for model in taken), (document, words)
        return "unreachable"
    zone, limits = document.get("timezone", "UTC"), document.get("limits", {})
    expected = {model: going(found[model], rule, zone, now) for model, rule in rules.items()}
    planned = []
    for model in found:
        ref = expunge.parse_ref(model)
        rule = parsed.rule_of(ref)
        assert (rule is None) == (model not in rules), (document, model)
        if rule is None:
            continue
        assert document["rules"][rule.number - 1] is rules[model]
        choices = choose(found[model], rule.selection, PROVIDERS[ref.provider].capabilities, now)
        planned.append(PlannedModel(ref=model, choices=choices, policy_rule=rule.number))
        gone = {choice.ref for choice in choices if choice.action == "delete"}
        assert gone == expected[model], (document, zone, now, found[model])
    try:
        require_within_limits(planned, lambda model: parsed.rules[model.policy_rule - 1].selection)
        is_too_large = False
    except PlanTooLarge:
        is_too_large = True
    assert is_too_large == exceeds(found, expected, rules, limits), (document, expected)
    return "too large" if is_too_large else "something goes" if any(expected.values()) else "nothing goes"


@pytest.mark.parametrize("share", range(SHARES))
def test_random_policies_agree_with_the_oracle(share):
    """Time zones, leap days, clocks that change, equal times, and every guard rail."""
    ends = [check(seed) for seed in range(share, POLICIES, SHARES)]

    assert {"unreachable", "too large", "something goes", "nothing goes"} <= set(ends) or POLICIES < 300


@pytest.mark.parametrize(
    ("moment", "age", "earlier"),
    [
        ((2024, 3, 31), "1mo", (2024, 2, 29)),
        ((2025, 3, 31), "1mo", (2025, 2, 28)),
        ((2024, 2, 29), "1y", (2023, 2, 28)),
        ((2025, 1, 15), "7mo", (2024, 6, 15)),
    ],
)
def test_the_oracle_counts_months_by_the_calendar(moment, age, earlier):
    assert back(datetime(*moment, tzinfo=UTC), age) == datetime(*earlier, tzinfo=UTC)


@pytest.mark.parametrize(
    ("glob", "fitting", "others"),
    [
        ("a*c", "ac abc abbc", "ab c"),
        ("[a-c]?", "ax c1", "dx a"),
        ("[!a-c]", "d -", "b dd"),
        ("[xy]z", "xz yz", "z az"),
    ],
)
def test_the_oracle_spells_globs(glob, fitting, others):
    assert all(spells(glob, name) for name in fitting.split())
    assert not any(spells(glob, name) for name in others.split())
