"""The fixtures of what is built, published and installed."""

import sys

from tests.packaging.environment import ROOT
from tests.packaging.fixtures import (
    built,
    empty_index,
    first_release,
    installed,
    installed_with_all,
    repository,
    template,
    told,
    wheel,
)

# The programs in scripts/ import one another by name, as they do when run from there.
sys.path.insert(0, str(ROOT / "scripts"))

__all__ = [
    "built",
    "empty_index",
    "first_release",
    "installed",
    "installed_with_all",
    "repository",
    "template",
    "told",
    "wheel",
]
