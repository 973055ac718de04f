"""What a list holds must be versions of its model, each of which can be named."""

from .._answer import Answer
from ..errors import InvalidReference
from ..refs import Reference, shown
from . import parse_ref
from ._adapter import Page, ReadFailed


def require_named(page: Page, model: Reference) -> None:
    """Refuse a page that has an id which is none: an empty one would name the whole model.

    Raises:
        ReadFailed: It has.
    """
    for version in page.versions:
        try:
            ref = parse_ref(version.ref)
            is_of_model = ref.scope == "version" and ref.model == model
        except InvalidReference:
            is_of_model = False
        if not is_of_model:
            reason = f"it has a version that cannot be named: {shown(version.ref)}"
            raise ReadFailed(Answer(http_status=200, problem=reason), reason)
