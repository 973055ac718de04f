"""A plan: every version that was read, the decision on each, and its reason."""

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast, get_args

from attrs import frozen

from .._json import JSON
from .._version import __version__
from ..errors import ExpungeError, InvalidPlan, PlanTooLarge
from ..providers import parse_ref
from ..types import Version
from . import file as plan_file
from .retention import Action, Choice, Rule
from .selection import COUNTED, Selection

_FORMAT = 1
"""The format of a plan's content; other formats are refused."""


@frozen(kw_only=True)
class PlannedModel:
    """One model: its versions, newest first, and remarks for a person."""

    ref: str
    choices: tuple[Choice, ...]
    remarks: tuple[str, ...] = ()

    @property
    def deletions(self) -> tuple[Choice, ...]:
        """The versions to delete, newest first."""
        return tuple(choice for choice in self.choices if choice.action == "delete")


@frozen(kw_only=True)
class Plan:
    """Decisions on versions, made by `client.plan()` and carried out by `client.execute()`.

    Attributes:
        models: Each model that was read, with all its versions.
        selection: The selectors and limits.
        origins: The host that each provider was read from, such as `https://api.baseten.co`, by provider's name.
        created_at: Time in UTC at which the reading began.
        created_by: The user and the machine that made it.
        tool: The program that made it, with its version.
        remarks: Remarks for a person on the complete plan.
    """

    models: tuple[PlannedModel, ...]
    selection: Selection
    origins: Mapping[str, str]
    created_at: datetime
    created_by: str
    tool: str = f"expunge {__version__}"
    remarks: tuple[str, ...] = ()

    @property
    def deletions(self) -> tuple[Choice, ...]:
        """The versions to delete, model by model, oldest first: if a run stops early, the newest are left."""
        return tuple(choice for model in self.models for choice in reversed(model.deletions))

    @property
    def sha256(self) -> str:
        """The hash of the content, which reveals a change of the file."""
        return plan_file.hash_of(self.to_dict())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan to *path* as JSON, completely or not at all, replacing an existing file.

        Raises:
            OSError: It could not be written.
        """
        plan_file.write(Path(path), self.to_dict())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a plan from *path*.

        Raises:
            InvalidPlan: It cannot be read, is not a plan, or was changed.
        """
        return cls.from_dict(plan_file.read(Path(path)), str(path))

    @classmethod
    def from_dict(cls, content: Mapping[str, JSON], name: str = "The plan") -> Self:
        """Build a plan from its *content*, as `to_dict()` returns it; messages call it *name*.

        Raises:
            InvalidPlan: It does not have the format of a plan.
        """
        if content.get("expunge_plan") != _FORMAT:
            raise InvalidPlan(f"{name} is not a plan in a format that this version of expunge can read.")
        try:
            plan = cls._from_content(content)
        except (ExpungeError, LookupError, TypeError, ValueError, AttributeError, OverflowError):
            plan = None
        # By their hashes, as JSON: to Python, true is 1.
        if plan is None or plan.sha256 != plan_file.hash_of(content):
            raise InvalidPlan(f"{name} does not have the format of a plan.")
        return plan

    def to_dict(self) -> dict[str, JSON]:
        """Return the content of the plan's file, without its hash."""
        return {
            "expunge_plan": _FORMAT,
            "tool": self.tool,
            "created_at": _text_of(self.created_at),
            "created_by": self.created_by,
            "origins": dict(self.origins),
            "selection": self.selection.to_dict(),
            "remarks": list(self.remarks),
            "models": [
                {
                    "model": model.ref,
                    "remarks": list(model.remarks),
                    "versions": [_choice_content(choice) for choice in model.choices],
                }
                for model in self.models
            ],
        }

    @classmethod
    def _from_content(cls, content: Mapping[str, Any]) -> Self:
        """Build a plan from *content*; the caller compares the result with it, so types need no separate checks."""
        plan = cls(
            models=tuple(_model_of(model) for model in content["models"]),
            selection=_selection_of(content["selection"]),
            origins={**content["origins"]},
            created_at=_time_of(content["created_at"]),
            created_by=str(content["created_by"]),
            tool=str(content["tool"]),
            remarks=tuple(content["remarks"]),
        )
        _require_texts(plan.remarks, plan.origins.values(), *(model.remarks for model in plan.models))
        refs = [model.ref for model in plan.models]
        if len(set(refs)) < len(refs) or {parse_ref(ref).provider for ref in refs} != set(plan.origins):
            raise ValueError("a model is there twice, or a provider has no host")
        return plan


