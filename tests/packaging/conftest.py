"""The fixtures of what is built, published and installed."""

from tests.packaging.fixtures import (
    built,
    empty_index,
    first_release,
    installed,
    installed_with_all,
    repository,
    scripted,
    template,
    wheel,
)

__all__ = [
    "built",
    "empty_index",
    "first_release",
    "installed",
    "installed_with_all",
    "repository",
    "scripted",
    "template",
    "wheel",
]
