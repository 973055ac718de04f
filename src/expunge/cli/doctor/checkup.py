"""One provider's checkup: its settings, and the answer to one GET."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Literal

from attrs import asdict, evolve, frozen

from ..._answer import Answer
from ..._http.connections import Seen
from ..._http.proxies import proxy_for
from ..._http.secrecy import Blanks
from ..._http.session import Session
from ...config import Secret
from ...errors import ConfigurationError
from ...providers import AnyAdapter
from ..profiles.active import environ, name_of_profile, settings_from, source_of

_SECONDS = 10.0
"""Time allowed for the GET."""

_CLOCKS_DIFFER = timedelta(minutes=5)
"""Difference from which on no plan is made by age."""

Credential = Literal["accepted", "not rejected", "not permitted", "rejected", "not known"]
"""The verdict on a credential: a 2xx, the provider's own 404, a 403, a 401, or anything else."""


@frozen(kw_only=True)
class Checkup:
    """The result for one provider; None is what does not apply or is not known.

    Attributes:
        provider: Its name.
        profile: The profile of this run.
        configured: Whether its settings are complete and usable.
        credential_from: Where the credential comes from; for a command, only that word.
        host: The origin of all requests.
        tls: The version of TLS; `none` for plain HTTP on this machine.
        proxy: The proxy in use, without its user.
        credential: The verdict on the credential.
        http_status: The answer's status.
        clock_difference: Seconds by which the provider's clock is ahead of this machine's.
        problem: A sentence with what is wrong, or what is missing.
    """

    provider: str
    profile: str | None = None
    configured: bool = False
    credential_from: str | None = None
    host: str | None = None
    tls: str | None = None
    proxy: str | None = None
    credential: Credential | None = None
    http_status: int | None = None
    clock_difference: float | None = None
    problem: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether deletions can be tried: the credential is not known to be wrong, and the clocks agree."""
        return self.credential in {"accepted", "not rejected"} and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the clocks differ by so much that no plan is made by age."""
        apart = self.clock_difference
        return apart is not None and abs(apart) > _CLOCKS_DIFFER.total_seconds()

    def to_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)


@frozen
class Exchanged:
    """The exchange of a checkup, with what blanks its secrets."""

    checkup: Checkup
    operation: str
    seen: Seen
    blanks: Blanks
    problem: str


def check(adapter: AnyAdapter, scope: str | None, keep: Callable[[Exchanged], None] | None = None) -> Checkup:
    """Check one provider by one GET; *scope* is the extent of a list of models.

    *keep* is called with the exchange if the request may have left.
    """
    found = Checkup(provider=adapter.name, profile=name_of_profile())
    try:
        found = evolve(found, credential_from=source_of(adapter))
        settings = settings_from(adapter)
        found = evolve(found, configured=True, host=settings.origin)
        proxy = proxy_for(settings.origin)
        found = evolve(found, proxy=None if proxy is None else str(proxy))
        session = Session(settings, Secret.of(adapter.authorization(settings.secret)), adapter.request_id_headers)
    except ConfigurationError as error:
        return evolve(found, configured=False, problem=str(error))
    try:
        return _asked(adapter, scope, session, found, keep)
    finally:
        session.close()


def is_configured(adapter: AnyAdapter) -> bool:
    """Return whether any setting of the provider is there; it may still be unusable."""
    found = environ()
    # The host first: a credential may be the output of a command.
    return any(variable in found and found[variable] for variable in reversed(adapter.settings.variables))


def _asked(
    adapter: AnyAdapter,
    scope: str | None,
    session: Session,
    found: Checkup,
    keep: Callable[[Exchanged], None] | None,
) -> Checkup:
    probe = adapter.probe(scope)
    if probe is None:
        return evolve(found, credential="not known", problem="No GET is known that would show it.")
    observed, observer = session.observed()
    before = datetime.now(UTC)
    answer = observed.perform(probe.within(_SECONDS))
    after = datetime.now(UTC)
    tls = observer.tls
    found = evolve(
        found,
        tls="none" if session.origin.text.startswith("http:") else None if tls is None else tls.version,
        credential=_verdict(answer),
        http_status=answer.http_status,
        clock_difference=_apart(answer, before, after),
    )
    found = evolve(found, problem=_problem(found, answer))
    if keep is not None and observer.seen is not None and answer.was_sent:
        keep(Exchanged(found, probe.operation, observer.seen, session.wire_blanks, answer.problem))
    return found


def _verdict(answer: Answer) -> Credential:
    if answer.is_documented:
        return "accepted"
    if answer.http_status == HTTPStatus.UNAUTHORIZED:
        return "rejected"
    if answer.http_status == HTTPStatus.FORBIDDEN:
        return "not permitted"
    return "not rejected" if answer.says_not_found else "not known"


def _problem(found: Checkup, answer: Answer) -> str | None:
    words = {
        "rejected": f"The credential was rejected: {answer.describe()}. Set {found.credential_from} to a valid one.",
        "not permitted": f"The credential may not read this: {answer.describe()}. Ask for the right to list models.",
        "not rejected": f"The answer was {answer.describe()}. To be sure, name a scope: "
        f"expunge doctor {found.provider}:SCOPE",
        "not known": f"{answer.describe()}, from {found.host}. Check the host, the network and the proxy.",
    }
    problem = words.get(found.credential or "")
    if found.is_late:
        late = "The clocks differ by more than 5 minutes, so no plan is made by age. Set this machine's clock."
        return late if problem is None else f"{problem} {late}"
    return problem[0].upper() + problem[1:] if problem else None


def _apart(answer: Answer, before: datetime, after: datetime) -> float | None:
    """Return the seconds by which the answer's `Date`, which counts seconds, is ahead of the time between the two."""
    try:
        date = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, OverflowError):
        return None
    date = date.replace(tzinfo=date.tzinfo or UTC)
    if date > after:
        return round((date - after).total_seconds(), 1)
    behind = (before - date - timedelta(seconds=1)).total_seconds()
    return round(-behind, 1) if behind > 0 else 0.0
