"""Runs without a network: each deletion does what the test says."""

from datetime import UTC, datetime
from functools import partial

from tests.bulk.running import REFS

import expunge
from expunge._flow import Clock
from expunge._runs.job import items_of
from expunge.bulk import tasks, threads
from expunge.bulk.engine import Terms

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def tombstone(item, status="deleted", http_status=None, detail="It is gone."):
    return expunge.Tombstone(
        ref=item.requested,
        requested_ref=item.requested,
        provider=item.provider,
        scope="version",
        status=status,
        http_status=http_status,
        requested_at=NOW,
        settled_at=NOW,
        detail=detail,
    )


def declined(item, reason):
    return tombstone(item, "failed", detail=reason)


def in_threads(settle, refs=REFS, clock=None, **terms):
    """Run over *refs* in threads; *settle* gets the item and the stop."""

    def begin(item):
        return threads.Begun(partial(settle, item), lambda: tombstone(item, "unknown"))

    return threads.in_threads(begin, declined, items_of(refs), Terms(**terms), clock or Clock())


def in_tasks(settle, refs=REFS, clock=None, **terms):
    """Run over *refs* in tasks; *settle* gets the item and the sleeper."""

    def begin(item):
        return tasks.Begun(partial(settle, item), lambda: tombstone(item, "unknown"), lambda: False)

    return tasks.in_tasks(begin, declined, items_of(refs), Terms(**terms), clock or Clock())


async def collected(tombstones):
    return [each async for each in tombstones]


class Unrecordable:
    """An account of *item* that fails the first time."""

    def __init__(self, item):
        self._item, self._has_failed = item, False

    def __call__(self):
        if not self._has_failed:
            self._has_failed = True
            raise RuntimeError("there is no room for a record")
        return tombstone(self._item, "unknown")


def by_ref(tombstones):
    return {each.ref: each.status for each in tombstones}
