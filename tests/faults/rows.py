"""A row of the table: a script for the server, and the end that the contract demands."""

from collections.abc import Mapping

from attrs import evolve, field, frozen

import expunge

from .server import Act
from .stands import STANDS, Stand

LATE = "replicate"
"""The provider whose ends are those of every one that accepts a deletion first and finishes it later."""


@frozen
class End:
    """The demanded end of a deletion.

    Attributes:
        error: The class that `delete()` raises; None if it returns.
        arrived: Deletes that reached the server; as many as *attempts* by default.
        slept: The seconds of every wait, in order; None if chance has a part in them.
        retry_after: The error's own value, for a `RateLimited`.
    """

    status: str
    confirmed_by: str | None = None
    attempts: int | None = 1
    error: type[expunge.ExpungeError] | None = None
    arrived: int | None = None
    slept: tuple[float, ...] | None = None
    retry_after: float | None = None
    detail: str = ""


@frozen(kw_only=True)
class Row:
    """One scenario.

    Attributes:
        ends: Where a provider must end otherwise than *end*.
        providers: Whom it is played for.
        timeout: Seconds of real time, where a socket has to time out; None has a clock that only sleeping moves.
        last_read: Seconds for the read after the deadline; None leaves it as it is.
        closes_idle: Whether the server closes idle connections whenever the client sleeps.
        plays_all: Whether the script must be through at the end.
    """

    id: str
    end: End
    ends: Mapping[str, End] = field(factory=dict)
    deletes: tuple[Act, ...] = ()
    looks: tuple[Act, ...] = ()
    others: tuple[Act, ...] = ()
    providers: tuple[str, ...] = tuple(STANDS)
    listens: bool = True
    is_there: bool = True
    options: Mapping[str, object] = field(factory=dict)
    timeout: float | None = None
    last_read: float | None = None
    closes_idle: bool = False
    plays_all: bool = True

    def is_for(self, stand: Stand) -> bool:
        """Return whether it can be played for *stand*: an answer that is the documented one is not a fault."""
        says_as_documented = {f"says {stand.success[0]}"} if not stand.has_body else set[str]()
        return stand.name in self.providers and not any(
            act.name in says_as_documented or (act.alters_body and not stand.has_body) for act in self.deletes
        )

    def end_for(self, stand: Stand) -> End:
        if stand.name not in self.ends and not stand.deletes_before_answering:
            return self.ends.get(LATE, self.end)
        return self.ends.get(stand.name, self.end)


READ_BACK = End("deleted", "read_back")
UNKNOWN = End("unknown", error=expunge.Unconfirmed)
ABSENT = End("absent", error=expunge.NotFound)


def sent(attempts: int, arrived: int | None = None, *, slept: tuple[float, ...] | None = None) -> dict[str, object]:
    """Return the ends of a documented success at the last of so many attempts: Replicate's is `accepted`."""
    end = End("deleted", "response", attempts, arrived=arrived, slept=slept)
    return {"end": end, "ends": {LATE: evolve(end, status="accepted")}}


def given_up(error: type[expunge.ExpungeError], attempts: int = 3, status: str = "failed") -> dict[str, object]:
    """Return the ends after doubts and a last read that still finds it: Replicate may still come to it."""
    return {"end": End(status, None, attempts, error), "ends": {LATE: evolve(UNKNOWN, attempts=attempts)}}


def doubtful(
    name: str, act: Act, error: type[expunge.ExpungeError] | None = None, *, may_come_late: bool = False
) -> list[Row]:
    """Return the rows of an answer that only a read can settle.

    It did nothing, and is sent again; it worked; and, with *error* or where it may come late, it never does.
    """
    unread = 0 if act.reads else 1
    rows = [Row(id=f"{name}-harmless", deletes=(act,), **sent(2, 2 - unread))]  # type: ignore[arg-type]
    if act.reads:
        rows.append(Row(id=f"{name}-worked", deletes=(act.works(),), end=READ_BACK))
    if may_come_late:
        rows.append(
            Row(id=f"{name}-thrice", deletes=(act,) * 3, end=evolve(UNKNOWN, attempts=3, arrived=3 - 3 * unread))
        )
    elif error is not None:
        rows.append(Row(id=f"{name}-thrice", deletes=(act,) * 3, **given_up(error)))  # type: ignore[arg-type]
    return rows


def disbelieved(name: str, act: Act) -> Row:
    """Return the row of a false success: nothing was done, a read shows that, and it is sent again."""
    return Row(id=name, deletes=(act,), **sent(2))  # type: ignore[arg-type]
