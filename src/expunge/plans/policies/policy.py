"""A policy: rules for models. The first rule that fits a model applies to it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from attrs import Factory, evolve, field, frozen

from ..._json import JSON
from ...providers._patterns import ModelPattern
from ...refs import Reference
from ..selection import Selection
from .rule import PolicyRule
from .rule_index import RuleIndex


@frozen(kw_only=True)
class Policy:
    """The rules of one policy file, in their order, as `client.plan(policy=…)` takes them.

    Attributes:
        name: The name of the file.
        sha256: The hash of its bytes.
        rules: Its rules.
    """

    name: str
    sha256: str
    rules: tuple[PolicyRule, ...]
    _index: RuleIndex = field(
        init=False,
        eq=False,
        repr=False,
        default=Factory(lambda policy: RuleIndex(policy.rules), takes_self=True),  # pyright: ignore[reportUnknownLambdaType,reportUnknownArgumentType,reportUnknownMemberType]  # attrs does not type it
    )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Policy":
        """Read and check the policy in the file at *path*: YAML 1.2 or JSON.

        Raises:
            InvalidPolicy: It cannot be read, or has a mistake; the message names the file and the line.
        """
        from .document import read_policy  # noqa: PLC0415 - needs PyYAML, which a loaded plan does not

        return read_policy(Path(path))

    @property
    def patterns(self) -> Iterator[ModelPattern]:
        """The patterns of all rules, in their order."""
        return (pattern for rule in self.rules for pattern in rule.patterns)

    def rule_of(self, model: Reference) -> PolicyRule | None:
        """Return the first rule that fits *model*; None if no rule does."""
        return self._index.rule_of(model)

    def unmatched(self, models: Iterable[Reference]) -> dict[int, list[ModelPattern]]:
        """Return the patterns that fit none of *models*, by their rule's number."""
        fitting = {(entry.rule.number, entry.pattern) for model in models for entry in self._index.fitting(model)}
        return {
            rule.number: [each for each in rule.patterns if (rule.number, each) not in fitting] for rule in self.rules
        }

    def with_options(
        self,
        *,
        protect: tuple[str, ...] = (),
        include_aliased: bool = False,
        assume_not_live: tuple[str, ...] = (),
        at_most: int | None = None,
        max_delete: int | None = None,
        max_percent: float | None = None,
    ) -> Self:
        """Return the policy with options that were given for one plan; a limit replaces that of the policy.

        Raises:
            ConfigurationError: An option does not parse.
        """
        limits = {"max_delete": max_delete, "max_percent": max_percent}
        options: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
        options |= {"include_aliased": include_aliased, "assume_not_live": assume_not_live, "at_most": at_most}

        def given(rule: PolicyRule) -> PolicyRule:
            selection = rule.selection
            return evolve(rule, selection=evolve(selection, protect=(*selection.protect, *protect), **options))

        return evolve(self, rules=tuple(map(given, self.rules)))

    def to_dict(self) -> dict[str, JSON]:
        """Return the content as a plan holds it."""
        return {"name": self.name, "sha256": self.sha256, "rules": [*self.to_rows()]}

    def to_rows(self) -> Iterator[dict[str, JSON]]:
        """Yield the content of each rule as a plan holds it."""
        for rule in self.rules:
            yield {
                "number": rule.number,
                "line": rule.line,
                "models": list(rule.models),
                "selection": rule.selection.to_dict(),
            }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Build a policy from *content*, as `to_dict()` returns it; the caller compares the result with it."""
        return cls(
            name=str(content["name"]),
            sha256=str(content["sha256"]),
            rules=tuple(
                PolicyRule(
                    number=number,
                    line=int(rule["line"]),
                    patterns=tuple(map(ModelPattern.parse, rule["models"])),
                    selection=Selection.from_dict(rule["selection"]),
                )
                for number, rule in enumerate(content["rules"], 1)
            ),
        )
