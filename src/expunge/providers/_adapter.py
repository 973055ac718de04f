"""What an adapter is: everything that is special about one provider, and nothing that waits."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Generic, Literal, TypeVar

from attrs import frozen
from dateutil.parser import isoparse

from .._answer import Answer
from .._flow import Call, Flow
from .._json import JSON
from .._rules import rules_of
from ..config import ProviderSettings, Secret
from ..errors import Refused
from ..refs import Reference, invalid
from ..types import ProviderName, Version

AnyReference = TypeVar("AnyReference", bound=Reference)
T = TypeVar("T")

_GOES_ON = ("has_more", "cursor", "next", "next_cursor", "next_page", "next_page_token", "nextPageToken")
"""What lists of all kinds say where there is more."""

_OLDEST_BELIEVABLE = datetime(2000, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Capabilities:
    """What one provider can do, for people who choose and for `expunge providers`.

    Attributes:
        aliases: Whether versions have other names than their number or id.
        creation_times: Whether it says when a version was made.
        live_state: Whether it says which version serves now.
        deletes_models: Whether its documented operation deletes a whole model.
        asynchronous: Whether it takes a deletion on and works on it later.
        manifests: Whether versions are created, updated and deleted by manifest.
    """

    aliases: bool = False
    creation_times: bool = False
    live_state: bool = False
    deletes_models: bool = False
    asynchronous: bool = False
    manifests: bool = False


Meaning = Literal["deleted", "accepted", "acknowledged", "refused", "other_resource", "uncertain"]
"""What a documented success says of the version.

`acknowledged` is a success that does not say what was deleted: a read settles it, and it stands only where that
read cannot be had. `other_resource` names something that was not asked for.
"""


@frozen
class Verdict:
    """What one answer to a delete means, and why in a clause."""

    meaning: Meaning
    reason: str = ""


Presence = Literal["there", "gone", "unreadable"]


@frozen(kw_only=True)
class Sighting:
    """What a read found of one version.

    Attributes:
        presence: Whether it is there; `unreadable` when the read could not tell.
        answer: The last answer that the read got.
        version: The version itself where it is there and was read whole.
        reason: A clause for a person: why it is gone, or why the read could not tell.
    """

    presence: Presence
    answer: Answer
    version: Version | None = None
    reason: str = ""


@frozen
class Page:
    """One page of a model's versions, and where the next begins; None after the last."""

    versions: tuple[Version, ...]
    following: object = None


class ReadFailed(Exception):
    """A read gave no documented answer; `deletion.py` and `_client.py` turn it into an error of the library."""

    def __init__(self, answer: Answer, reason: str = "") -> None:
        super().__init__(reason or answer.describe())
        self.answer = answer
        self.reason = reason or answer.describe()


class Absent(ReadFailed):
    """A read found that it is not there."""


class Replaced(Refused):
    """What was read may be another version under the same name: of the one that was meant, it says nothing."""


