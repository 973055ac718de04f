"""The person and the machine behind a record."""

import getpass
import platform


def user() -> str:
    """Return the user's name, or "unknown"."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"


def host() -> str:
    """Return the name of this machine, or "unknown"."""
    return platform.node() or "unknown"
