"""One model of a plan: its versions with their decisions, and its row in the plan's file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast, get_args

from attrs import frozen

from .._json import JSON, read_json
from ..errors import ExpungeError
from ..providers import parse_ref
from ..refs import Reference
from ..types import Version
from .packed import Choices, PackedChoices, canonical, version_content
from .retention import Action, Choice, Rule

_ACTIONS, _RULES = get_args(Action), get_args(Rule)


@frozen(kw_only=True)
class PlannedModel:
    """One model: its versions, newest first, and remarks for a person.

    Attributes:
        ref: Canonical text of the model.
        choices: The decision on each version; it is made each time that it is asked for.
        remarks: Remarks for a person.
        policy_rule: Number of the policy's rule that applies to it, from 1; None without a policy.
    """

    ref: str
    choices: Sequence[Choice]
    remarks: tuple[str, ...] = ()
    policy_rule: int | None = None

    def __attrs_post_init__(self) -> None:
        """Pack the choices."""
        object.__setattr__(self, "choices", self.packed)

    @property
    def packed(self) -> PackedChoices:
        """The same choices, without those that are not asked for."""
        return PackedChoices.of(self.choices)

    @property
    def deletions(self) -> Sequence[Choice]:
        """The versions to delete, newest first."""
        return Choices(self.packed.goes, lambda: (choice for choice in self.choices if choice.action == "delete"))

    def canonical(self) -> Iterator[str]:
        """Yield its content in the plan's file as canonical JSON, in pieces."""
        begin, end = self.ends()
        yield begin
        for number, text in enumerate(self.packed.texts()):
            yield f",{text}" if number else text
        yield end

    def ends(self) -> tuple[str, str]:
        """Return the text before its versions, and the text after them."""
        head, mark, end = canonical({**self._head(), "versions": []}).rpartition("]}")
        return head, mark + end

    def to_dict(self) -> dict[str, JSON]:
        """Return its content in the plan's file."""
        return {**self._head(), "versions": list(map(version_content, self.choices))}

    def _head(self) -> dict[str, JSON]:
        rule: dict[str, JSON] = {} if self.policy_rule is None else {"policy_rule": self.policy_rule}
        return {"model": self.ref, **rule, "remarks": list(self.remarks)}


@frozen
class Misfit:
    """A row that is not a model of a plan, as canonical JSON: the hash of its file is compared first."""

    text: str

    def canonical(self) -> Iterator[str]:
        """Yield its content as canonical JSON."""
        yield self.text

    def to_dict(self) -> JSON:
        """Return its content."""
        return read_json(self.text)


def row_of(content: JSON) -> PlannedModel | Misfit:
    """Return the model that *content* describes, without anything else; other content is a misfit."""
    with suppress(ExpungeError, LookupError, TypeError, ValueError, AttributeError, OverflowError):
        return _model_of(cast("Mapping[str, Any]", content))
    return Misfit(canonical(content))


def model_of(row: PlannedModel | Misfit) -> PlannedModel:
    """Return *row* if it is a model; a misfit is a ValueError."""
    if isinstance(row, Misfit):
        raise ValueError("a row is not a model of a plan")  # noqa: TRY004 - its type is ours, its content is not
    return row


def _model_of(content: Mapping[str, Any]) -> PlannedModel:
    ref, versions = parse_ref(content["model"]), content["versions"]
    refs = [parse_ref(version["ref"]) for version in versions]
    if ref.scope != "model" or any(each.scope != "version" or each.model != ref for each in refs):
        raise ValueError("a plan names versions of its models, and nothing else")
    if len(set(refs)) < len(refs):
        raise ValueError("a version is there twice")
    if isinstance(content.get("policy_rule"), bool):
        raise TypeError("a rule without a number")
    model = PlannedModel(
        ref=str(ref),
        choices=PackedChoices(map(_checked, refs, versions)),
        remarks=tuple(content["remarks"]),
        policy_rule=content.get("policy_rule"),
    )
    if not isinstance(versions, list) or canonical({**content, "versions": []}) != "".join(model.ends()):
        raise ValueError("a model with other words")
    return model


def _checked(ref: Reference, content: Mapping[str, Any]) -> Mapping[str, JSON]:
    """Return *content* if it is that of a choice about *ref*, and has nothing else."""
    # Its values are texts, null and what was checked for its type: so to Python, too, equal ones are the same.
    if version_content(_choice_of(ref, content)) != content:
        raise ValueError("a version with other words")
    return content


def _choice_of(ref: Reference, content: Mapping[str, Any]) -> Choice:
    observed = content["observed"]
    created = observed["created_at"]
    if content["action"] not in _ACTIONS or content["rule"] not in _RULES:
        raise ValueError("an unknown action or rule")
    if (content["action"] == "delete") != (content["rule"] == "selected"):
        raise ValueError("an action that does not follow from its rule")
    known = (observed["status"], observed["identity"])
    require_texts(observed["aliases"], (text for text in known if text is not None))
    if not isinstance(observed["is_live"], bool | None):
        raise TypeError("an unknown live state")
    return Choice(
        version=Version(
            ref=str(ref),
            aliases=tuple(observed["aliases"]),
            created_at=None if created is None else time_of(created),
            is_live=observed["is_live"],
            status=observed["status"],
        ),
        action=cast("Action", content["action"]),
        rule=cast("Rule", content["rule"]),
        reason=str(content["reason"]),
        identity=observed["identity"],
    )


def require_texts(*several: Iterable[object]) -> None:
    """Refuse anything but texts: a matching hash does not prove the types."""
    if not all(isinstance(text, str) for texts in several for text in texts):
        raise TypeError("a value that is not text")


def time_of(text: str) -> datetime:
    """Read a time of the plan's file."""
    return datetime.fromisoformat(text).astimezone(UTC)
