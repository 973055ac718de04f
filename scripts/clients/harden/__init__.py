"""Make the generator's output safe: first in its own templates, then by codemods where templates do not suffice."""

from pathlib import Path

from expunge._yaml import JSON

from .annotate_types import annotate_types
from .choose_body import choose_body
from .shared_modules import SHARED_MODULES
from .templates import hardened_templates, original_templates

__all__ = ["SHARED_MODULES", "hardened_templates", "original_templates", "run_codemods"]


def run_codemods(package: Path, document: dict[str, JSON]) -> None:
    """Rewrite *package*, which the generator has made from *document*.

    Raises:
        BuildError: A codemod finds another number of sites than the document implies.
    """
    choose_body(package, document)
    annotate_types(package)
