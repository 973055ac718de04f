"""Making a plan: models are read one after another, and each decision waits for the complete list."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from attrs import evolve

from .._answer import Answer
from .._flow import Clock
from .._system.user import host, user
from ..errors import ConfigurationError, UnexpectedResponse
from ..providers import PROVIDERS
from ..providers._patterns import ModelPattern
from ..providers._serving import Servings
from ..refs import Reference
from ..types import Version
from .backlog import oldest
from .plan import Plan, PlannedModel, require_within_limits
from .retention import Choice, choose, observed, remarks, texts_of, unused_assumptions, unused_globs
from .selection import Selection

_CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the provider's clock, in the header Date (RFC 9110, section 6.6.1), may differ from ours."""

_MOST_VERSIONS = 1_000_000
"""Versions of one model: a plan holds them all, and a list may have no end."""


class Planning:
    """A plan in the making.

    Args:
        patterns: The models to read; those with a glob fit several.
        selection: The selectors and limits.
        origins: The host of each provider, by its name.
        clock: The source of the time; ages are as of the construction.
        names: References of versions that were named, by number or alias; used if the selection is of named ones.
    """

    def __init__(
        self,
        patterns: Sequence[ModelPattern],
        selection: Selection,
        origins: Mapping[str, str],
        clock: Clock,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        if not patterns:
            raise ConfigurationError("No model was given; there is nothing to plan.")
        self._clock = clock
        self._now = clock.now()
        selection.oldest_kept(self._now)  # an age beyond the calendar is refused before anything is read
        selection.kept_since(self._now)
        self.patterns = patterns
        self.servings = Servings()
        self._selection = selection
        self._origins = origins
        self._names = names or {}
        self._seen: list[Version] = []
        self._identities: dict[str, str] = {}
        self._unread: set[str] = set()
        self._live_unread: dict[str, str] = {}
        self._planned: list[PlannedModel] = []

    def see(self, model: Reference, version: Version) -> None:
        """Note one version of *model*, without the provider's object, which may be large.

        Raises:
            UnexpectedResponse: The model has more versions than any plan holds.
        """
        if len(self._seen) == _MOST_VERSIONS:
            raise UnexpectedResponse(
                f"{model} lists more than {_MOST_VERSIONS:,} versions, so its list may have no end. No plan was made.",
                ref=str(model),
            )
        adapter = PROVIDERS[model.provider]
        identity = adapter.identity(version)
        if identity is not None:
            self._identities[version.ref] = identity
        if not adapter.knows_aliases(version):
            self._unread.add(version.ref)
        state = self.servings.state_of(adapter, model, version)
        if state.unread:
            self._live_unread[version.ref] = state.unread
        self._seen.append(observed(version, self._now))

    def decide(self, model: Reference) -> None:
        """Decide on the versions of *model*, now that all have been seen."""
        capabilities = PROVIDERS[model.provider].capabilities
        names = dict.fromkeys(self._names.get(str(model), ()))
        choices = tuple(
            evolve(choice, identity=self._identities.get(choice.ref))
            for choice in choose(
                self._seen,
                self._selection,
                capabilities,
                self._now,
                aliases_unread=self._unread,
                live_unread=self._live_unread,
                names=names,
                assume_not_live=self._selection.assumes_not_live(model),
            )
        )
        notes = remarks(choices, self._selection, capabilities, model.provider)
        for choice in choices:
            for text in texts_of(choice.version):
                names.pop(text, None)
        notes += tuple(f"{text} is not there." for text in names)
        self._planned.append(PlannedModel(ref=str(model), choices=choices, remarks=notes))
        self._seen, self._identities, self._unread, self._live_unread = [], {}, set(), {}

    def hear(self, answer: Answer) -> None:
        """Refuse to judge ages if the provider's clock contradicts ours.

        Raises:
            ConfigurationError: The clocks differ by more than a few minutes; nothing was deleted.
        """
        if self._selection.older_than is None and self._selection.keep_within is None:
            return
        try:
            there = parsedate_to_datetime(answer.headers.get("date", ""))
        except (ValueError, OverflowError):
            return  # the answer has no readable Date
        seconds = abs(there.replace(tzinfo=there.tzinfo or UTC) - self._clock.now()).total_seconds()
        apart = timedelta(seconds=round(seconds))
        if apart > _CLOCKS_DIFFER:
            raise ConfigurationError(
                f"This machine's clock and the provider's differ by {apart}, so ages are not known. "
                "Correct this machine's clock. No plan was made."
            )

    def plan(self) -> Plan:
        """Return the plan.

        Raises:
            PlanTooLarge: It would delete more than the selection allows.
        """
        models, remarks = self._planned, unused_globs(self._choices(), self._selection)
        if self._selection.at_most is not None:
            models = oldest(models, self._selection.at_most)
        require_within_limits(models, self._selection)
        return Plan(
            models=tuple(models),
            selection=self._selection,
            origins=self._origins,
            created_at=self._now,
            created_by=f"{user()} on {host()}",
            remarks=(*remarks, *unused_assumptions((model.ref for model in self._planned), self._selection)),
        )

    def _choices(self) -> Iterator[Choice]:
        return (choice for model in self._planned for choice in model.choices)
