"""The base of adapters: an adapter holds everything that is special about one provider, and never waits."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Generic, Literal, TypeVar

from attrs import frozen

from .._answer import Answer
from .._flow import Call, Flow
from .._json import JSON
from .._rules import rules_of
from ..config import ProviderSettings, Secret
from ..errors import Refused
from ..refs import Reference, invalid
from ..types import Model, ProviderName, Version
from ._reads import Sighting
from ._serving import Found, LiveState, Serving

AnyReference = TypeVar("AnyReference", bound=Reference)


@frozen(kw_only=True)
class Capabilities:
    """The abilities of one provider.

    Attributes:
        aliases: Whether versions have other names than their number or id.
        creation_times: Whether it gives creation times of versions.
        live_state: Whether it names versions that serve now.
        proves_idle: Whether a version that it does not name surely does not serve.
        deletes_models: Whether a documented operation deletes a complete model.
        asynchronous: Whether it accepts a deletion first and finishes it later.
        manifests: Whether versions are created, updated and deleted by manifest.
    """

    aliases: bool = False
    creation_times: bool = False
    live_state: bool = False
    proves_idle: bool = False
    deletes_models: bool = False
    asynchronous: bool = False
    manifests: bool = False


Meaning = Literal["deleted", "accepted", "acknowledged", "other_resource", "uncertain"]
"""The meaning of a documented success for the version.

`acknowledged` is a success that does not name the version: a read settles it, and it stands only if that read fails.
`other_resource` names another resource than the requested one.
"""


@frozen
class Verdict:
    """The meaning of one answer to a delete, and the reason as a clause."""

    meaning: Meaning
    reason: str = ""


@frozen
class ModelsPage:
    """One page of a list of models, and the place of the next page; None after the last."""

    models: tuple[Model, ...]
    following: object = None


@frozen
class Page:
    """One page of a model's versions, and the place of the next page; None after the last."""

    versions: tuple[Version, ...]
    following: object = None


