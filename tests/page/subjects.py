"""The plans and the journals whose pages are looked at."""

from datetime import UTC, datetime, timedelta

from attrs import evolve
from tests.journal.journals import create, refs, tombstone

from expunge.plans.plan import Plan, PlannedModel
from expunge.plans.retention import choose, remarks
from expunge.plans.selection import Selection
from expunge.providers import PROVIDERS, parse_ref
from expunge.types import Version

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "</bdi><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>\u202e\"'"


def planned(selection, models):
    """The plan that would be made of *models*, versions by reference, at the time `NOW`."""
    found = []
    for ref, versions in models.items():
        provider = parse_ref(ref).provider
        capabilities = PROVIDERS[provider].capabilities
        choices = choose(versions, selection, capabilities, NOW)
        notes = remarks(choices, selection, capabilities, provider)
        found.append(PlannedModel(ref=ref, choices=choices, remarks=notes))
    origins = {provider: f"https://{provider}.example" for provider in sorted(ref.partition(":")[0] for ref in models)}
    return Plan(models=tuple(found), selection=selection, origins=origins, created_at=NOW, created_by="ana on build-7")


def churn(*numbers, **fields):
    """Versions of one model, ten days apart; the highest number is five days old."""
    return [
        Version(
            ref=f"truefoundry:fraud-repo/churn@{number}",
            created_at=NOW - timedelta(days=10 * (max(numbers) - number) + 5),
            **fields,
        )
        for number in numbers
    ]


def renamed(versions, model):
    """The same versions, of another model."""
    return [evolve(each, ref=each.ref.replace("/churn@", f"/churn{model}@")) for each in versions]


PLANS = {
    "ordinary": lambda: planned(
        Selection(keep_last=3, older_than="50d", protect=("gold*",)),
        {
            "truefoundry:fraud-repo/churn": [
                *churn(*range(5, 15)),
                Version(
                    ref="truefoundry:fraud-repo/churn@4",
                    created_at=NOW - timedelta(days=200),
                    aliases=("v4-prod", "gold-2025"),
                ),
                Version(ref="truefoundry:fraud-repo/churn@3"),
            ],
            "cerebras:acme/gpt-oss-120b": [
                Version(ref=f"cerebras:acme/gpt-oss-120b@{number}", is_live=number == 2) for number in (1, 2, 3, 9)
            ],
            "replicate:acme/classifier": [],
        },
    ),
    "by-number": lambda: planned(
        Selection(keep_last=1),
        {"cerebras:acme/gpt-oss-120b": [Version(ref=f"cerebras:acme/gpt-oss-120b@{n}", is_live=False) for n in (1, 2)]},
    ),
    "hostile": lambda: planned(
        Selection(keep_last=1, include_aliased=True),
        {"truefoundry:fraud-repo/churn": churn(1, 2, 3, aliases=(HOSTILE, "x" * 900), status=HOSTILE)},
    ),
    "nothing": lambda: planned(Selection(match=("none-*",)), {"truefoundry:fraud-repo/churn": churn(1, 2)}),
    "risky": lambda: planned(
        Selection(match=("*",), protect=("1",), include_aliased=True, max_percent=100),
        {"truefoundry:fraud-repo/churn": churn(1, 2, 3, aliases=("v1-prod",))},
    ),
    "many-models": lambda: planned(
        Selection(keep_last=2),
        {
            f"truefoundry:fraud-repo/churn{model}": renamed(churn(*range(1, 4 + model % 5)), model)
            for model in range(30)
        },
    ),
    "endless": lambda: planned(
        Selection(keep_last=100, max_delete=10_000), {"truefoundry:fraud-repo/churn": churn(*range(1, 10_001))}
    ),
}
LIGHT = {"endless", "long"}
"""Subjects of many rows: a browser is asked only what it can answer in a short time."""


def _stopped(path):
    """Eight references: one is unknown, one was under way, one was never begun."""
    made = create(path, refs(8))
    made.intend(range(1, 8))
    for n, status in enumerate(["deleted", "deleted", "refused", "absent", "accepted"], 1):
        made.settle(n, tombstone(refs(8)[n - 1], status, f"Detail {n}."))
    made.doubt(6, tombstone(refs(8)[5], "unknown", HOSTILE))
    made.close("stopped by SIGINT")


def _settled(path, count, statuses):
    made = create(path, refs(count))
    made.intend(range(1, count + 1))
    for n, ref in enumerate(refs(count), 1):
        made.settle(n, tombstone(ref, statuses[n % len(statuses)], f"The provider said {n % 3}."))
    made.close("done")


JOURNALS = {
    "stopped": _stopped,
    "finished": lambda path: _settled(path, 5, ["deleted"]),
    "long": lambda path: _settled(path, 2_300, ["deleted", "deleted", "refused"] + ["deleted"] * 200),
}
