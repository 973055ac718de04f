"""The question before named versions are deleted: it shows each version as it was read just now."""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from attrs import frozen

from ..._blocking_client import looked_at
from ..._client import Client
from ..._text import one_line
from ...errors import ExpungeError, NotFound
from ...providers import PROVIDERS
from ...providers._serving import Servings
from ...refs import Reference, is_number
from ...types import Version
from ..exit_codes import USAGE, fail, say
from ..profiles.active import with_profile
from ..rendering import reading
from .references import References
from .unread_states import unread_states

_MOST_SHOWN = 200
"""References that the question lists; live ones and aliases are listed in any case."""

_AT_ONCE = 16


@frozen
class _Look:
    """The line of one reference, as read just now.

    Attributes:
        words: The state, such as ` → 3, LIVE`.
        resolved: The canonical text with the number that an alias names; None if it is not an alias.
        is_notable: Whether it is listed in any case.
    """

    words: str
    resolved: str | None = None
    is_notable: bool = False


def ask(client: Client, wanted: References, hosts: Mapping[str, str]) -> Mapping[str, str]:
    """Read each version, show it with its host, and ask a person to confirm.

    Returns:
        The canonical reference, with its number, of each alias, by the requested text.
    """
    if not sys.stdin.isatty():
        raise fail("there is no terminal to ask on, so --yes is required; nothing was sent.")
    resolved: dict[str, str] = {}
    lines: list[str] = []
    left_out = 0
    unread: dict[str, str] = {}
    with (
        reading(f"{len(wanted)} reference{'' if len(wanted) == 1 else 's'}"),
        unread_states(unread.__setitem__),
    ):
        for text, ref, look in _looks(client, wanted, unread):
            if look.resolved is not None:
                resolved[text] = look.resolved
            if len(lines) < _MOST_SHOWN or look.is_notable:
                scope = "THE COMPLETE MODEL, with all its deployments" if ref.scope == "model" else "one version"
                lines.append(f"  {ref}{look.words}   ({scope}, on {hosts[ref.provider]})")
            else:
                left_out += 1
    say(f"These would be deleted{with_profile()}, which cannot be undone:")
    for line in lines:
        say(line)
    if left_out:
        say(f"  … and {left_out} more, none of them live and none an alias")
    for reason in dict.fromkeys(unread.values()):
        say(one_line(f"Live states are not known: {reason}.", 2_000))
    sys.stderr.write(f"Delete {'it' if len(wanted) == 1 else f'all {len(wanted)}'}? Type yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        raise fail("not confirmed; nothing was deleted.", USAGE)
    return resolved


def _looks(client: Client, wanted: References, unread: Mapping[str, str]) -> Iterator[tuple[str, Reference, _Look]]:
    references, servings = wanted.parsed(), Servings()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while batch := list(islice(references, 4 * _AT_ONCE)):
            versions = [ref for _, ref in batch if ref.scope == "version"]
            seen = dict(zip(versions, looked_at(client, versions, servings, pool), strict=True))
            for text, ref in batch:
                yield text, ref, _look(ref, seen[ref], unread) if ref in seen else _look_at_model(client, ref, unread)


def _look(ref: Reference, version: Version | ExpungeError, unread: Mapping[str, str]) -> _Look:
    is_alias = ref.version is not None and not is_number(ref.version) and PROVIDERS[ref.provider].needs_resolving(ref)
    if isinstance(version, ExpungeError):
        return _failed(version, "" if is_alias else None)
    state = ""
    if version.is_live:
        state = ", LIVE"
    elif version.ref in unread:
        state = ", live state not known"
    if not is_alias:
        return _Look(state, None, is_notable=bool(state))
    return _Look(f" → {version.ref.rpartition('@')[2]}{state}", version.ref, is_notable=True)


def _look_at_model(client: Client, ref: Reference, unread: Mapping[str, str]) -> _Look:
    try:
        versions = list(client.versions(ref))
    except ExpungeError as error:
        return _failed(error, None)
    live = sum(version.is_live is True for version in versions)
    some = f"{live} of them LIVE" if live else "none live"
    some += ", the live state of some not known" if str(ref) in unread else ""
    return _Look(f", {len(versions)} deployments, {some}", None, True)


def _failed(error: ExpungeError, resolved: str | None) -> _Look:
    words = ", NOT THERE" if isinstance(error, NotFound) else f", NOT READ: {error}"
    return _Look(words, resolved, is_notable=True)
