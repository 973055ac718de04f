"""Secrets are blanked in each form in which something may echo them, and no frame shows them."""

import base64
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def _written(letter, form):
    """Return *letter* as a JSON text may have it: as it stands, by its number, or after a backslash."""
    if form == "number":
        return f"\\u{ord(letter):04x}"
    return f"\\{letter}" if letter in '"\\' or (form == "backslash" and letter == "/") else letter


@given(st.text("ab/\"\\'n\\u~", min_size=1, max_size=6), st.data())
def test_a_document_that_holds_the_credential_in_any_spelling_is_looked_through(secret, data):
    forms = data.draw(
        st.lists(st.sampled_from(["", "number", "backslash"]), min_size=len(secret), max_size=len(secret))
    )
    before, after = data.draw(st.tuples(*[st.sampled_from(["", "x", "\\n", '\\"', "\\\\"])] * 2))
    text = "".join(map(_written, secret, forms))
    document = f'{{"k": "{before}{text}{after}"}}'
    assert secret in json.loads(document)["k"]

    assert Blanks(Secret(secret)).may_be_in(document.encode())


@pytest.mark.parametrize("document", ['{"a": "b"}', '{"a": "line\\nline \\"quoted\\" \\t"}', '["\u00e9"]'])
def test_a_document_without_the_credential_is_not_looked_through(document):
    json.loads(document)

    assert not Blanks(Secret("s3cret")).may_be_in(document.encode())


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
