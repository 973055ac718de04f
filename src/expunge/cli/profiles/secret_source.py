"""The place of a credential, named in a profile: a variable, the user's keyring, or the output of a command."""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import IO, Literal, cast

from attrs import field, frozen

from ..._system.worker import Worker
from ...config import Secret

_SECONDS = 60.0
"""Seconds that a command has: a person may have to unlock something first."""

_LARGEST = 64 * 1024
"""Bytes that a command may print."""

FORMS = "env:NAME, keyring:SERVICE/USER or command:PROGRAM ARGUMENT…"


@frozen
class SecretSource:
    """The place of a credential.

    Attributes:
        kind: `env`, `keyring` or `command`.
        place: The variable, the service and the user, or the command.
    """

    kind: Literal["env", "keyring", "command"]
    place: str = field(repr=False)  # a command may hold a secret of its own

    @classmethod
    def parse(cls, text: str) -> "SecretSource | str":
        """Read `KIND:PLACE`, or return a clause with what is wrong. It never repeats *text*, which may be a secret."""
        kind, _, place = text.partition(":")
        if kind == "env":
            is_fit = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", place) is not None
            return cls("env", place) if is_fit else "env: does not name a variable"
        if kind == "keyring":
            service, _, user = place.rpartition("/")
            return cls("keyring", place) if service and user else "keyring: does not name SERVICE/USER"
        if kind == "command":
            return cls("command", place) if _words(place) else "command: is not followed by a command"
        return f"a credential cannot stand in the file itself. Write {FORMS}"

    def __str__(self) -> str:
        return "command" if self.kind == "command" else f"{self.kind}:{self.place}"

    def read(self, seconds: float = _SECONDS) -> Secret | str:
        """Return the credential, or a clause with the reason why it cannot be had.

        Nothing is raised: this frame may hold it in clear. A command has *seconds*.
        """
        if self.kind == "env":
            value = os.environ.get(self.place, "")
            return Secret(value) if value else f"the variable {self.place} is not set"
        if self.kind == "keyring":
            return _from_keyring(*self.place.rpartition("/")[::2])
        return _from_command(_words(self.place), seconds)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # an open quote
        return []


def _from_keyring(service: str, user: str) -> Secret | str:
    try:
        # It is optional, and of no extra: on many machines the system's own package fits its keyring.
        read: Callable[[str, str], str | None] = import_module("keyring").get_password
    except ModuleNotFoundError:
        return "the package keyring is not installed. Install it with: pip install keyring"
    try:
        value = read(service, user)
    except Exception as error:  # noqa: BLE001 - each keyring has errors of its own
        return f"the keyring cannot be read ({type(error).__name__})"
    return Secret(value) if value else f"the keyring has no password of {user} for {service}"


def _from_command(words: list[str], seconds: float) -> Secret | str:
    try:
        # A session of its own: nothing that it has started survives it.
        process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
        )
    except (OSError, ValueError) as error:
        return f"its command cannot be started ({getattr(error, 'strerror', None) or 'a word of it is not usable'})"
    printed: list[Secret | None] = []
    reader = Worker(_read, cast("IO[bytes]", process.stdout), printed, name="expunge-command")
    try:
        reader.start()
        reader.join(seconds)
        if not printed:
            return f"its command did not end within {seconds:g} seconds"
        if printed[0] is None:
            return f"its command printed more than {_LARGEST:,} bytes, or something other than text"
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return f"its command did not end within {seconds:g} seconds"
    finally:
        _end(process)
    if code:
        return f"its command ended with code {code}"
    return _line_of(printed[0])


def _read(output: IO[bytes], printed: list[Secret | None]) -> None:
    """Add all that comes from *output* to *printed*; None if it is too much, or no text."""
    with output:
        data = output.read(_LARGEST + 1)
    try:
        printed.append(Secret(data.decode()) if len(data) <= _LARGEST else None)
    except UnicodeDecodeError:
        printed.append(None)


def _line_of(printed: Secret) -> Secret | str:
    lines = printed.reveal().splitlines()
    if len(lines) > 1:
        return f"its command printed {len(lines)} lines; it must print the credential and nothing else"
    return Secret(lines[0]) if lines and lines[0] else "its command printed nothing"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End *process*, and all that it has started in its session."""
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(1.0)
