"""Rules that a provider's spec states, checked on our side before and after every exchange.

The rules come from `rules.json`, which `make generate` writes beside each typed client from the normalised spec;
none is copied by hand, so a changed pattern changes the refusal. Only the keywords of the specs are supported.
"""

from .table import Operation, Rules, rules_of
from .violations import Schema, Violation

__all__ = ["Operation", "Rules", "Schema", "Violation", "rules_of"]
