"""How a deletion goes on: two tables, one for each answer to a delete and one for each read.

A *doubt* is an attempt that may have had an effect and was not settled. The tables know no provider and no network;
`machine.py` follows them, and docs/outcomes.md shows them (a test holds the two together).
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from ..providers._reads import Presence
from .answer_meaning import Judgement

Doubt: TypeAlias = Literal["none", "open", "found"]
"""`none`: no attempt is in doubt. `open`: one is. `found`: one is, and a read since the last one found the version."""

AfterAnswer: TypeAlias = Literal[
    "failed",
    "refused",
    "absent",
    "deleted by retry",
    "unknown",
    "settled by the answer",
    "wait",
    "read",
    "read, then failed",
    "read, then refused",
]
"""`read`: the answer leaves a doubt that only a read can settle. `read, then …`: this attempt had no effect, but an
earlier one is in doubt, so a read comes first."""

AfterRead: TypeAlias = Literal["absent", "deleted by read_back", "send again", "unknown", "end"]
"""`send again`: within time and attempts, else `end`. `end`: `unknown` if a doubt may come late, else `failed` or
`refused`, as the last answer was."""

AFTER_ANSWER: Mapping[Judgement, tuple[AfterAnswer, AfterAnswer]] = {
    # judgement: (before any doubt, after one)
    "never_sent": ("failed", "read, then failed"),
    "no_effect": ("failed", "read, then failed"),
    "refused": ("refused", "read, then refused"),
    "not_found": ("absent", "deleted by retry"),
    "other_resource": ("unknown", "unknown"),
    "throttled": ("wait", "wait"),
    "deleted": ("settled by the answer", "settled by the answer"),
    "accepted": ("settled by the answer", "settled by the answer"),
    "acknowledged": ("read", "read"),
    "uncertain": ("read", "read"),
}

AFTER_READ: Mapping[Presence, Mapping[Doubt, AfterRead]] = {
    "gone": {"none": "absent", "open": "deleted by read_back", "found": "deleted by read_back"},
    "there": {"none": "send again", "open": "send again", "found": "send again"},
    "unreadable": {"none": "end", "open": "unknown", "found": "end"},
}
