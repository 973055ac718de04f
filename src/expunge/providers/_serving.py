"""Serving: the versions that a provider's own lists name as live, or why those lists cannot tell."""

from typing import TYPE_CHECKING, TypeVar

from attrs import field, frozen

from .._answer import Answer
from .._flow import Flow
from ..errors import InvalidReference
from ..refs import Reference, shown
from ..types import Version
from ._failed_reads import ReadFailed, missing_right

if TYPE_CHECKING:
    from . import AnyAdapter


AnyReference = TypeVar("AnyReference", bound=Reference)


@frozen
class Found:
    """The names that the lists have shown so far; a list that breaks off has shown some.

    Names are kept in lower case: a false match keeps a version, and a missed one deletes a version that serves.

    Attributes:
        versions: References to versions that serve.
        doubtful: References to models with a version in use, under a name that does not tell which one.
    """

    versions: set[str] = field(factory=set[str])
    doubtful: set[str] = field(factory=set[str])

    def add(self, version: Reference) -> None:
        """Note that *version* serves."""
        self.versions.add(str(version).casefold())

    def add_alias(self, model: Reference, alias: str) -> None:
        """Note that the version of *model* with *alias* serves, and that another one may: an alias moves."""
        self.versions.add(f"{model}@{alias}".casefold())
        self.doubt(model)

    def doubt(self, model: Reference) -> None:
        """Note that some version of *model* serves."""
        self.doubtful.add(str(model).casefold())


def nameable(reference: AnyReference, answer: Answer) -> AnyReference:
    """Return *reference*, which a list names as live.

    Raises:
        ReadFailed: It is not a reference: a name that is written in another way would match no version.
    """
    from . import parse_ref  # noqa: PLC0415 - the registry imports the adapters' base, which imports this

    try:
        parse_ref(reference)
    except InvalidReference as error:
        raise ReadFailed(
            answer, f"{shown(str(reference))} is named as live, and its {error.part} is not valid"
        ) from None
    return reference


@frozen(kw_only=True)
class LiveState:
    """Whether one version serves.

    Attributes:
        is_live: Whether it does; None if the provider does not say, or if it could not be read.
        unread: A clause that says why it could not be read; empty if nothing failed.
    """

    is_live: bool | None = None
    unread: str = ""

    @property
    def objections(self) -> tuple[str, ...]:
        """A clause for each objection to deleting the version."""
        if self.is_live:
            return ("it is live now",)
        return (f"it may be live: {self.unread}",) if self.unread else ()


@frozen(kw_only=True)
class Serving:
    """The result of one read of the lists that name the versions in use.

    Attributes:
        found: The names in them.
        problem: A clause that says why they were not read completely; empty if they were.
        proves_idle: Whether a version that is in none of them surely does not serve.
    """

    found: Found
    problem: str = ""
    proves_idle: bool = True

    def state_of(self, model: Reference, version: Version) -> LiveState:
        """Return whether *version* of *model* serves."""
        names = (version.ref, *(f"{model}@{alias}" for alias in version.aliases))
        if any(name.casefold() in self.found.versions for name in names):
            return LiveState(is_live=True)
        if self.problem:
            return LiveState(unread=self.problem)
        if self.found.doubtful and str(model).casefold() in self.found.doubtful:
            return LiveState(unread="a version of its model serves under a name that does not tell which one")
        return LiveState(is_live=False if self.proves_idle else None)


def read_serving(adapter: "AnyAdapter", model: Reference, sought: str = "") -> Flow[Serving]:
    """Read the lists that tell which versions of *model* serve; a failure is a part of the result.

    The reading ends early if the lists name the version *sought*: the rest could not change its state.
    """
    found = Found()
    problem = ""
    try:
        yield from _until_found(sought.casefold(), adapter.find_serving(model, found), found)
    except ReadFailed as error:
        problem = f"{adapter.name}'s {adapter.serving_lists} could not be read completely: {error.reason}"
        problem += missing_right(error.answer, adapter.serving_lists)
    return Serving(found=found, problem=problem, proves_idle=adapter.capabilities.proves_idle)


def _until_found(sought: str, flow: Flow[None], found: Found) -> Flow[None]:
    answer: Answer | None = None
    try:
        while True:
            effect = flow.send(answer)
            if sought in found.versions:
                return
            answer = yield effect
    except StopIteration:
        return
    finally:
        flow.close()


def read_state(adapter: "AnyAdapter", ref: Reference, version: Version) -> Flow[LiveState]:
    """Return whether *version*, read as *ref*, serves; read the lists if its own fields leave it open."""
    if ref.scope == "model" or version.is_live:
        return LiveState(is_live=version.is_live)
    serving = yield from read_serving(adapter, ref.model, version.ref)
    return adapter.live_state(ref.model, version, serving)


def with_state(version: Version, state: LiveState) -> Version:
    """Return *version* with the live state *state*."""
    if version.is_live is state.is_live:
        return version
    # Faster than evolve(), and a list may have 100,000.
    return Version(
        ref=version.ref,
        aliases=version.aliases,
        created_at=version.created_at,
        is_live=state.is_live,
        status=version.status,
        raw=version.raw,
    )


class Servings:
    """The reads so far that models share, each once: what serves, and where lists of versions begin."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], Serving] = {}
        self._beginnings: dict[tuple[str, str], object] = {}

    def beginning(self, adapter: "AnyAdapter", model: Reference) -> Flow[object]:
        """Return the place where *model*'s list begins; read it if no earlier model needed it."""
        scope = adapter.beginning_scope(model)
        if scope is None:
            return None
        key = (adapter.name, scope)
        if key not in self._beginnings:
            self._beginnings[key] = yield from adapter.beginning(model)
        return self._beginnings[key]

    def of(self, adapter: "AnyAdapter", model: Reference) -> Flow[Serving]:
        """Return what serves, as far as it matters to *model*; read it if no earlier model needed it."""
        scope = scope_of(model, adapter)
        if scope not in self._read:
            self._read[scope] = yield from read_serving(adapter, model)
        return self._read[scope]

    def state_of(self, adapter: "AnyAdapter", model: Reference, version: Version) -> LiveState:
        """Return whether *version* serves, by what was read for *model*."""
        return adapter.live_state(model, version, self._read[scope_of(model, adapter)])


def scope_of(model: Reference, adapter: "AnyAdapter") -> tuple[str, str]:
    """Return a name for the lists that tell about *model*: an organisation may be called like a provider."""
    return adapter.name, adapter.serving_scope(model)
