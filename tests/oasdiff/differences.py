"""Cases where oasdiff's verdict is not ours, each with the reason why ours is right.

A case is a row of the tables in tests/changed, or of neighbours.yaml, under its name there.
"""

from changed.openapi.client_facts import ENUMERATIONS_ARE_OPEN

_ANOTHER_VALUE = "The generated default is sent, so a call that leaves the field out sends another value."
_CLOSED = "A field of another name, or of another type, was accepted and is refused now."
_EXTRA = "The answer may hold a value that it could not hold before."
_SAME = "Both schemas accept the same values; only the wording differs."
_WIDER = "Every body that was accepted still is; one more schema is accepted."

MISSED = {
    "tag-changed": "The first tag names the generated module, so the old import fails.",
    "security-of-all-changed": "No key is needed, so the client has no function `connect` any more.",
    "scheme-changed": "The same token must be sent in another form.",
    "server-changed": "All requests go to another host.",
    "server-of-one-operation": "The requests of this operation go to another host.",
    "parameter-style-changed": "The same value is written in another form.",
    "sent-default-added": _ANOTHER_VALUE,
    "sent-more-fields-forbidden": _CLOSED,
    "sent-discriminator-renamed": "The variants are told apart by another field, which old bodies lack.",
    "sent-other-type-taken-too-and-pattern-changed": "A text must match another pattern; integers do not help it.",
    "received-enum-value-removed": "A member of a generated enumeration goes.",
    "received-format-changed": "The value becomes another Python type: a date, not a time.",
    "success-status-added": "A success status is proof of a deletion; another one needs a new reading.",
    "narrower-fields-closed": _CLOSED,
    "narrower-fields-closed-beside": _CLOSED,
    "narrower-other-fields-typed": _CLOSED,
    "narrower-one-more-union": "A value must fit a second union too: an object fits the first one only.",
    "narrower-types-taken-apart": "A text of fewer than five characters was accepted and is refused now.",
    "narrower-exactly-one-of-what-overlaps-came": "A text of two characters now fits two, so it is refused.",
    "narrower-not-of-more": "An integer was accepted and is refused now.",
    "narrower-null-no-longer-enumerated": "Null was accepted and is refused now.",
    "narrower-told-apart-by-a-new-field": "The field must name a variant now; before, any text was accepted.",
    "wider-no-longer-required": "The answer may lack a field that it always had.",
    "wider-null-enumerated": _EXTRA,
    "wider-other-fields-of-any-type": _EXTRA,
    "wider-another-type-among-others": _EXTRA,
    "figma 0.14.0 to 0.16.0, 1: a kind of easing was replaced by others": "A member of an enumeration goes.",
    "figma 0.22.0 to 0.24.0, 1: another address issues the tokens": "A client asks the earlier address for its token.",
    "figma 0.24.0 to 0.28.0, 0: the ids in the query are texts and were numbers": "The parameter has another type.",
    "figma 0.28.0 to 0.31.0, 0: a second scope stands beside the first one": "A token needs both scopes now.",
    "blockfrost 0.1.49 to 0.1.57, 0: one of four networks is no longer served": "Its users have no server.",
    "blockfrost 0.1.57 to 0.1.60, 0: its scheme has another name and another place": "Another header is needed.",
    "blockfrost 0.1.65 to 0.1.73, 3: five states that stood in one text are values of their own": (
        "A member of an enumeration goes."
    ),
    "directus 10.2.11 to 11.2.0, 1: one of two credentials is no longer accepted": "Its users are refused.",
}
"""Breaking to us, and harmless to oasdiff."""

ALARMED = {
    "received-taken-apart": "The fields moved to a branch of allOf; the answer holds the same ones.",
    "received-wrapped-in-all-of": _SAME,
    "sent-field-added-by-all-of": "The new field is optional, so every old body is accepted.",
    "sent-null-said-by-a-union": _SAME,
    "sent-null-taken-by-a-union": _WIDER,
    "sent-one-of-became-any-of": "A body that fits exactly one alternative also fits at least one.",
    "sent-other-schema-taken-too": _WIDER,
    "same-sent-branches-put-together": _SAME,
    "same-sent-constant": _SAME,
    "same-sent-inclusive": _SAME,
    "same-sent-plain-text-inlined-in-a-branch": _SAME,
    "same-sent-plain-text-inlined-in-a-union": _SAME,
    "same-sent-rule-beside-a-reference": _SAME,
    "same-sent-tighter-outside-than-inside": _SAME,
    "same-sent-union-of-types": _SAME,
    "same-received-branches-put-together": _SAME,
    "same-received-constant": _SAME,
    "same-received-rule-beside-a-reference": _SAME,
    "blockfrost 0.1.49 to 0.1.57, 1: the items say that they are objects": "The client read them as objects before.",
}
"""Breaking to oasdiff, and harmless to us."""
if ENUMERATIONS_ARE_OPEN:
    ALARMED["received-enum-value-added"] = "The client reads a value that no enumeration has as text."

_BOOLEAN = "OpenAPI 3.1 allows true and false as schemas; oasdiff stops at them."

UNREADABLE = dict.fromkeys(
    (
        "same-sent-true-at-the-top",
        "same-sent-true-for-any",
        "same-sent-true-items",
        "same-received-true-at-the-top",
        "same-received-true-for-any",
        "same-received-true-items",
        "narrower-an-alternative-that-nothing-fits",
        "narrower-field-forbidden",
        "narrower-forbidden-field-required",
    ),
    _BOOLEAN,
)
"""Valid documents that oasdiff cannot read."""
