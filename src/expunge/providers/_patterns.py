"""Patterns: references to models that may hold globs, such as `truefoundry:fraud-repo/*`."""

import re
from typing import ClassVar, Final

from attrs import field, frozen

from .._rules.globs import LETTERS, covers, fits, flaw_of, is_glob, overlap, tokens_of
from .._rules.overlap import can_fit
from .._rules.pattern_words import words_of
from ..errors import InvalidReference, Refused
from ..refs import FORBIDDEN, MAX_PART, Reference, check_part, invalid
from ..types import ProviderName
from . import PROVIDERS, AnyAdapter, parse_ref


def _any_part() -> str:
    """Return the pattern of all parts of references, whatever the provider; `.` and `..` are not parts."""
    undotted = "".join(map(re.escape, sorted(filter(_is_usual, LETTERS - {"."}))))
    every = f"{undotted}."
    return f"[{undotted}][{every}]*|[.][{undotted}][{every}]*|[.][.][{every}]+"


def _is_usual(letter: str) -> bool:
    return not (FORBIDDEN.search(letter) or letter in "*?[]" or not letter.isascii() or not letter.isprintable())


_ANY_PART: Final = _any_part()


@frozen
class ModelPattern:
    """A reference to a model, or a glob that fits several.

    A `*` does not fit a `/`, so each part of a reference has a glob of its own. `truefoundry:*` is short for
    `truefoundry:*/*`.

    Attributes:
        provider: The provider's name.
        text: The text as it was given.
        parts: The globs and names between the provider's `:` and the end.
    """

    provider: ProviderName
    text: str
    parts: tuple[str, ...] = field(eq=False)

    EVERYTHING: ClassVar[str] = "*"

    @classmethod
    def parse(cls, text: str | Reference) -> "ModelPattern":
        """Read *text*, which names a model or holds globs.

        Raises:
            InvalidReference: It does not parse, or names a version; `error.part` names the wrong part.
        """
        given = str(text)
        prefix, colon, rest = given.partition(":")
        if not (colon and prefix in PROVIDERS and is_glob(rest)):
            model = parse_ref(text)
            if model.scope != "model":
                raise InvalidReference(_name_its_model(model), ref=given, part="version")
            return cls(model.provider, given, tuple(str(model).partition(":")[2].split("/")))
        adapter = PROVIDERS[prefix]
        if "@" in rest:
            raise invalid(given, "version", "follows a glob, and globs are for models; leave it out")
        names = adapter.model_form.split("/")
        parts = [rest] * len(names) if rest == cls.EVERYTHING else rest.split("/")
        if len(parts) != len(names):
            raise invalid(given, "model", f"has {len(parts)} parts between slashes; write {adapter.model_form}")
        for part, name in zip(parts, names, strict=True):
            _check(part, name, given, adapter)
        return cls(adapter.name, given, tuple(parts))

    @property
    def is_glob(self) -> bool:
        """Whether it has a glob, so that it may fit several models or none."""
        return any(map(is_glob, self.parts))

    @property
    def scope(self) -> str | None:
        """The ML repo, organisation or owner, if it is named and not a glob."""
        return None if len(self.parts) == 1 or is_glob(self.parts[0]) else self.parts[0]

    def matches(self, model: Reference) -> bool:
        """Return whether it fits *model*; case counts."""
        if model.provider != self.provider:
            return False
        named = str(model if model.scope == "model" else model.model).partition(":")[2]
        # An FQN has the tenant before the ML repo.
        parts = named.split("/")[-len(self.parts) :]
        return len(parts) == len(self.parts) and all(map(fits, self.parts, parts))

    def covers(self, other: "ModelPattern") -> bool:
        """Return whether it surely fits all models that *other* fits; a False may be a doubt."""
        return self.provider == other.provider and all(map(covers, self.parts, other.parts))

    def overlaps(self, other: "ModelPattern") -> bool:
        """Return whether a model may exist that both fit."""
        return self.provider == other.provider and all(map(overlap, self.parts, other.parts))

    def __str__(self) -> str:
        return self.text


def _check(part: str, name: str, text: str, adapter: AnyAdapter) -> None:
    """Refuse a *part* that does not parse, or that no model's name can fit."""
    if is_glob(part):
        _check_glob(part, name, text)
    else:
        check_part(part, part=name, text=text)
    rule = adapter.name_pattern(name)
    if not can_fit(part, _ANY_PART):
        raise invalid(text, name, "fits no name")
    if rule is not None and not can_fit(part, rule):
        raise invalid(text, name, f"fits no name; a name {words_of(rule)}")


def _check_glob(part: str, name: str, text: str) -> None:
    if len(part) > MAX_PART:
        raise invalid(text, name, f"has {len(part)} characters; the limit is {MAX_PART}")
    if flaw := flaw_of(part):
        raise invalid(text, name, f"does not parse as a glob: {flaw}")
    for token in tokens_of(part):
        for letter in token if token is not None and len(token) == 1 else ():
            if not _is_usual(letter):
                raise invalid(text, name, f"has {letter!r}, which no name has")


def pattern_of(ref: str | Reference) -> ModelPattern:
    """Read *ref*, which must name a model, or hold a glob of models that can be listed."""
    if isinstance(ref, Reference) or not is_glob(ref):
        return ModelPattern.parse(model_of(ref))
    pattern = ModelPattern.parse(ref)
    PROVIDERS[pattern.provider].check_scope(pattern.scope, pattern.text)
    return pattern


def model_of(ref: str | Reference) -> Reference:
    """Read *ref*, which must name a model."""
    model = parse_ref(ref)
    if model.scope != "model":
        raise Refused(_name_its_model(model), ref=str(model))
    return model


def _name_its_model(version: Reference) -> str:
    return f"{version} names a version; name its model: {version.model}."


def version_of(ref: str | Reference) -> Reference:
    """Read *ref*, which must name a version."""
    version = parse_ref(ref)
    if version.scope != "version":
        raise Refused(f"{version} names a model; name a version: {version}@VERSION.", ref=str(version))
    return version
