"""The installed wheel, as the packaging tests have it: that is what users' checkers see."""

from tests.packaging.fixtures import built, installed, wheel

__all__ = ["built", "installed", "wheel"]
