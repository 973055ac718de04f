"""The fixtures of what is built."""

from tests.packaging.fixtures import built, wheel

__all__ = ["built", "wheel"]
