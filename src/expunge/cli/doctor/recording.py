"""Recordings of exchanges with real providers, blanked, for the tests to replay. The format: `tests/recordings/`.

A recording shows the shape of an answer, and nothing of what the account holds. The credential is replaced first. Then
each text in the body has its letters and digits replaced, unless the provider's own schemas list that text.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

from ..._answer import Unreadable, decode
from ..._http.secrecy import BLANKED_CREDENTIAL, Blanks
from ..._json import JSON
from ..._rules import rules_of
from ..._system.atomic_write import write_atomically
from ..._version import __version__
from ...errors import ConfigurationError
from ...providers import PROVIDERS
from .checkup import Exchanged

FORMAT = 1

_KEPT_HEADERS = frozenset(
    {
        "age",
        "allow",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "retry-after",
        "server",
        "transfer-encoding",
        "vary",
        "via",
    }
)
_BLANK = "[blanked]"
_LARGEST_NUMBER = 1_000_000
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{5,15}(Z|[+-][0-9:]{4,6})?)?")
_KEY = re.compile(r"[A-Za-z_]{1,40}[0-9]{0,2}")


def require_new(folder: Path) -> None:
    """Refuse a *folder* that cannot take recordings, before anything is sent.

    Raises:
        ConfigurationError: It cannot be made, or has recordings.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = [path.name for path in sorted(folder.iterdir()) if path.suffix == ".json"]
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be used: {error.strerror}. Nothing was sent.") from None
    if taken:
        raise ConfigurationError(f"{folder} has {taken[0]} already. Name a new folder. Nothing was sent.")


def write_recording(folder: Path, exchanged: Exchanged) -> Path:
    """Write one exchange to a file in *folder*, and return its path.

    Raises:
        ConfigurationError: It could not be written.
    """
    path = folder / f"{exchanged.checkup.provider}-{exchanged.operation}.json"
    text = json.dumps(recording_of(exchanged), indent=2) + "\n"
    if exchanged.blanks.text(text) != text:
        raise ConfigurationError(f"{path} was not written: the credential would be in it. Please report this.")
    try:
        write_atomically(path, text, mode=0o600)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def recording_of(exchanged: Exchanged) -> dict[str, JSON]:
    """Return the content of a recording."""
    found, seen, blanks = exchanged.checkup, exchanged.seen, exchanged.blanks
    answer: JSON = None
    if (received := seen.received) is not None:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in received.headers]
        answer = {
            "status": received.status,
            "headers": [list(pair) for pair in _headers(headers, blanks)],
            "body": _body(received.body, found.provider, blanks),
            "body_bytes": len(received.body),
            "cut": None if received.cut is None else received.cut.why,
        }
    default = PROVIDERS[found.provider].settings.default_base
    return {
        "expunge_recording": FORMAT,
        "invented": False,
        "tool": f"expunge {__version__}",
        "recorded_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "provider": found.provider,
        "operation": exchanged.operation,
        "request": {
            "method": seen.method,
            "host": found.host if found.host == default else _BLANK,
            "path": rules_of(found.provider).operations[exchanged.operation].path,
            "headers": [[name, _request_header(name, value)] for name, value in seen.headers],
        },
        "answer": answer,
        "tls": found.tls,
        "clock_difference": found.clock_difference,
        "read_as": {"credential": found.credential, "problem": blanks.text(exchanged.problem)},
    }


def _request_header(name: str, value: str) -> str:
    if name.lower() == "authorization":
        return f"{value.partition(' ')[0]} {BLANKED_CREDENTIAL}"
    return _BLANK if name.lower() == "host" else value


def _headers(headers: Iterable[tuple[str, str]], blanks: Blanks) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if blanks.text(name) == name:
            yield name, blanks.text(value) if name.lower() in _KEPT_HEADERS else _BLANK


def _body(body: bytes, provider: str, blanks: Blanks) -> JSON:
    """Return a body of JSON without its texts; None for anything else."""
    try:
        return _masked(blanks.json(decode(body)), _documented_texts(provider))
    except Unreadable:
        return None


def _masked(value: JSON, known: frozenset[str]) -> JSON:
    if isinstance(value, str):
        return value if value in known or _MOMENT.fullmatch(value) else _mask(value)
    if isinstance(value, list):
        return [_masked(item, known) for item in value]
    if isinstance(value, dict):
        return {key if _KEY.fullmatch(key) else _mask(key): _masked(item, known) for key, item in value.items()}
    if isinstance(value, int | float) and abs(value) > _LARGEST_NUMBER:
        return 0  # an id, or a time
    return value


def _mask(text: str) -> str:
    """Replace letters and digits: the length and the form of a text stay."""
    return "".join(
        "0" if each.isdigit() else "A" if each.isupper() else "a" if each.isalpha() else each for each in text
    )


@cache
def _documented_texts(provider: str) -> frozenset[str]:
    """Return the texts that a schema of the provider lists as an enum or a constant."""
    return frozenset(_listed(cast("JSON", dict(rules_of(provider).schemas))))


def _listed(schema: JSON) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in {"enum", "const"}:
                yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))
            else:
                yield from _listed(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _listed(item)
