"""Modules that hardened clients import, beside the providers' packages."""

_PATH = '''\
"""The guard of every path parameter: what is sent is one segment of the path, and is not empty."""

from urllib.parse import quote


def path_segment(name: str, value: object) -> str:
    """Percent-encode *value* as one segment of a path.

    Raises:
        ValueError: The value is empty, `.` or `..`: it would address another resource.
    """
    text = str(value)
    if text in {"", ".", ".."}:
        raise ValueError(f"{name} is {text!r}, which would change the path of the request")
    return quote(text, safe="")
'''

_STATUS = '''\
"""The status of every answer: by its name if it has one, else as a number."""

from http import HTTPStatus


def status_of(code: int) -> HTTPStatus | int:
    """Return the `HTTPStatus` of *code*, or *code* itself if there is none, as for 520."""
    try:
        return HTTPStatus(code)
    except ValueError:
        return code
'''

SHARED_MODULES = {"_path.py": _PATH, "_status.py": _STATUS}
"""The text of each module, by file name."""
