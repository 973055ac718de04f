"""The meaning of one answer to a delete: the contract's table, with no network and no state."""

import pytest

import expunge
from expunge._answer import Answer
from expunge._deletion.answer_meaning import judge
from expunge.providers import PROVIDERS

REF = "cerebras:acme/gpt-oss-120b@2"
NAME = "orgs/acme/models/gpt-oss-120b/versions/2"


def judged(answer, ref=REF):
    parsed = expunge.parse_ref(ref)
    return judge(PROVIDERS[parsed.provider], parsed, answer)


def answer(http_status, body=None, **more):
    problem = "" if http_status == 200 else f"HTTP {http_status}"
    return Answer(**{"http_status": http_status, "is_json": body is not None, "body": body, "problem": problem, **more})


STATUSES = [
    *((status, "refused") for status in (400, 403, 409, 422)),
    *((status, "no_effect") for status in (401, 405, 413, 415)),
    (404, "not_found"),
    (429, "throttled"),
    *(
        (status, "uncertain")
        for status in (201, 204, 301, 302, 307, 402, 406, 408, 410, 418, 423, 500, 502, 503, 504, 520, 599)
    ),
]


@pytest.mark.parametrize(("http_status", "expected"), STATUSES)
def test_each_status_has_its_judgement(http_status, expected):
    assert judged(answer(http_status, body=[])).judgement == expected


LATE = (408, 499, 502, 504, *range(520, 600))


@pytest.mark.parametrize(
    ("given", "expected", "may_come_late"),
    [
        pytest.param(answer(200, {"name": NAME, "deleted": True}), "deleted", False, id="documented"),
        pytest.param(answer(200, {"message": "ok"}), "acknowledged", True, id="message"),
        pytest.param(answer(200, {"name": NAME, "deleted": False}), "refused", False, id="deleted-false"),
        pytest.param(answer(200, {"name": NAME, "deleted": 0}), "uncertain", True, id="deleted-0"),
        pytest.param(answer(200, {"name": NAME, "deleted": None}), "uncertain", True, id="deleted-null"),
        pytest.param(answer(201, {"name": NAME, "deleted": 0}), "uncertain", True, id="deleted-0-undocumented"),
        pytest.param(answer(299, {"name": NAME, "deleted": False}), "refused", False, id="299-is-a-success"),
        pytest.param(answer(300, {"name": NAME, "deleted": False}), "uncertain", False, id="300-is-none"),
        pytest.param(answer(199, {"name": NAME, "deleted": False}), "uncertain", True, id="199-is-none"),
        pytest.param(answer(299, None), "uncertain", True, id="299-may-come-late"),
        pytest.param(answer(300, None), "uncertain", False, id="300-does-not-come-late"),
        pytest.param(answer(200, {"name": NAME + "3", "deleted": True}), "other_resource", True, id="another-name"),
        pytest.param(
            answer(201, {"name": NAME + "3", "deleted": True}), "other_resource", True, id="another-name-undocumented"
        ),
        pytest.param(
            answer(200, {"name": NAME + "3", "deleted": 1}, problem="`deleted` is no truth value"),
            "other_resource",
            True,
            id="another-name-in-a-wrong-body",
        ),
        pytest.param(answer(201, {"name": NAME, "deleted": True}), "uncertain", True, id="undocumented-success"),
        pytest.param(answer(202, {}), "uncertain", True, id="202-where-none-is-documented"),
        pytest.param(answer(204, None), "uncertain", True, id="204"),
        pytest.param(answer(200, None, problem="HTML"), "uncertain", True, id="200-with-another-body"),
        pytest.param(answer(302, None), "uncertain", False, id="redirect"),
        pytest.param(answer(404, None), "uncertain", False, id="404-of-a-proxy"),
        pytest.param(answer(404, None, was_cut=True), "uncertain", True, id="404-truncated"),
        pytest.param(Answer(problem="reset"), "uncertain", True, id="lost"),
        pytest.param(Answer(problem="late", timed_out=True), "uncertain", True, id="timeout"),
        pytest.param(answer(500, {}), "uncertain", False, id="500-in-json"),
        pytest.param(answer(503, []), "uncertain", False, id="503-in-json"),
        pytest.param(answer(519, {}), "uncertain", False, id="519-in-json"),
        pytest.param(answer(600, {}), "uncertain", False, id="600-in-json"),
        pytest.param(answer(500, None), "uncertain", True, id="500-not-in-json"),
        pytest.param(answer(503, None), "uncertain", True, id="503-not-in-json"),
        *(pytest.param(answer(status, {}), "uncertain", True, id=f"{status}-in-json") for status in LATE),
        pytest.param(answer(200, None, problem="cut", timed_out=True), "uncertain", True, id="body-timed-out"),
        pytest.param(Answer(problem="refused", was_sent=False), "never_sent", False, id="never-sent"),
    ],
)
def test_each_answer_has_its_judgement(given, expected, may_come_late):
    found = judged(given)

    assert (found.judgement, found.may_come_late) == (expected, may_come_late)


@pytest.mark.parametrize("body", [{"name": NAME, "deleted": True}, {"message": "ok"}], ids=["documented", "message"])
def test_a_success_without_words_of_its_own_has_the_status_for_a_reason(body):
    assert judged(answer(200, body)).reason == "HTTP 200"
