"""Match texts as JSONPath's `match()` and `search()` do: I-Regexp (RFC 9485), within bounds of length and time."""

import time
from functools import lru_cache

import regex
from iregexp_check import check

# Deeper nesting than such a text can hold ends the process inside the checker.
_LONGEST = 1000
_SECONDS = 2.0
_DOT = r"(?:(?![\r\n])\P{Cs}|\p{Cs}\p{Cs})"


class RegexError(Exception):
    """A regular expression that is too long, or that would not end."""


class Matcher:
    """Matches the texts of one query, which has so many seconds for all of them."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = self._left = seconds

    def is_match(self, text: object, pattern: object, *, whole: bool) -> bool:
        """Say whether *pattern* fits *text*, or some part of it; what is no text or no I-Regexp never fits.

        Raises:
            RegexError: The pattern is too long, or the query's time is over.
        """
        if not isinstance(text, str) or not isinstance(pattern, str):
            return False
        translated = _translated(pattern)
        if translated is None:
            return False
        find = regex.fullmatch if whole else regex.search
        start = time.monotonic()
        try:
            return find(translated, text, timeout=max(self._left, 0.001)) is not None
        except TimeoutError:
            raise RegexError(f"matching {pattern[:60]!r} takes more than {self._seconds:g} s") from None
        except (MemoryError, OverflowError):
            raise RegexError(f"the regular expression {pattern[:60]!r} is too large") from None
        except regex.error:  # it has the form of one, and no meaning, as [z-a]
            return False
        finally:
            self._left -= time.monotonic() - start


@lru_cache(maxsize=64)
def _translated(pattern: str) -> str | None:
    """Write *pattern* for the engine, or give None where it is no I-Regexp; a dot is no end of a line."""
    if len(pattern) > _LONGEST:
        raise RegexError(f"a regular expression has {len(pattern)} characters, where {_LONGEST} are the most")
    if not check(pattern):
        return None
    parts: list[str] = []
    is_escaped = is_in_class = False
    for character in pattern:
        parts.append(_DOT if character == "." and not is_escaped and not is_in_class else character)
        if not is_escaped:
            is_in_class = (is_in_class or character == "[") and character != "]"
        is_escaped = character == "\\" and not is_escaped
    return "".join(parts)
