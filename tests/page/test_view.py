"""The content of the page about a plan: what comes first, what stands together, and what is left out."""

import tracemalloc
from datetime import UTC, datetime, timedelta

from expunge.cli.approval_page.progress_chart import chart_of
from expunge.cli.approval_page.render import pieces_of
from expunge.cli.approval_page.version_table import tables_of
from expunge.cli.approval_page.view import view_of
from expunge.journal.history import Part
from expunge.plans.plan import Plan, PlannedModel
from expunge.plans.retention import Choice
from expunge.plans.selection import Selection
from expunge.types import Version

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def version(number, **fields):
    return Version(ref=f"truefoundry:fraud-repo/churn@{number}", **fields)


def plan_of(*versions):
    """A plan in which the first version of a model stays and the others go, as they were made by hand."""
    choices = tuple(
        Choice(
            version=each,
            action="delete" if place else "keep",
            rule="selected" if place else "keep_last",
            reason="Selected." if place else "Among the newest 1.",
        )
        for place, each in enumerate(versions)
    )
    return Plan(
        models=(PlannedModel(ref="truefoundry:fraud-repo/churn", choices=choices),),
        selection=Selection(keep_last=1),
        origins={"truefoundry": "https://acme.example"},
        created_at=NOW,
        created_by="ana on build-7",
    )


def test_a_page_is_never_in_memory_completely():
    """Its pieces are made one at a time, whatever the number of versions of one model."""

    def written(count):
        pieces = pieces_of(plan_of(*(version(number, status=f"{number:0200}") for number in range(1, count + 1))))
        length = len(next(pieces))  # the plan's hash is computed by now
        tracemalloc.start()
        try:
            length += sum(map(len, pieces))
            return length, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (short, peak_of_short), (long, peak_of_long) = written(10), written(1_500)

    assert long > 20 * short
    assert peak_of_long - peak_of_short < long / 8


def test_rows_of_one_reason_stand_together_and_the_others_keep_theirs():
    """Reasons that are nearly all different are not heads of groups of one."""
    choices = [
        Choice(version=version(number), action="keep", rule=rule, reason=reason)
        for number, rule, reason in [
            (6, "keep_last", "Among the newest 2."),
            (5, "aliased", "Has the alias a."),
            (4, "keep_last", "Among the newest 2."),
            (3, "aliased", "Has the alias b."),
        ]
    ]
    _, table = tables_of(choices, NOW)

    found = [(group.words, group.rule, [row.ref.rpartition("@")[2] for row in group.rows]) for group in table.groups]
    assert found == [("Among the newest 2.", "keep_last", ["6", "4"]), ("with an alias", "aliased", ["5", "3"])]
    assert table.columns == (("reason", "Why"),)
    assert dict(table.common) == {"Created": "not known", "Aliases": "none", "Live": "not known", "Status": "not known"}


def test_risks_come_first_and_are_counted():
    """A plan that was made by hand may delete even what is live."""
    plan = plan_of(
        version(9, is_live=False),
        version(8, is_live=False),
        version(7, is_live=None),
        version(6, is_live=False, aliases=("v6-prod",)),
        version(5, is_live=True),
    )
    (model,) = plan.models

    table, _ = tables_of(model.choices, plan.created_at)
    counts = {risk.words: (risk.count, [each.ref for each in risk.named]) for risk in view_of(plan).risks}

    (group,) = table.groups
    assert [row.ref.rpartition("@")[2] for row in group.rows] == ["5", "6", "7", "8"]
    assert counts == {
        "live now": (1, ["truefoundry:fraud-repo/churn@5"]),
        "with an alias": (1, ["truefoundry:fraud-repo/churn@6"]),
        "the newest of its model": (0, []),
        "live state not known": (1, ["truefoundry:fraud-repo/churn@7"]),
    }


def test_models_with_a_risk_come_first_and_those_without_deletions_last():
    quiet = [Choice(version=Version(ref=f"baseten:mod1@d{n}"), action="keep", rule="match", reason="x") for n in (1, 2)]
    plain = [
        Choice(version=Version(ref=f"baseten:mod2@d{n}", is_live=False), action=action, rule=rule, reason="x")
        for n, action, rule in ((2, "keep", "keep_last"), (1, "delete", "selected"))
    ]
    risky = [
        Choice(version=Version(ref=f"baseten:mod3@d{n}", is_live=False), action=action, rule=rule, reason="x")
        for n, action, rule in ((2, "delete", "selected"), (1, "keep", "protected"))
    ]
    models = {"baseten:mod1": quiet, "baseten:mod2": plain, "baseten:mod3": risky}
    plan = Plan(
        models=tuple(PlannedModel(ref=ref, choices=tuple(choices)) for ref, choices in models.items()),
        selection=Selection(match=("d*",)),
        origins={"baseten": "https://api.example"},
        created_at=NOW,
        created_by="ana on build-7",
    )

    page = view_of(plan)

    assert [model.ref for model in page.models] == ["baseten:mod3", "baseten:mod2", "baseten:mod1"]
    assert [risk.words for risk in page.risks if risk.count] == ["the newest of its model"]


def test_the_progress_of_a_run_counts_by_time_and_by_outcome():
    """Whatever the order of the outcomes: one that was waited for may be written late."""
    seconds = [10, 0, 1, 2, 3]
    times = [(NOW + timedelta(seconds=each)).isoformat() for each in seconds]
    part = Part(first=1, at=times[1], user="ana", host="build-7", tool="expunge 1", last=times[0])

    chart = chart_of(lambda: zip(times, ["failed", *["deleted"] * 4], strict=True), [part], 8)
    above, below = ([bar for bar in chart.bars if bar.is_done == is_done] for is_done in (True, False))

    assert chart.words == "5 of 8 were settled in 10.0 s, half of them within 2.0 s. Done: 4; not done: 1."
    assert (chart.first, chart.last) == ("2026-03-01 12:00:00 UTC", "10.0 s later")
    assert (above[0].x, above[-1].height) == (1.0, 24.0)
    assert [bar.x for bar in below] == [951.0]
