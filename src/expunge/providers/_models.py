"""Listing models: each one once, and only models that can be named."""

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from .._answer import Answer
from .._duplicates import Seen
from .._flow import Flow
from ..errors import InvalidReference, NotFound, Refused
from ..refs import Reference, shown
from ..types import Model, ProviderName
from . import PROVIDERS, AnyAdapter, meant_by, parse_ref
from ._adapter import ModelsPage
from ._failed_reads import ReadFailed
from ._patterns import ModelPattern


@frozen
class ModelScope:
    """The extent of one list of models.

    Attributes:
        provider: The provider's name.
        name: The ML repo or the organisation; None for all models that the credential sees.
    """

    provider: ProviderName
    name: str | None = None

    @classmethod
    def parse(cls, text: str) -> "ModelScope":
        """Read `PROVIDER` or `PROVIDER:SCOPE`.

        Raises:
            InvalidReference: It is neither.
            Refused: Nothing documented lists its models.
        """
        prefix, colon, name = text.partition(":")
        if prefix not in PROVIDERS:
            raise InvalidReference(
                f"{shown(text)} does not begin with a provider. {_advice(prefix, colon + name)}",
                ref=text,
                part="provider",
            )
        adapter = PROVIDERS[prefix]
        adapter.check_scope(name if colon else None, text)
        return cls(adapter.name, name if colon else None)

    @property
    def adapter(self) -> AnyAdapter:
        """The provider's adapter."""
        return PROVIDERS[self.provider]

    def __str__(self) -> str:
        return self.provider if self.name is None else f"{self.provider}:{self.name}"


def _advice(prefix: str, rest: str) -> str:
    near = meant_by(prefix)
    return f"Did you mean {shown(near + rest)}?" if near else f"Write one of {', '.join(PROVIDERS)}."


class ModelListing:
    """One list of models while it is read.

    Attributes:
        scope: The models that are listed.
        following: Where the next page begins; None for the first one.
        is_complete: Whether the last page has been taken.
    """

    def __init__(self, scope: ModelScope) -> None:
        self.scope = scope
        self.following: object = None
        self.is_complete = False
        self._seen = Seen()

    def take(self, page: ModelsPage) -> list[Model]:
        """Return the models of *page* that no earlier page had.

        Raises:
            ReadFailed: The page has a model that is not one of the scope.
        """
        for model in page.models:
            self._require_named(model)
        self.following, self.is_complete = page.following, page.following is None
        return [model for model in page.models if self._seen.is_new(model.ref)]

    def _require_named(self, model: Model) -> None:
        """Refuse a model that no reference names: another one, or a version, would be read in its place."""
        try:
            ref = parse_ref(model.ref)
            is_named = ref.scope == "model" and str(ref) == model.ref
        except InvalidReference:
            is_named = False
        if not is_named:
            reason = f"it has a model that cannot be named: {shown(model.ref)}"
            raise ReadFailed(Answer(http_status=200, problem=reason), reason)


class ModelLists:
    """The lists of models that were read so far, each once: patterns of the same scope share them.

    Args:
        all_must_match: Whether a glob that matches none is an error.
    """

    def __init__(self, *, all_must_match: bool = True) -> None:
        self._all_must_match = all_must_match
        self._read: dict[ModelScope, list[Reference]] = {}

    def expand(
        self, pattern: ModelPattern, read_page: Callable[[ModelListing], Flow[list[Model]]]
    ) -> Flow[list[Reference]]:
        """Return the models that *pattern* names or fits, in the order of their list.

        Raises:
            NotFound: It is a glob that matches none.
        """
        if not pattern.is_glob:
            return [parse_ref(pattern.text)]
        scope = ModelScope(pattern.provider, pattern.scope)
        if scope not in self._read:
            listing, models = ModelListing(scope), list[Reference]()
            while not listing.is_complete:
                models += [parse_ref(model.ref) for model in (yield from read_page(listing))]
            self._read[scope] = models
        found = [model for model in self._read[scope] if pattern.matches(model)]
        if not found and self._all_must_match:
            raise NotFound(
                f"{pattern} matches none of {len(self._read[scope])} models. List them with: expunge models {scope}",
                ref=str(pattern),
            )
        return found

    @property
    def listed(self) -> Iterator[Reference]:
        """The models of all lists that were read."""
        return (model for models in self._read.values() for model in models)


def scopes_of(adapters: Iterable[AnyAdapter]) -> tuple[list[ModelScope], list[Refused]]:
    """Return the scopes that are all that these *adapters* list, and why some list nothing without a name."""
    scopes: list[ModelScope] = []
    refused: list[Refused] = []
    for adapter in adapters:
        try:
            scopes.append(ModelScope.parse(adapter.name))
        except Refused as error:
            refused.append(error)
    return scopes, refused
