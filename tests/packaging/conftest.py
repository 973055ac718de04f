"""The wheel's fixtures, for the tests of what it holds and how it works."""

from tests.packaging.fixtures import built, installed, installed_with_all, wheel

__all__ = ["built", "installed", "installed_with_all", "wheel"]
