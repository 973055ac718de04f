"""Names of TrueFoundry's versions: ML repo, name and number or alias, or a fully qualified name."""

from collections.abc import Mapping
from typing import ClassVar, cast

from attrs import frozen

from ..._rules import Schema, rules_of
from ...refs import Reference, check_number, check_part, invalid, is_number, split_version
from ...types import ProviderName


@frozen
class TrueFoundryReference(Reference):
    """`truefoundry:ML_REPO/NAME@VERSION`, without `@…` the model; with a tenant, the FQN."""

    provider: ClassVar[ProviderName] = "truefoundry"

    ml_repo: str
    name: str
    version: str | None = None
    tenant: str | None = None

    @property
    def model(self) -> "TrueFoundryReference":
        """The reference to the model that this version belongs to; a tenant is never dropped."""
        return TrueFoundryReference(self.ml_repo, self.name, tenant=self.tenant)

    @property
    def fqn(self) -> str:
        """The fully qualified name, for a reference that has a tenant."""
        return f"model:{self.tenant}/{self.ml_repo}/{self.name}" + ("" if self.version is None else f":{self.version}")

    def __str__(self) -> str:
        if self.tenant is not None:
            return f"truefoundry:{self.fqn}"
        return f"truefoundry:{self.ml_repo}/{self.name}" + ("" if self.version is None else f"@{self.version}")


def parse(rest: str, text: str) -> TrueFoundryReference:
    """Read `ML_REPO/NAME@VERSION` or `ML_REPO/NAME`."""
    model, version = split_version(rest)
    ml_repo, slash, name = model.partition("/")
    if not slash:
        raise invalid(text, "name", "is missing; write ML_REPO/NAME")
    _check_model(ml_repo, name, text)
    if version is not None:
        check_part(version, part="version", text=text)
        if is_number(version):
            check_number(version, text=text)
        else:
            _check_field("version_alias", version, part="version", text=text)
    return TrueFoundryReference(ml_repo, name, version)


def parse_fqn(fqn: str, text: str) -> TrueFoundryReference:
    """Read `model:TENANT/ML_REPO/NAME:VERSION`, which always ends in a number."""
    path, colon, version = fqn.removeprefix("model:").rpartition(":")
    parts = path.split("/")
    if not colon or len(parts) != 3:  # noqa: PLR2004 - tenant, repo and name
        raise invalid(text, "FQN", "is not of the form model:TENANT/ML_REPO/NAME:VERSION")
    tenant, ml_repo, name = parts
    check_part(tenant, part="tenant", text=text)
    _check_model(ml_repo, name, text)
    check_part(version, part="version", text=text)
    if not is_number(version):
        raise invalid(text, "version", "is not a number; an FQN ends in one")
    return TrueFoundryReference(ml_repo, name, check_number(version, text=text), tenant)


def check_ml_repo(ml_repo: str, text: str) -> None:
    """Refuse an ML repo's name that the spec does not allow.

    Raises:
        InvalidReference: It is not allowed; the message has the rule.
    """
    check_part(ml_repo, part="ml_repo", text=text)
    _check_field("ml_repo", ml_repo, part="ml_repo", text=text)


def field_pattern(field: str) -> str | None:
    """Return the pattern that the spec has for that *field* of a manifest; None if it has none."""
    return rules_of("truefoundry").pattern_of(_schema_of(field))


def _check_model(ml_repo: str, name: str, text: str) -> None:
    check_ml_repo(ml_repo, text)
    check_part(name, part="name", text=text)
    _check_field("name", name, part="name", text=text)


def _check_field(field: str, value: str, *, part: str, text: str) -> None:
    """Check *value* against the spec's rule for that field of a manifest."""
    for violation in rules_of("truefoundry").violations(value, _schema_of(field)):
        raise invalid(text, part, violation.rule)


def _schema_of(field: str) -> Schema:
    return cast("Mapping[str, Schema]", rules_of("truefoundry").schemas["ModelManifest"]["properties"])[field]
