"""The meaning of one answer on the wire: a documented success, or the reason why it is none."""

import pytest

from expunge._http.conversation import Cut
from expunge._http.reading import Raw, Reader, headers_of
from expunge._http.secrecy import Blanks
from expunge.config import Secret

SECRET = "csk-4f9a1d3e77aa"
NAME = "orgs/acme/models/gpt-oss-120b/versions/2"
DELETED = f'{{"name": "{NAME}", "deleted": true}}'.encode()
JSON = {"content-type": "application/json"}
TEXT = {"content-type": "text/plain"}


def read(http_status, body=b"", headers=None, *, cut=None, provider="cerebras"):
    reader = Reader(provider, Blanks(Secret(SECRET)), ("x-request-id", "cf-ray"))
    raw = Raw(url="http://127.0.0.1/", http_status=http_status, headers=headers or {}, body=body, cut=cut)
    return reader.read("delete_model_version", raw)


@pytest.mark.parametrize(
    ("http_status", "body", "headers", "problem"),
    [
        pytest.param(200, DELETED, JSON, "", id="documented"),
        pytest.param(200, DELETED, {"content-type": " Application/JSON ; charset=utf-8"}, "", id="with-parameters"),
        pytest.param(200, DELETED, {"content-type": "application/vnd.api+json"}, "", id="a-kind-of-json"),
        pytest.param(200, DELETED, {**JSON, "content-encoding": " Identity "}, "", id="encoded-as-it-is"),
        pytest.param(
            200,
            DELETED,
            {**JSON, "content-encoding": "gzip"},
            "HTTP 200, but the body is encoded although none was asked for",
            id="encoded",
        ),
        pytest.param(200, b"", JSON, "HTTP 200, but the body is empty", id="empty"),
        pytest.param(200, DELETED, {}, "HTTP 200, but the body is of no declared type, not JSON", id="undeclared"),
        pytest.param(200, DELETED, TEXT, "HTTP 200, but the body is text/plain, not JSON", id="text"),
        pytest.param(201, DELETED, JSON, "HTTP 201, which is not documented", id="201"),
        pytest.param(199, DELETED, JSON, "HTTP 199", id="below-the-successes"),
        pytest.param(299, DELETED, JSON, "HTTP 299, which is not documented", id="the-last-success"),
        pytest.param(300, DELETED, JSON, "HTTP 300, a redirect, which is not followed", id="the-first-redirect"),
        pytest.param(399, DELETED, JSON, "HTTP 399, a redirect, which is not followed", id="the-last-redirect"),
        pytest.param(400, b"{}", JSON, "HTTP 400", id="the-first-error"),
        pytest.param(404, b"x", TEXT, "HTTP 404 and the body is text/plain, not JSON", id="an-unreadable-error"),
    ],
)
def test_an_answer_is_a_documented_success_or_has_a_reason(http_status, body, headers, problem):
    answer = read(http_status, body, headers)

    assert answer.problem == problem
    assert answer.http_status == http_status


def test_a_success_in_another_shape_names_the_part_that_is_wrong():
    answer = read(200, b'{"name": 1, "deleted": true}', JSON)

    assert answer.problem.startswith("HTTP 200, but in its body ")
    assert (answer.is_json, answer.body) == (True, {"name": 1, "deleted": True})


def test_a_success_that_is_documented_without_a_body_needs_none():
    assert read(202, b"", {}, provider="replicate").is_documented


@pytest.mark.parametrize(
    ("body", "headers", "is_json", "is_empty"),
    [
        pytest.param(b"{}", JSON, True, False, id="an-object"),
        pytest.param(b"", JSON, False, True, id="nothing"),
        pytest.param(b"{", JSON, False, False, id="broken"),
        pytest.param(b"{}", TEXT, False, False, id="text"),
    ],
)
def test_only_a_well_formed_and_declared_body_is_json(body, headers, is_json, is_empty):
    answer = read(404, body, headers)

    assert (answer.is_json, answer.is_empty, answer.was_cut, answer.timed_out) == (is_json, is_empty, False, False)


@pytest.mark.parametrize("timed_out", [False, True])
def test_a_body_that_was_cut_is_not_read(timed_out):
    answer = read(200, DELETED, JSON, cut=Cut("its body was cut short", timed_out=timed_out))

    assert answer.problem == "HTTP 200, but its body was cut short"
    assert (answer.body, answer.is_json, answer.was_cut, answer.timed_out) == (None, False, True, timed_out)


@pytest.mark.parametrize(
    ("http_status", "body", "headers", "words"),
    [
        pytest.param(403, b'{"message": "not yours"}', JSON, "not yours", id="of-an-error"),
        pytest.param(403, b"not\nyours", TEXT, "not yours", id="of-a-text"),
        pytest.param(403, b"not yours", {"content-type": "text/html"}, "", id="of-a-page"),
        pytest.param(200, b'{"name": 1, "message": "no"}', JSON, "no", id="of-a-wrong-shape"),
        pytest.param(200, b'{"message": "it is scheduled"}', JSON, "", id="of-a-documented-success"),
    ],
)
def test_the_words_are_the_provider_s_own_about_an_error(http_status, body, headers, words):
    assert read(http_status, body, headers).words == words


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"cf-ray": "r-1"}, "r-1", id="of-the-network"),
        pytest.param({"cf-ray": "r-1", "x-request-id": "q-1"}, "q-1", id="the-first-counts"),
        pytest.param({"cf-ray": "r-1", "x-request-id": ""}, "r-1", id="an-empty-one-does-not"),
        pytest.param({"x-request-id": "q" * 300}, "q" * 200 + "…", id="a-long-one-is-cut"),
    ],
)
def test_the_id_of_the_exchange_is_the_first_header_that_has_one(headers, request_id):
    assert read(200, DELETED, {**JSON, **headers}).request_id == request_id


def test_a_long_media_type_is_cut():
    assert read(200, DELETED, {"content-type": "x" * 300}).problem == f"HTTP 200, but the body is {'x' * 80}…, not JSON"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(f'{{"detail": "{SECRET}"}}'.encode(), JSON, id="in-json"),
        pytest.param(b'{"detail": "' + b"".join(b"\\u%04x" % ord(each) for each in SECRET) + b'"}', JSON, id="escaped"),
        pytest.param(SECRET.encode(), TEXT, id="in-a-text"),
    ],
)
def test_a_credential_that_an_answer_echoes_is_blanked(body, headers):
    answer = read(403, body, {**headers, "x-echo": f"Bearer {SECRET}"})

    assert SECRET not in repr(answer)
    assert "[credential]" in answer.words
    assert answer.headers["x-echo"] == "Bearer [credential]"


def test_a_reader_shows_no_credential():
    assert repr(Reader("cerebras", Blanks(Secret(SECRET)), ())) == "Reader(cerebras)"
    raw = Raw(url="http://127.0.0.1/", http_status=200, headers={"a": SECRET}, body=SECRET.encode(), cut=None)
    assert SECRET not in repr(raw)


def test_headers_have_small_letters_and_repeated_ones_are_joined():
    assert headers_of([(b"Age", b"1"), (b"X-A", b"b"), (b"age", b"2")]) == {"age": "1, 2", "x-a": "b"}
