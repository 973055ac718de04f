"""A plan: every version that was read, the decision on each, and its reason."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from attrs import frozen

from .._json import JSON
from .._version import __version__
from ..errors import ExpungeError, InvalidPlan, PlanTooLarge
from ..providers import parse_ref
from . import file as plan_file
from .packed import Choices, text_of
from .planned_model import Misfit, PlannedModel, model_of, require_texts, row_of, time_of
from .policies.policy import Policy
from .retention import Choice
from .selection import Selection

_FORMAT = 1
"""The format of a plan's content with one selection for all models."""

_FORMAT_OF_POLICIES = 2
"""The format with the rules of a policy; other formats are refused."""

_FORMATS = (_FORMAT, _FORMAT_OF_POLICIES)
"""A tuple, as a set cannot be asked for a list."""

_MOST_NAMED = 5
"""Models above a limit that a message names."""


@frozen(kw_only=True)
class Plan:
    """Decisions on versions, made by `client.plan()` and carried out by `client.execute()`.

    Attributes:
        models: Each model that was read, with all its versions.
        selection: The selectors and limits; None if a policy has them.
        origins: The host that each provider was read from, such as `https://api.baseten.co`, by provider's name.
        created_at: Time in UTC at which the reading began.
        created_by: The user and the machine that made it.
        tool: The program that made it, with its version.
        remarks: Remarks for a person on the complete plan.
        policy: The policy with the selectors and limits of each rule, or None.
        untouched: Models that no rule of the policy fits; their versions were not read.
        profile: The command line's profile that it was made with, or None.
    """

    models: tuple[PlannedModel, ...]
    selection: Selection | None
    origins: Mapping[str, str]
    created_at: datetime
    created_by: str
    tool: str = f"expunge {__version__}"
    remarks: tuple[str, ...] = ()
    policy: Policy | None = None
    untouched: tuple[str, ...] = ()
    profile: str | None = None

    def selection_of(self, model: PlannedModel) -> Selection:
        """Return the selectors and limits that apply to *model*."""
        if self.policy is not None and model.policy_rule is not None:
            return self.policy.rules[model.policy_rule - 1].selection
        if self.selection is None:
            raise InvalidPlan(f"The plan has no rule for {model.ref}.")
        return self.selection

    @property
    def deletions(self) -> Sequence[Choice]:
        """The versions to delete, model by model, oldest first: if a run stops early, the newest are left."""
        count = sum(len(model.deletions) for model in self.models)
        return Choices(count, lambda: (choice for model in self.models for choice in reversed(tuple(model.deletions))))

    @property
    def sha256(self) -> str:
        """The hash of the content, which reveals a change of the file."""
        return plan_file.hash_of(self._content())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan to *path* as JSON, completely or not at all, replacing an existing file.

        Raises:
            OSError: It could not be written.
        """
        plan_file.write(Path(path), self._content())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a plan from *path*.

        Raises:
            InvalidPlan: It cannot be read, is not a plan, or was changed.
        """
        head, rows = plan_file.read(Path(path), "models", row_of)
        return cls._checked(head, rows, str(path))

    @classmethod
    def from_dict(cls, content: Mapping[str, JSON], name: str = "The plan") -> Self:
        """Build a plan from its *content*, as `to_dict()` returns it; messages call it *name*.

        Raises:
            InvalidPlan: It does not have the format of a plan.
        """
        models = content.get("models")
        has_rows = isinstance(models, list)
        rows = map(row_of, models) if isinstance(models, list) else ()
        return cls._checked({**content, "models": [] if has_rows else models}, rows, name)

    @classmethod
    def _checked(cls, head: Mapping[str, JSON], rows: "Iterable[PlannedModel | Misfit]", name: str) -> Self:
        """Build a plan from its content: *head* has an empty list in the place of the *rows*."""
        if head.get("expunge_plan") not in _FORMATS:
            raise InvalidPlan(f"{name} is not a plan in a format that this version of expunge can read.")
        with suppress(ExpungeError, LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            plan = cls._from_content(head, rows)
            # By their hashes, as JSON: to Python, true is 1. The rows were compared one by one.
            if plan_file.hash_of({**plan._head(), "models": []}) == plan_file.hash_of(head):
                return plan
        raise InvalidPlan(f"{name} does not have the format of a plan.")

    def to_dict(self) -> dict[str, JSON]:
        """Return the content of the plan's file, without its hash."""
        return {**self._head(), "models": [model.to_dict() for model in self.models]}

    def canonical(self) -> Iterator[str]:
        """Yield the same as canonical JSON, in pieces."""
        return plan_file.canonical_pieces(self._content())

    def _content(self) -> plan_file.Content:
        """Return the same with one model after another, as a plan may have many."""
        return {**self._head(), "models": plan_file.Rows(self.models)}

    def _head(self) -> dict[str, JSON]:
        head: dict[str, JSON] = {
            "expunge_plan": _FORMAT if self.policy is None else _FORMAT_OF_POLICIES,
            "tool": self.tool,
            "created_at": text_of(self.created_at),
            "created_by": self.created_by,
            "origins": dict(self.origins),
        }
        if self.profile is not None:
            head["profile"] = self.profile
        if self.policy is not None:
            head |= {"policy": self.policy.to_dict(), "untouched": list(self.untouched)}
        elif self.selection is not None:
            head["selection"] = self.selection.to_dict()
        return {**head, "remarks": list(self.remarks)}

    @classmethod
    def _from_content(cls, content: Mapping[str, Any], rows: "Iterable[PlannedModel | Misfit]") -> Self:
        """Build a plan from *content*; the caller compares the result with it, so types need no separate checks."""
        has_policy = content["expunge_plan"] == _FORMAT_OF_POLICIES
        plan = cls(
            models=tuple(map(model_of, rows)),
            selection=None if has_policy else Selection.from_dict(content["selection"]),
            origins={**content["origins"]},
            created_at=time_of(content["created_at"]),
            created_by=str(content["created_by"]),
            tool=str(content["tool"]),
            remarks=tuple(content["remarks"]),
            policy=Policy.from_dict(content["policy"]) if has_policy else None,
            untouched=tuple(content.get("untouched", ())),
            profile=content.get("profile"),
        )
        require_texts(() if plan.profile is None else (plan.profile,))
        require_texts(plan.remarks, plan.untouched, plan.origins.values(), *(model.remarks for model in plan.models))
        refs = [model.ref for model in plan.models]
        if len(set(refs)) < len(refs) or {parse_ref(ref).provider for ref in refs} != set(plan.origins):
            raise ValueError("a model is there twice, or a provider has no host")
        for model in plan.models:
            rule = None if plan.policy is None else plan.policy.rule_of(parse_ref(model.ref))
            if model.policy_rule != (None if rule is None else rule.number):
                raise ValueError("a model goes by another rule than the first that fits it")
            plan.selection_of(model)
        for ref in plan.untouched:
            if plan.policy is None or ref in refs or plan.policy.rule_of(parse_ref(ref)) is not None:
                raise ValueError("a model that a rule fits is called untouched")
        return plan


def require_within_limits(models: Iterable[PlannedModel], selection_of: Callable[[PlannedModel], Selection]) -> None:
    """Refuse to delete more than the selections allow, in total or of one model; all have the same limits.

    Raises:
        PlanTooLarge: It would delete more; the message has the limits that would allow it.
    """
    found = list(models)
    count = sum(len(model.deletions) for model in found)
    problems: list[str] = []
    needed: dict[str, int] = {}
    most = min((selection_of(model).max_delete for model in found), default=count)
    if count > most:
        problems.append(f"This would delete {count} versions; the limit is {most}.")
        needed["max_delete"] = count
    above = [
        (model.ref, len(model.deletions), len(model.choices), selection_of(model).most_percent)
        for model in found
        if 100 * len(model.deletions) > selection_of(model).most_percent * len(model.choices)
    ]
    if above:
        # Rounded up in whole numbers: the limit must allow it, and a float may fall short.
        shares = {ref: -(-100 * going // all_of_it) for ref, going, all_of_it, _ in above}
        which = [f"{percent}% of {ref}" for ref, percent in shares.items()]
        if len(which) > _MOST_NAMED:
            left = len(which) - _MOST_NAMED
            which = [*which[:_MOST_NAMED], f"too much of {left} more model{'' if left == 1 else 's'}"]
        problems.append(f"This would delete {' and '.join(which)}; the limit is {min(row[3] for row in above):g}%.")
        needed["max_percent"] = max(shares.values())
    if problems:
        limits = ", ".join(f"{name}={limit}" for name, limit in needed.items())
        raise PlanTooLarge(f"{' '.join(problems)} No plan was made. To allow it: {limits}", needed=needed)
