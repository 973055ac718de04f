"""Where a profile's credential comes from: a variable, the keyring, or a command that may misbehave."""

import os
import sys
from importlib import import_module

import pytest

from expunge.cli.profiles.secret_source import SecretSource
from expunge.config import Secret

TOKEN = "token-5d2e81c7"


def source(text):
    found = SecretSource.parse(text)
    assert isinstance(found, SecretSource), found
    return found


def program(code):
    return source(f'command:{sys.executable} -S -c "{code}"')


@pytest.mark.parametrize(
    "text",
    [TOKEN, f"env:{TOKEN}", "env:", f"keyring:{TOKEN}", f"keyring:/{TOKEN}", "command:", "command: ", 'command:say "x',
     f"Env:{TOKEN}", f"bearer:{TOKEN}", ""],
)  # fmt: skip
def test_anything_else_is_refused_and_not_repeated(text):
    found = SecretSource.parse(text)

    assert isinstance(found, str)
    assert TOKEN not in found


def test_a_variable_is_read_when_it_is_needed(monkeypatch):
    named = source("env:STAGING_KEY")
    monkeypatch.delenv("STAGING_KEY", raising=False)
    assert named.read() == "the variable STAGING_KEY is not set"
    monkeypatch.setenv("STAGING_KEY", TOKEN)

    assert named.read() == Secret(TOKEN)
    assert TOKEN not in repr(named.read())


@pytest.mark.parametrize("end", ["", "\\n", "\\r\\n"])
def test_a_command_prints_the_credential_on_one_line(end):
    assert program(f"print('{TOKEN}', end='{end}')").read() == Secret(TOKEN)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (f"print('{TOKEN}'); print('more')", "printed 2 lines"),
        (f"print('{TOKEN}', end='\\n\\n')", "printed 2 lines"),
        ("pass", "printed nothing"),
        ("print()", "printed nothing"),
        (f"print('{TOKEN}'); raise SystemExit(3)", "ended with code 3"),
        ("import os; os.write(1, bytes([255, 254]))", "something other than text"),
        ("import os\nwhile True: os.write(1, b'y' * 4096)", "printed more than 65,536 bytes"),
    ],
)
def test_a_command_that_prints_anything_else_is_refused(code, why):
    found = program(code).read()

    assert isinstance(found, str)
    assert why in found
    assert TOKEN not in found


def test_a_command_that_is_not_there_is_named_without_its_words():
    found = source(f"command:/no/such/program {TOKEN}").read()

    assert isinstance(found, str)
    assert "cannot be started" in found
    assert TOKEN not in found + repr(source(f"command:x {TOKEN}")) + str(source(f"command:x {TOKEN}"))


@pytest.mark.skipif(os.name != "posix", reason="sessions of processes are POSIX's")
def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path):
    """A child that was left would write into the pipe at its end."""
    place = tmp_path / "pipe"
    os.mkfifo(place)
    reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    hangs = source(f"command:sh -c '(exec 3>{place}; sleep 20; echo alive >&3) & wait'")

    assert hangs.read(0.5) == "its command did not end within 0.5 seconds"
    assert os.read(reader, 16) == b""
    os.close(reader)


def test_a_command_has_no_input():
    """It would otherwise take the answer to the question before a deletion."""
    assert program(f"import sys; print(sys.stdin.read() or '{TOKEN}')").read() == Secret(TOKEN)


def test_the_keyring_is_asked_for_the_user_after_the_last_slash():
    keyring = pytest.importorskip("keyring")

    class Kept(import_module("keyring.backend").KeyringBackend):  # type: ignore[misc]  # a class of an optional package
        priority = 1

        def get_password(self, service, username):
            if service == "locked":
                raise OSError
            return {("https://a.example/x", "me"): TOKEN}.get((service, username))

        def set_password(self, service, username, password):
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(Kept())
    try:
        assert source("keyring:https://a.example/x/me").read() == Secret(TOKEN)
        assert source("keyring:b/me").read() == "the keyring has no password of me for b"
        assert source("keyring:locked/me").read() == "the keyring cannot be read (OSError)"
    finally:
        keyring.set_keyring(before)


def test_without_the_package_keyring_its_installation_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)

    assert "pip install keyring" in str(source("keyring:a/me").read())
