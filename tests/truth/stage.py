"""A run that an exception may strike: a server that knows the truth, a client, and a judge of what is known after."""

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import replace

from tests.conftest import SteppedClock
from tests.faults.acts import RESET, error
from tests.faults.server import FaultServer
from tests.faults.stands import STANDS, Stand
from tests.providers import OTHERS
from tests.truth.strikes import Strike

import expunge
from expunge.plans.plan import PlannedModel
from expunge.plans.retention import Choice
from expunge.plans.selection import Selection
from expunge.types import Version

COURSES = {
    "success": (),
    "refused": (error(409),),
    "500": (error(500),),
    "reset-and-done": (RESET.works(),),
    "reset": (RESET,),
}
METHODS = ("delete", "delete_many", "execute")

LONGEST_SECONDS = 60.0
"""The timeout of each deletion. A run that outlasts it by far hangs; by default, one may take longer than that."""

KEPT = {
    "truefoundry": "truefoundry:fraud-repo/churn@4",
    "cerebras": "cerebras:acme/gpt-oss-120b@1",
    "baseten": "baseten:mod3x7q@dep1aaa",
    "replicate": f"replicate:acme/classifier@{'0' * 64}",
}
KEPT |= {name: ref for name, ref in OTHERS.items() if name not in KEPT}


def with_another_version(stand: Stand) -> Stand:
    """Return *stand* with a second version, which a plan keeps."""
    if stand.name == "truefoundry":
        kept = stand.there["data"][0]
        kept = {**kept, "id": "mv-4", "fqn": "model:acme/fraud-repo/churn:4"}
        kept["manifest"] = {**kept["manifest"], "version": 4}
        both, one = [*stand.there["data"], kept], [kept]
        return replace(
            stand,
            there={"data": both, "pagination": {"total": 2, "offset": 0, "limit": 100}},
            gone=(200, {"data": one, "pagination": {"total": 1, "offset": 0, "limit": 100}}),
        )
    name, number = stand.look.rpartition("/")[::2]
    other = KEPT[stand.name].rpartition("@")[2]
    assert number != other
    return replace(stand, others={**stand.others, f"{name}/{other}": stand.stranger})


def heard(event):
    """Listen, so that a listener is struck too."""
    known = event.ref
    assert known


class Noting(logging.Handler):
    """Takes records, so that a handler of logs is struck too."""

    def emit(self, record):
        text = record.getMessage()
        assert text


LISTENING = (heard.__code__, Noting.emit.__code__)
"""The code of an application, within a call of ours."""


@contextmanager
def logged():
    """Let the events of deletions be logged."""
    logger, handler = logging.getLogger("expunge"), Noting()
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False  # the records of thousands of runs are for nobody
    try:
        yield
    finally:
        logger.setLevel(before[0])
        logger.propagate = before[1]
        logger.removeHandler(handler)


class Stage:
    """One server, and a client on it that an exception may strike."""

    def __init__(self, provider: str, course: str) -> None:
        self.stand = with_another_version(STANDS[provider])
        self.server = FaultServer(self.stand, deletes=COURSES[course])
        self.clock = SteppedClock()
        self.got: list[expunge.Tombstone] = []
        self.cancelled: asyncio.CancelledError | None = None

    def play(self, method: str, strike: Strike, *, awaits: bool = False) -> None:
        """Run *method* once."""
        if awaits:
            asyncio.run(self._await(method, strike))
        else:
            self._run(method, strike)

    def _run(self, method: str, strike: Strike) -> None:
        plan = self._plan()
        with self._client(expunge.Client) as client, strike.falls():
            if method == "delete":
                self.got.append(client.delete(self.stand.ref, timeout=LONGEST_SECONDS))
                return
            if method == "execute":
                run = client.execute(plan, timeout=LONGEST_SECONDS)
            else:
                run = client.delete_many([self.stand.ref], concurrency=2, timeout=LONGEST_SECONDS)
            for tombstone in run:
                self.got.append(tombstone)

    async def _await(self, method: str, strike: Strike) -> None:
        plan = self._plan()
        async with self._client(expunge.AsyncClient) as client:
            with strike.falls():
                try:
                    await self._call(client, plan, method)
                except asyncio.CancelledError as error:
                    self.cancelled = error
                    raise

    async def _call(self, client: expunge.AsyncClient, plan: expunge.Plan, method: str) -> None:
        if method == "delete":
            self.got.append(await client.delete(self.stand.ref, timeout=LONGEST_SECONDS))
            return
        if method == "execute":
            run = client.execute(plan, timeout=LONGEST_SECONDS)
        else:
            run = client.delete_many([self.stand.ref], timeout=LONGEST_SECONDS)
        async for tombstone in run:
            self.got.append(tombstone)

    def _client(self, kind):
        settings = self.stand.settings(self.server.origin)
        return kind(settings, clock=self.clock, chance=lambda: 0.5, listeners=[heard])

    def _plan(self) -> expunge.Plan:
        """Return a plan that deletes the version and keeps the other, as it would be made of what the server holds."""
        is_live = expunge.PROVIDERS[self.stand.name].capabilities.proves_idle
        going, kept = (
            Version(ref=ref, is_live=False if is_live else None) for ref in (self.stand.ref, KEPT[self.stand.name])
        )
        choices = (
            Choice(version=kept, action="keep", rule="keep_last", reason="It is among the newest."),
            Choice(version=going, action="delete", rule="selected", reason="It is not."),
        )
        return expunge.Plan(
            models=(PlannedModel(ref=str(expunge.parse_ref(self.stand.ref).model), choices=choices),),
            selection=Selection(keep_last=1),
            origins={self.stand.name: self.server.origin},
            created_at=self.clock.now(),
            created_by="somebody",
        )

    def wrong(self, raised: BaseException | None, strike: Strike | None = None) -> str:
        """Return what is wrong with what is known after all; empty if all is well."""
        self.server.holding.land_all()
        carried = list(getattr(raised, "tombstones", ()))
        # An error that came out of the call may be the context of what struck the caller's own block afterwards.
        both = (raised, getattr(raised, "__context__", None))
        carried += [each.tombstone for each in both if getattr(each, "tombstone", None)]
        if strike is not None and strike.is_outside:
            # It came out of the event loop, which then cancelled the call: docs/outcomes.md names this place.
            carried += getattr(self.cancelled, "tombstones", ())
        known = {id(tombstone): tombstone for tombstone in (*self.got, *carried)}
        if strike is not None and strike.passes and raised is None:
            return "it was swallowed"
        if not known:
            return f"lost: {self.server.arrived} deletes arrived" if self.server.arrived else ""
        for tombstone in known.values():
            if tombstone.status == "deleted" and self.server.holding.is_there:
                return f"a lie: {tombstone}"
            if tombstone.status in {"failed", "refused", "absent"} and self.server.holding.was_deleted:
                return f"a lie: {tombstone}"
            if tombstone.attempts < self.server.arrived:
                return f"{self.server.arrived} deletes arrived: {tombstone}"
        return ""
