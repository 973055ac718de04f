"""Secrets are blanked in each form in which something may echo them, and no frame shows them."""

import base64
import logging

import pytest

import expunge
from expunge._http.secrecy import Blanks
from expunge.config import Secret

from .loopback import TOKEN, answer, delete, request_of, serving


def test_a_credential_is_blanked_wherever_it_stands():
    value = {"a": ["x s3cret y"], "s3cret": {"b": "s3cret"}, "n": 1}

    assert Blanks(Secret("s3cret")).json(value) == {
        "a": ["x [credential] y"],
        "[credential]": {"b": "[credential]"},
        "n": 1,
    }


@pytest.mark.parametrize("around", ["", "a", "ab", "abc", "user:", "Bearer "])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_credential_is_blanked_in_base64_wherever_it_stands_in_the_text(around, encode):
    secret = "s3cret~~~?>-of-some-length"
    text = encode(f"{around}{secret}{around}".encode()).decode()

    blanked = Blanks(Secret(secret)).text(f"it was {text}.")

    assert "[credential]" in blanked
    # At most a letter or two at each end are left, of bytes that have a neighbour in them.
    assert len(blanked.replace("[credential]", "")) < len("it was .") + len(encode(around.encode() * 2)) + 6


def test_texts_without_the_credential_stay():
    assert Blanks(Secret("k")).text("azazaz") == "azazaz"
    assert Blanks().text("anything") == "anything"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_an_echo_in_base64_reaches_neither_tombstone_nor_log(kind, caplog):
    caplog.set_level(logging.DEBUG)
    encoded = base64.b64encode(f"user:{TOKEN}".encode())
    part = encoded.decode()[10:-6]

    def serve(_server, connection, _number):
        request_of(connection)
        connection.sendall(answer(b'{"detail": "%s"}' % encoded, 409, b"X-Request-Id: %s\r\n" % encoded))

    with serving(serve) as server:
        tombstone = delete(kind, expunge.Cerebras(api_key=TOKEN, base_url=server.origin))

    assert tombstone.status == "refused"
    assert "settled" in caplog.text
    assert "[credential]" in caplog.text
    assert part not in caplog.text
    assert part not in repr(tombstone)
