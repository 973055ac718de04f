"""Keeps secrets out of answers and tracebacks.

Servers echo credentials, and the frames of whatever sends or reads hold them in local variables. No library logs them.
"""

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

from .._json import JSON
from .._system.signals import handler_traceback
from ..config import Secret

BLANKED_CREDENTIAL = "[credential]"
"""The text in place of a secret."""

_SHORTEST_CORE = 8
"""Letters of base64 from which on a fragment is specific enough to be blanked."""

_ESCAPE = re.compile(rb'\\[^nrtbf"]')
"""A part of a JSON text that may stand for a letter of a secret; those left out stand for a control or a quote."""


class Blanks:
    """Blanks *secrets* in texts."""

    def __init__(self, *secrets: Secret) -> None:
        found = {form for secret in secrets for form in _forms(secret.reveal())}
        self._forms = tuple(sorted(found, key=len, reverse=True))
        self._written = tuple(form.encode() for form in self._forms)
        self._has_a_quote = any('"' in form for form in self._forms)

    def text(self, text: str) -> str:
        """Return *text* with each secret blanked."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, BLANKED_CREDENTIAL)
        return text

    def may_be_in(self, document: bytes) -> bool:
        """Return whether a secret may be in *document*, which is JSON: as it stands, or behind an escape."""
        if self._has_a_quote or _ESCAPE.search(document):
            return True
        return any(form in document for form in self._written)

    def json(self, value: JSON) -> JSON:
        """Return *value* with each secret in its texts and keys blanked."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.json(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.json(item) for key, item in value.items()}
        return value


def drop_frames(error: BaseException) -> None:
    """Drop the frames that *error* has passed so far, and those of the errors that led to it.

    The frames of a signal handler stay: they are the application's.
    """
    for each in _chain(error):
        each.__traceback__ = handler_traceback(each)


def _forms(secret: str) -> set[str]:
    """Return the forms of *secret*: its own, in quotes, in a URL, and those of base64 within a longer text."""
    if not secret:
        return set()
    content = secret.encode()
    escaped = quote(secret, safe="")
    lowered = re.sub("%..", lambda found: found[0].lower(), escaped)
    forms = {secret, repr(secret)[1:-1], repr(content)[2:-1], escaped, lowered}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(content).decode()
        if len(encoded.rstrip("=")) >= _SHORTEST_CORE:
            forms |= {encoded, encoded.rstrip("=")}
        for before in range(3):
            # Letters that also stand for neighbouring bytes are left out.
            letters = encode(b"\0" * before + content).decode().rstrip("=")
            core = letters[(0, 2, 3)[before] : (before + len(content)) * 8 // 6]
            if len(core) >= _SHORTEST_CORE:
                forms.add(core)
    return forms


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]
