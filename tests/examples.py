"""The number of random examples of a property: `make test` tries three of ten, and `make examples` all."""

import os

SHARE = int(os.environ.get("EXPUNGE_EXAMPLES", "30"))


def examples(most: int) -> int:
    """Return the share of *most* that this run tries."""
    return most * SHARE // 100