class Adapter(ABC, Generic[AnyReference]):
    """One provider: the grammar of its references, its calls, and how its answers are to be read."""

    name: ClassVar[ProviderName]
    settings: ClassVar[type[ProviderSettings]]
    capabilities: ClassVar[Capabilities]

    request_id_headers: ClassVar[tuple[str, ...]] = ()
    """Headers, in lower case, that name an exchange where `X-Request-Id` does not."""

    deletes_before_answering: ClassVar[bool] = True
    """Whether a version that is still there after a complete answer will stay."""

    reads_between_deletes: ClassVar[bool] = False
    """Whether a delete is never sent twice without a read in between, not even when the first had no effect."""

    @abstractmethod
    def authorization(self, secret: Secret) -> str:
        """Give the `Authorization` header's value."""

    @abstractmethod
    def parse(self, rest: str, text: str) -> AnyReference:
        """Read *rest*, what follows the provider's name and colon in *text*."""

    def recognises(self, text: str) -> bool:
        """Say whether *text* is of the form that the provider itself writes, without our prefix."""
        del text
        return False

    def parse_native(self, text: str) -> AnyReference:
        """Read *text*, which `recognises()` took for this provider's own form."""
        raise invalid(text, "provider", "is missing")

    def needs_resolving(self, ref: AnyReference) -> bool:
        """Say whether *ref* must be looked up before it can be deleted."""
        del ref
        return False

    def resolve(self, ref: AnyReference) -> Flow[AnyReference]:
        """Find the version that *ref* names now, by its number; raise `Absent` or `ReadFailed`."""
        yield from ()
        return ref

    def check_model_delete(self, ref: AnyReference) -> None:
        """Refuse to delete the model that *ref* names, unless the provider documents how."""
        raise Refused(
            f"{ref} names a model, and {self.name} documents no operation that deletes one. "
            f"Name a version: {ref}@VERSION.",
            ref=str(ref),
        )

    def check_manifest(self, ref: AnyReference, manifest: Mapping[str, JSON]) -> None:
        """Refuse a manifest that does not name what *ref* names."""
        del manifest
        raise Refused(f"{ref}: {self.name} deletes without a manifest; leave it out.", ref=str(ref))

    @abstractmethod
    def delete_call(self, ref: AnyReference, manifest: Mapping[str, JSON] | None) -> Call:
        """Name the request that deletes *ref*."""

    @abstractmethod
    def read_delete(self, ref: AnyReference, answer: Answer) -> Verdict:
        """Say what a documented success means for *ref*."""

    @abstractmethod
    def look(self, ref: AnyReference) -> Flow[Sighting]:
        """Read *ref* back."""

    def objections(self, ref: AnyReference, version: Version) -> Flow[tuple[str, ...]]:
        """Say what is known against deleting *ref*, as clauses; for a dry run."""
        del ref
        yield from ()
        return ("it is live now",) if version.is_live else ()

    def describe(self, ref: AnyReference, version: Version) -> Flow[Version]:
        """Fill in what only further reads can tell of *version*."""
        del ref
        yield from ()
        return version

    def identity(self, version: Version) -> str | None:
        """Give the provider's own name for exactly *version*, where its reference may come to name another one."""
        del version
        return None

    def knows_aliases(self, version: Version) -> bool:
        """Say whether *version* was read with its aliases: none is an answer, and no answer is not."""
        del version
        return True

    @abstractmethod
    def page(self, model: AnyReference, following: object) -> Flow[Page]:
        """Read one page of *model*'s versions; the first when *following* is None. Raises `ReadFailed`."""

    def apply(self, manifest: Mapping[str, JSON]) -> Flow[Version]:
        """Create or update the version that *manifest* describes."""
        del manifest
        raise Refused(f"{self.name} has no manifests.")
        yield from ()

    def retry_after(self, answer: Answer) -> float | None:
        """Find the seconds to wait where the provider says them elsewhere than in a header."""
        del answer
        return None

    def check_rule(self, value: str, *, part: str, text: str, operation: str, parameter: str) -> str:
        """Give *value* back when the spec's rule for that path parameter lets it through.

        Raises:
            InvalidReference: It does not; the message has the rule.
        """
        rules = rules_of(self.name)
        for violation in rules.violations(value, rules.operations[operation].parameters[parameter]):
            raise invalid(text, part, violation.rule)
        return value


def documented(answer: Answer) -> Answer:
    """Give *answer* back when it is a documented success.

    Raises:
        Absent: It is the provider's own 404.
        ReadFailed: It is anything else.
    """
    if answer.is_documented:
        return answer
    raise Absent(answer) if answer.says_not_found else ReadFailed(answer)


def require_whole(answer: Answer) -> None:
    """Refuse a list that says that it goes on, where no way to follow it is documented."""
    body = answer.body if isinstance(answer.body, dict) else {}
    if any(body.get(name) for name in _GOES_ON):
        raise ReadFailed(answer, "the list says that it goes on, and how to follow it is not documented")


def parsed(answer: Answer, kind: type[T]) -> T:
    """Give the generated object of a documented success."""
    if isinstance(answer.parsed, kind):
        return answer.parsed
    raise ReadFailed(answer)


def sighting(answer: Answer, read: Callable[[Answer], Version]) -> Sighting:
    """Say what *answer*, to a read of one version, shows; *read* makes the version of a documented success."""
    try:
        return Sighting(presence="there", answer=answer, version=read(documented(answer)))
    except Absent as error:
        return Sighting(presence="gone", answer=error.answer, reason=error.reason)
    except ReadFailed as error:
        return Sighting(presence="unreadable", answer=error.answer, reason=error.reason)


def time_of(text: object) -> datetime | None:
    """Read a creation time that can be believed; give None for any other.

    Without an offset, before 2000 or in the future it is no time that a deletion may rest on.
    """
    if not isinstance(text, str):
        return None
    try:
        moment = isoparse(text)
        if moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _OLDEST_BELIEVABLE <= moment <= datetime.now(UTC) else None
