"""An index of rules: of many thousands, only those that can fit a model are looked at."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from ..._rules.globs import literals_of
from ...providers._patterns import ModelPattern
from ...refs import Reference
from .rule import PolicyRule

_NO_TEXT: Final = ""


@frozen
class Entry:
    """A pattern, and the rule that has it."""

    rule: PolicyRule
    pattern: ModelPattern


class RuleIndex:
    """Patterns by a text that every model has in its name which they fit.

    Of a pattern's texts, such as `fraud-repo/` and `-dev` of `fraud-repo/*-dev`, the one is taken that leads to the
    fewest other patterns. A pattern without any text, such as `*`, is always looked at.
    """

    def __init__(self, rules: Iterable[PolicyRule] = ()) -> None:
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        self._lengths: dict[str, set[int]] = {}
        for rule in rules:
            self.add(rule)

    def add(self, rule: PolicyRule) -> None:
        """Add the patterns of *rule*."""
        for pattern in rule.patterns:
            text = self._best_text(pattern)
            self._entries.setdefault((pattern.provider, text), []).append(Entry(rule, pattern))
            self._lengths.setdefault(pattern.provider, set()).add(len(text))

    def _best_text(self, pattern: ModelPattern) -> str:
        def cost(text: str) -> tuple[int, int]:
            # A longer text is in fewer names.
            return len(self._entries.get((pattern.provider, text), ())), -len(text)

        return min(literals_of("/".join(pattern.parts)), key=cost, default=_NO_TEXT)

    def rule_of(self, model: Reference) -> PolicyRule | None:
        """Return the first rule that fits *model*; None if no rule does."""
        return _first(self.fitting(model))

    def fitting(self, model: Reference) -> Iterator[Entry]:
        """Yield each pattern that fits *model*, in no order."""
        name = str(model if model.scope == "model" else model.model).partition(":")[2]
        return (entry for entry in self._among(model.provider, [name]) if entry.pattern.matches(model))

    def taker(self, pattern: ModelPattern) -> PolicyRule | None:
        """Return the first rule with a pattern that surely fits all models that *pattern* fits."""
        texts = literals_of("/".join(pattern.parts))
        return _first(entry for entry in self._among(pattern.provider, texts) if entry.pattern.covers(pattern))

    def _among(self, provider: str, texts: Iterable[str]) -> Iterator[Entry]:
        """Yield the patterns whose text is a part of one of *texts*."""
        lengths = self._lengths.get(provider, set())
        parts = {text[at : at + long] for text in texts for long in lengths for at in range(len(text) - long + 1)}
        for part in parts | {_NO_TEXT}:
            yield from self._entries.get((provider, part), ())


def _first(entries: Iterable[Entry]) -> PolicyRule | None:
    return min((entry.rule for entry in entries), key=lambda rule: rule.number, default=None)