def require_within_limits(models: Iterable[PlannedModel], selection: Selection) -> None:
    """Refuse to delete more than *selection* allows, in total or of one model.

    Raises:
        PlanTooLarge: It would delete more; the message has the limits that would allow it.
    """
    found = list(models)
    count = sum(len(model.deletions) for model in found)
    problems: list[str] = []
    needed: dict[str, int] = {}
    if count > selection.max_delete:
        problems.append(f"This would delete {count} versions; the limit is {selection.max_delete}.")
        needed["max_delete"] = count
    above = [
        (model.ref, len(model.deletions), len(model.choices))
        for model in found
        if 100 * len(model.deletions) > selection.most_percent * len(model.choices)
    ]
    if above:
        # Rounded up in whole numbers: the limit must allow it, and a float may fall short.
        shares = {ref: -(-100 * going // all_of_it) for ref, going, all_of_it in above}
        which = " and ".join(f"{percent}% of {ref}" for ref, percent in shares.items())
        problems.append(f"This would delete {which}; the limit is {selection.most_percent:g}%.")
        needed["max_percent"] = max(shares.values())
    if problems:
        limits = ", ".join(f"{name}={limit}" for name, limit in needed.items())
        raise PlanTooLarge(f"{' '.join(problems)} No plan was made. To allow it: {limits}", needed=needed)


def _choice_content(choice: Choice) -> dict[str, JSON]:
    version = choice.version
    return {
        "ref": version.ref,
        "action": choice.action,
        "rule": choice.rule,
        "reason": choice.reason,
        "observed": {
            "aliases": list(version.aliases),
            "created_at": None if version.created_at is None else _text_of(version.created_at),
            "is_live": version.is_live,
            "status": version.status,
            "identity": choice.identity,
        },
    }


def _selection_of(content: Mapping[str, Any]) -> Selection:
    return Selection(
        **{name: content[name] for name in (*COUNTED, "keep_within", "timezone", "at_most")},
        older_than=content["older_than"],
        match=tuple(content["match"]),
        protect=tuple(content["protect"]),
        include_aliased=content["include_aliased"],
        assume_not_live=tuple(content["assume_not_live"]),
        max_delete=content["max_delete"],
        max_percent=content["max_percent"],
        named=content.get("named", False),
    )


def _model_of(content: Mapping[str, Any]) -> PlannedModel:
    model = parse_ref(content["model"])
    choices = tuple(_choice_of(version) for version in content["versions"])
    refs = [parse_ref(choice.ref) for choice in choices]
    if model.scope != "model" or any(ref.scope != "version" or ref.model != model for ref in refs):
        raise ValueError("a plan names versions of its models, and nothing else")
    if len(set(refs)) < len(refs):
        raise ValueError("a version is there twice")
    return PlannedModel(ref=str(model), choices=choices, remarks=tuple(content["remarks"]))


def _choice_of(content: Mapping[str, Any]) -> Choice:
    observed = content["observed"]
    created = observed["created_at"]
    if content["action"] not in get_args(Action) or content["rule"] not in get_args(Rule):
        raise ValueError("an unknown action or rule")
    if (content["action"] == "delete") != (content["rule"] == "selected"):
        raise ValueError("an action that does not follow from its rule")
    known = (observed["status"], observed["identity"])
    _require_texts(observed["aliases"], (text for text in known if text is not None))
    if not isinstance(observed["is_live"], bool | None):
        raise TypeError("an unknown live state")
    return Choice(
        version=Version(
            ref=str(parse_ref(content["ref"])),
            aliases=tuple(observed["aliases"]),
            created_at=None if created is None else _time_of(created),
            is_live=observed["is_live"],
            status=observed["status"],
        ),
        action=cast("Action", content["action"]),
        rule=cast("Rule", content["rule"]),
        reason=str(content["reason"]),
        identity=observed["identity"],
    )


def _require_texts(*several: Iterable[object]) -> None:
    """Refuse anything but texts: a matching hash does not prove the types."""
    if not all(isinstance(text, str) for texts in several for text in texts):
        raise TypeError("a value that is not text")


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time_of(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
