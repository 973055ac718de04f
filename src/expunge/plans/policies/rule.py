"""One rule of a policy."""

from typing import Final

from attrs import frozen

from ..._rules.globs import covers
from ..._rules.overlap import can_fit
from ...providers import PROVIDERS
from ...providers._patterns import ModelPattern
from ...refs import Reference
from ..selection import Selection

_ANY_NAME: Final = "?*"
"""A glob that fits every number, id and alias: none is empty."""


@frozen(kw_only=True)
class PolicyRule:
    """One rule of a policy.

    Attributes:
        number: Its place among the rules, from 1.
        line: The line of the file on which it begins.
        patterns: The models that it is for; it fits a model that one of them matches.
        selection: Its selectors, with the limits and the time zone of the policy.
    """

    number: int
    line: int
    patterns: tuple[ModelPattern, ...]
    selection: Selection

    @property
    def models(self) -> tuple[str, ...]:
        """The texts of its patterns."""
        return tuple(pattern.text for pattern in self.patterns)

    def fits(self, model: Reference) -> bool:
        """Return whether the rule is for *model*."""
        return any(pattern.matches(model) for pattern in self.patterns)

    @property
    def protects_everything(self) -> bool:
        """Whether a glob of `protect` fits each version that the rule could select, so that it never deletes."""
        selection = self.selection
        wanted = selection.match or (_ANY_NAME,)
        return all(any(covers(kept, each) for kept in selection.protect) for each in wanted)

    @property
    def matches_nothing(self) -> bool:
        """Whether no version on any of its providers can fit a glob of `match`, so that it never deletes."""
        rules = [_version_pattern(name) for name in {pattern.provider for pattern in self.patterns}]
        return bool(self.selection.match) and all(
            rule is not None and not any(can_fit(glob, rule) for glob in self.selection.match) for rule in rules
        )


def _version_pattern(provider: str) -> str | None:
    """Return the pattern of the ids of versions; None if a version may have another name too."""
    adapter = PROVIDERS[provider]
    return None if adapter.capabilities.aliases else adapter.name_pattern("version")
