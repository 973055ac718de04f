"""Match texts by I-Regexp (RFC 9485), as JSONPath's `match()` and `search()` do, with limits on length and time."""

import time
from functools import lru_cache

import regex
from iregexp_check import check

# A longer text could nest so deeply that the checker ends the process.
_LONGEST = 1000
_SECONDS = 2.0
_DOT = r"(?:(?![\r\n])\P{Cs}|\p{Cs}\p{Cs})"


class RegexError(Exception):
    """A regular expression is too long, or matching takes too long."""


class Matcher:
    """Matches the texts of one query, within a limit of seconds for all of them together."""

    def __init__(self) -> None:
        self._seconds = self._left = _SECONDS

    def is_match(self, text: object, pattern: object, *, complete: bool) -> bool:
        """Return whether *pattern* matches the complete *text*, or with *complete* false a part of it.

        A value that is not a text never matches, and neither does a pattern that is not an I-Regexp.

        Raises:
            RegexError: The pattern is too long, or the query's time is over.
        """
        if not isinstance(text, str) or not isinstance(pattern, str):
            return False
        translated = _translated(pattern)
        if translated is None:
            return False
        find = regex.fullmatch if complete else regex.search
        start = time.monotonic()
        try:
            return find(translated, text, timeout=max(self._left, 0.001)) is not None
        except TimeoutError:
            raise RegexError(f"matching {pattern[:60]!r} takes more than {self._seconds:g} s") from None
        except (MemoryError, OverflowError):
            raise RegexError(f"the regular expression {pattern[:60]!r} is too large") from None
        except regex.error:  # its form is right, but it has no meaning, as in [z-a]
            return False
        finally:
            self._left -= time.monotonic() - start


@lru_cache(maxsize=64)
def _translated(pattern: str) -> str | None:
    """Return *pattern* in the engine's syntax, or None if it is not an I-Regexp; a dot never matches an end of line."""
    if len(pattern) > _LONGEST:
        raise RegexError(f"a regular expression has {len(pattern)} characters; the limit is {_LONGEST}")
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
