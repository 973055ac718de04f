"""Making a plan: models are read one after another, and each decision waits for the complete list."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from attrs import evolve

from .._answer import Answer
from .._flow import Clock
from .._system.user import host, user
from ..errors import ConfigurationError, NotFound, UnexpectedResponse
from ..providers import PROVIDERS, parse_ref
from ..providers._patterns import ModelPattern
from ..providers._serving import Servings
from ..refs import Reference
from ..types import Version
from .backlog import oldest
from .plan import Plan, require_within_limits
from .planned_model import PlannedModel
from .policies.explanation import Explanation, fitting, judging, limiting
from .policies.policy import Policy
from .retention import Choice, Facts, choose, examined, observed, remarks, texts_of, unused_assumptions, unused_globs
from .selection import Selection

_CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the provider's clock, in the header Date (RFC 9110, section 6.6.1), may differ from ours."""

_MOST_VERSIONS = 1_000_000
"""Versions of one model: a plan holds them all, and a list may have no end."""


class Planning:
    """A plan in the making.

    Args:
        patterns: The models to read; those with a glob fit several.
        request: The selectors and limits, or a policy with those of each rule.
        origins: The host of each provider, by its name.
        clock: The source of the time; ages are as of the construction.
        names: References of versions that were named, by number or alias; used if the selection is of named ones.
    """

    def __init__(
        self,
        patterns: Sequence[ModelPattern],
        request: Selection | Policy,
        origins: Mapping[str, str],
        clock: Clock,
        *,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        if not patterns:
            raise ConfigurationError("No model was given; there is nothing to plan.")
        self._clock = clock
        self._now = clock.now()
        self._policy = request if isinstance(request, Policy) else None
        self._selection = request if isinstance(request, Selection) else None
        selections = [rule.selection for rule in request.rules] if isinstance(request, Policy) else [request]
        for selection in selections:
            selection.oldest_kept(self._now)  # an age beyond the calendar is refused before anything is read
            selection.kept_since(self._now)
        self._has_ages = any(each.older_than is not None or each.keep_within is not None for each in selections)
        self._common = selections[0]
        self._untouched: list[Reference] = []
        self.patterns = patterns
        self.servings = Servings()
        self._origins = origins
        self._names = names or {}
        self._seen: list[Version] = []
        self._identities: dict[str, str] = {}
        self._unread: set[str] = set()
        self._live_unread: dict[str, str] = {}
        self._planned: list[PlannedModel] = []

    def to_read(self, found: Iterable[Reference], listed: Iterable[Reference]) -> list[Reference]:
        """Return the models to read, of those that the patterns *found* and those that their lists have beside them.

        Raises:
            NotFound: No rule of the policy fits any.
        """
        if self._policy is None:
            return list(found)
        fits = {model: self._policy.rule_of(model) is not None for model in (*found, *listed)}
        self._untouched = [model for model in fits if not fits[model]]
        if len(self._untouched) == len(fits):
            raise NotFound(f"No rule of {self._policy.name} fits a model that is there. No plan was made.")
        return [model for model in fits if fits[model]]

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
        selection, policy_rule = self._selection_of(model)
        choices = tuple(
            evolve(choice, identity=self._identities[choice.ref]) if choice.ref in self._identities else choice
            for choice in choose(self._seen, selection, capabilities, self._now, **self._facts(model, selection, names))
        )
        notes = remarks(choices, selection, capabilities, model.provider)
        for choice in choices:
            for text in texts_of(choice.version):
                names.pop(text, None)
        notes += tuple(f"{text} is not there." for text in names)
        planned = PlannedModel(ref=str(model), choices=choices, remarks=notes, policy_rule=policy_rule)
        self._planned.append(planned)
        self._seen, self._identities, self._unread, self._live_unread = [], {}, set(), {}

    def explain(self, ref: Reference) -> Explanation:
        """Return the opinion of each rule about *ref*, by number or alias, now that its model's versions were seen.

        Raises:
            NotFound: None of them is *ref*.
        """
        model = ref.model
        selection, number = self._selection_of(model)
        policy, capabilities = self._policy, PROVIDERS[model.provider].capabilities
        facts = self._facts(model, selection, ())
        choices = choose(self._seen, selection, capabilities, self._now, **facts)
        found = next((choice for choice in choices if str(ref) in texts_of(choice.version)), None)
        if found is None:
            raise NotFound(f"{ref} is not there.", ref=str(ref))
        every = examined(self._seen, selection, capabilities, self._now, **facts)
        objections = next(dict(reversed(list(rules))) for version, _, rules in every if version.ref == found.ref)
        line = None if policy is None or number is None else policy.rules[number - 1].line
        judged = judging(found.version, selection, line, objections, found)
        return Explanation(
            ref=found.ref,
            verdicts=(*(() if policy is None else fitting(policy, model)), *judged),
            choice=found,
            limits=tuple(limiting(choices, selection)),
        )

    def _facts(self, model: Reference, selection: Selection, names: Container[str]) -> Facts:
        """Return what was found out about the versions of *model*, beside them."""
        return {
            "names": names,
            "aliases_unread": self._unread,
            "live_unread": self._live_unread,
            "assume_not_live": selection.assumes_not_live(model),
        }

    def hear(self, answer: Answer) -> None:
        """Refuse to judge ages if the provider's clock contradicts ours.

        Raises:
            ConfigurationError: The clocks differ by more than a few minutes; nothing was deleted.
        """
        if not self._has_ages:
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
        models, at_most = self._planned, self._common.at_most
        if at_most is not None:
            models = oldest(models, at_most)
        plan = Plan(
            models=tuple(models),
            selection=self._selection,
            origins={name: self._origins[name] for name in dict.fromkeys(map(_provider_of, models))},
            created_at=self._now,
            created_by=f"{user()} on {host()}",
            remarks=tuple(self._remarks()),
            policy=self._policy,
            untouched=tuple(map(str, self._untouched)),
        )
        require_within_limits(plan.models, plan.selection_of)
        return plan

    def _selection_of(self, model: Reference) -> tuple[Selection, int | None]:
        """Return the selection for *model*, and the number of the rule that has it."""
        if self._policy is None:
            return self._common, None
        rule = self._policy.rule_of(model)
        if rule is None:
            raise ConfigurationError(f"No rule of {self._policy.name} fits {model}.")
        return rule.selection, rule.number

    def _remarks(self) -> Iterator[str]:
        """Yield remarks on the complete plan: globs and rules without any effect."""
        if self._policy is None:
            yield from unused_globs(_choices_of(self._planned), self._common)
        else:
            found = [*(parse_ref(model.ref) for model in self._planned), *self._untouched]
            unmatched, planned = self._policy.unmatched(found), dict[int | None, list[PlannedModel]]()
            for model in self._planned:
                planned.setdefault(model.policy_rule, []).append(model)
            for rule in self._policy.rules:
                place = f"Rule {rule.number} ({self._policy.name}:{rule.line})"
                models = planned.get(rule.number)
                if models is None:
                    yield f"{place} applies to no model."
                    continue
                # A mistyped glob beside a good one leaves its models to a later rule.
                yield from (f"{place}: {each} matches no model." for each in unmatched[rule.number])
                for remark in unused_globs(_choices_of(models), rule.selection):
                    yield f"{place}: {remark}"
        yield from unused_assumptions((model.ref for model in self._planned), self._common)


def _provider_of(model: PlannedModel) -> str:
    return model.ref.partition(":")[0]


def _choices_of(models: Iterable[PlannedModel]) -> Iterator[Choice]:
    return (choice for model in models for choice in model.choices)
