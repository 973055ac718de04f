"""The chain: the hash of each row covers the row and the hash before it.

Anybody can compute it again: SHA-256 over the hash of the row before (32 zero bytes for the first one) and the row's
fields, joined by `|`. A missing `n` is empty. The data comes last, so that it may hold any character.
"""

from hashlib import sha256

START = bytes(32)
"""The hash before the first row."""


def of_item(before: bytes, n: int, ref: str) -> bytes:
    """Return the hash of a row of `item`."""
    return sha256(before + f"{n}|{ref}".encode()).digest()


def of_entry(before: bytes, seq: int, kind: str, n: int | None, data: str) -> bytes:
    """Return the hash of a row of `entry`."""
    return sha256(before + f"{seq}|{kind}|{'' if n is None else n}|{data}".encode()).digest()