class Adapter(ABC, Generic[AnyReference]):
    """One provider: the grammar of its references, its calls, and the meaning of its answers."""

    name: ClassVar[ProviderName]
    settings: ClassVar[type[ProviderSettings]]
    capabilities: ClassVar[Capabilities]

    request_id_headers: ClassVar[tuple[str, ...]] = ()
    """Headers, in lower case, with the id of an exchange, used if there is no `X-Request-Id`."""

    calls_per_second: ClassVar[float | None] = None
    """The documented rate for one credential, reads included; None if no limit is documented."""

    model_form: ClassVar[str]
    """The form of a model's name after the provider's colon, such as `ML_REPO/NAME`."""

    model_lists: ClassVar[str]
    """The lists that name the models of a scope, as a plural noun."""

    serving_lists: ClassVar[str]
    """The lists that name the versions in use, as a plural noun."""

    plain_version: ClassVar[re.Pattern[str]]
    """The usual form of a version after `@`. Each text of this form is valid, so a long list need not be parsed."""

    deletes_before_answering: ClassVar[bool] = True
    """Whether a version that still exists after a complete answer will stay."""

    reads_between_deletes: ClassVar[bool] = False
    """Whether every two deletes need a read in between, even if the first had no effect."""

    @abstractmethod
    def authorization(self, secret: Secret) -> str:
        """Return the `Authorization` header's value."""

    @abstractmethod
    def parse(self, rest: str, text: str) -> AnyReference:
        """Read *rest*, the part of *text* after the provider's name and colon."""

    def recognises(self, text: str) -> bool:
        """Return whether *text* has the provider's own form, without our prefix."""
        del text
        return False

    def parse_native(self, text: str) -> AnyReference:
        """Read *text*, which `recognises()` has accepted as the provider's own form."""
        raise invalid(text, "provider", "is missing")

    def needs_resolving(self, ref: AnyReference) -> bool:
        """Return whether *ref* must be looked up before it can be deleted."""
        del ref
        return False

    def resolve(self, ref: AnyReference) -> Flow[AnyReference]:
        """Find the number of the version that *ref* names now; raise `Absent` or `ReadFailed`."""
        yield from ()
        return ref

    def check_model_delete(self, ref: AnyReference) -> None:
        """Refuse to delete the model that *ref* names, unless the provider documents an operation for it."""
        raise Refused(
            f"{ref} names a model, and {self.name} documents no operation that deletes models. "
            f"Name a version: {ref}@VERSION.",
            ref=str(ref),
        )

    def check_manifest(self, ref: AnyReference, manifest: Mapping[str, JSON]) -> None:
        """Refuse a manifest that names another version than *ref*."""
        del manifest
        raise Refused(f"{self.name} deletes without a manifest; leave it out for {ref}.", ref=str(ref))

    @abstractmethod
    def delete_call(self, ref: AnyReference, manifest: Mapping[str, JSON] | None) -> Call:
        """Return the request that deletes *ref*."""

    @abstractmethod
    def read_delete(self, ref: AnyReference, answer: Answer) -> Verdict:
        """Return the meaning of a documented success for *ref*."""

    @abstractmethod
    def look(self, ref: AnyReference) -> Flow[Sighting]:
        """Read *ref* back."""

    def objections(self, ref: AnyReference, version: Version, state: LiveState) -> Flow[tuple[str, ...]]:
        """Return known objections to deleting *ref*, as clauses for a dry run.

        Raises:
            Refused: The provider's documentation says that it does not delete it.
        """
        del ref, version
        yield from ()
        return state.objections

    @abstractmethod
    def find_serving(self, model: AnyReference, found: Found) -> Flow[None]:
        """Add the versions in use to *found*, as far as *model* needs them; all pages are read.

        Raises:
            ReadFailed: A list could not be read completely.
        """

    def serving_scope(self, model: AnyReference) -> str:
        """Return the name of the lists that tell about *model*; models with the same name share them."""
        del model
        return self.name

    def live_state(self, model: AnyReference, version: Version, serving: Serving) -> LiveState:
        """Return whether *version* of *model* serves, by *serving* and by its own fields."""
        return serving.state_of(model, version)

    def identity(self, version: Version) -> str | None:
        """Return the provider's own name for exactly *version*, if its reference may later name another one."""
        del version
        return None

    def knows_aliases(self, version: Version) -> bool:
        """Return whether the answer listed aliases at all (an empty list counts)."""
        del version
        return True

    def name_pattern(self, part: str) -> str | None:
        """Return the spec's pattern for a *part* of `model_form`, or for an id (`version`); None without one."""
        del part
        return None

    @abstractmethod
    def check_scope(self, scope: str | None, text: str) -> None:
        """Check that the models of *scope* can be listed; None is all that the credential sees. *text* named it.

        Raises:
            Refused: Nothing documented lists them; the message says how they are named.
            InvalidReference: It is not a scope.
        """

    @abstractmethod
    def models_page(self, scope: str | None, following: object) -> Flow[ModelsPage]:
        """Read one page of models; the first if *following* is None. Raises `ReadFailed`."""

    def probe(self, scope: str | None) -> Call | None:
        """Return one GET that shows whether the credential is accepted, or None; `check_scope()` allows *scope*."""
        del scope
        return None

    def beginning_scope(self, model: AnyReference) -> str | None:
        """Return a name that models share if their lists begin at the same place; None if it needs no read."""
        del model
        return None

    def beginning(self, model: AnyReference) -> Flow[object]:
        """Find the place at which the list of *model*'s versions begins. Raises `ReadFailed`."""
        del model
        yield from ()
        return None

    @abstractmethod
    def page(self, model: AnyReference, following: object) -> Flow[Page]:
        """Read one page of *model*'s versions; the first if *following* is None. Raises `ReadFailed`."""

    def apply(self, manifest: Mapping[str, JSON]) -> Flow[Version]:
        """Create or update the version that *manifest* describes."""
        del manifest
        raise Refused(f"{self.name} does not use manifests.")
        yield from ()

    def retry_after(self, answer: Answer) -> float | None:
        """Find the seconds to wait if the provider sends them in another place than a header."""
        del answer
        return None

    def check_rule(self, value: str, *, part: str, text: str, operation: str, parameter: str) -> str:
        """Return *value* if the spec's rule for that path parameter allows it.

        Raises:
            InvalidReference: It is not allowed; the message has the rule.
        """
        rules = rules_of(self.name)
        for violation in rules.violations(value, rules.operations[operation].parameters[parameter]):
            raise invalid(text, part, violation.rule)
        return value
