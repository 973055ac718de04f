"""Reading a model's list: each version once, only versions that can be named, and never in a circle."""

from collections.abc import Iterable

from .._answer import Answer
from .._duplicates import Seen
from ..errors import InvalidReference
from ..refs import Reference, shown
from ..types import Version
from . import PROVIDERS, parse_ref
from ._adapter import Page
from ._failed_reads import ReadFailed
from ._serving import Servings

_MOST_EMPTY_PAGES = 100
"""Pages in a row that may bring no new version while the list says that it goes on."""


class Listing:
    """One list while it is read.

    Attributes:
        model: The model whose versions are listed.
        servings: The lists of what serves, which other models may share.
        following: Where the next page begins; None for the first one.
        is_complete: Whether the last page has been taken.
    """

    def __init__(self, model: Reference, servings: Servings | None = None) -> None:
        self.model = model
        self.servings = Servings() if servings is None else servings
        self.following: object = None
        self.is_complete = False
        self._seen = Seen()
        self._prefix = f"{model}@"
        self._plain = PROVIDERS[model.provider].plain_version
        self._places: set[object] = set()
        self._empty_pages = 0
        self._told: set[str] = set()

    def first_told(self, reasons: Iterable[str]) -> list[str]:
        """Return those of *reasons* that no earlier page had."""
        new = [reason for reason in dict.fromkeys(reasons) if reason not in self._told]
        self._told.update(new)
        return new

    def take(self, page: Page) -> list[Version]:
        """Return the versions of *page* that no earlier page had: a list that changes meanwhile repeats some.

        Raises:
            ReadFailed: The page has a version that is not one of the model, or the list leads in a circle.
        """
        for version in page.versions:
            self._require_named(version)
        new = [version for version in page.versions if self._seen.is_new(version.ref)]
        self.following, self.is_complete = page.following, page.following is None
        self._empty_pages = 0 if new else self._empty_pages + 1
        is_repeating = (page.versions and not new) or self._empty_pages > _MOST_EMPTY_PAGES
        if not self.is_complete and (is_repeating or page.following in self._places):
            raise _failed("the list leads in a circle")
        self._places.add(page.following)
        return new

    def _require_named(self, version: Version) -> None:
        """Refuse a version with an unusable id: an empty one would name the complete model."""
        if version.ref.startswith(self._prefix) and self._plain.fullmatch(version.ref, len(self._prefix)):
            return
        try:
            ref = parse_ref(version.ref)
            is_of_model = ref.scope == "version" and ref.model == self.model
        except InvalidReference:
            is_of_model = False
        if not is_of_model:
            raise _failed(f"it has a version that cannot be named: {shown(version.ref)}")


def _failed(reason: str) -> ReadFailed:
    return ReadFailed(Answer(http_status=200, problem=reason), reason)
