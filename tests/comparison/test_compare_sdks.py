"""The comparison with the vendors' SDKs: our own side of it, and the rules by which an answer is wrong."""

import sys

import pytest

from comparison.cases import CASES, judge, kind_of
from comparison.run import cases_of, ours_on, run
from comparison.server import PATHS

pytestmark = pytest.mark.slow

NAMES = {case.name: case for case in reversed(CASES)}
SUCCESS, CONFLICT = NAMES["the documented success"], NAMES["409, it is in use"]


@pytest.mark.parametrize("provider", list(PATHS))
def test_expunge_is_wrong_in_no_case(provider):
    runs = run(ours_on(provider), sys.executable)

    assert list(runs) == cases_of(provider)
    assert {case.name: case_run for case, case_run in runs.items() if case_run.verdict.judgement == "wrong"} == {}
    assert runs[SUCCESS].verdict.judgement == "right"


@pytest.mark.parametrize(
    ("said", "requests", "kind"),
    [
        pytest.param({"returned": "None", "is_no": False}, 1, "success", id="no-exception-is-a-success"),
        pytest.param({"returned": "False", "is_no": True}, 1, "no", id="false-is-a-no"),
        pytest.param({"raised": "NotFoundError", "http_status": 404}, 1, "absent", id="not-found"),
        pytest.param({"raised": "ApiError", "http_status": 404}, 1, "in doubt", id="a-404-it-could-not-read"),
        pytest.param({"raised": "ConflictError", "http_status": 409}, 1, "no", id="refused"),
        pytest.param({"raised": "ServerError", "http_status": 503}, 1, "in doubt", id="503-settles-nothing"),
        pytest.param({"raised": "ReadTimeout", "http_status": None}, 1, "in doubt", id="no-answer"),
        pytest.param({"raised": "ValueError", "http_status": None}, 0, "no", id="never-sent"),
        pytest.param({"status": "accepted"}, 1, "success", id="ours-accepted"),
        pytest.param({"status": "unknown"}, 1, "in doubt", id="ours-unknown"),
        pytest.param({"status": "refused"}, 1, "no", id="ours-refused"),
        pytest.param({"hung": True}, 1, "in doubt", id="it-hung"),
    ],
)
def test_what_a_client_says_is_sorted_by_what_a_caller_understands(said, requests, kind):
    assert kind_of(said, requests=requests) == kind


@pytest.mark.parametrize(
    ("case", "kind", "lost", "asked", "expected"),
    [
        pytest.param(SUCCESS, "success", {"version"}, ["version"], ("right", ""), id="true-success"),
        pytest.param(CONFLICT, "success", set(), ["version"], ("wrong", "though it is there"), id="false-success"),
        pytest.param(CONFLICT, "absent", set(), ["version"], ("wrong", "though it is"), id="false-absence"),
        pytest.param(CONFLICT, "no", {"version"}, ["version"], ("wrong", "though it deleted it"), id="false-failure"),
        pytest.param(CONFLICT, "no", set(), ["version"], ("right", ""), id="true-failure"),
        pytest.param(CONFLICT, "in doubt", {"version"}, ["version"], ("left open", ""), id="doubt-is-never-wrong"),
        pytest.param(SUCCESS, "in doubt", {"version"}, ["version"], ("wrong", "documented"), id="not-recognised"),
        pytest.param(CONFLICT, "no", {"sibling"}, ["version", "sibling"], ("wrong", "another version"), id="another"),
        pytest.param(CONFLICT, "no", set(), ["model"], ("wrong", "the complete model"), id="asked-for-the-model"),
    ],
)
def test_an_answer_is_held_against_what_the_server_saw(case, kind, lost, asked, expected):
    here, elsewhere = case.standins("baseten")
    here.holds -= lost
    here.deletes += asked

    verdict = judge(case, kind, here, elsewhere)

    judgement, why = expected
    assert (verdict.judgement, why in verdict.why) == (judgement, True)


def test_a_token_at_another_origin_is_wrong_whatever_was_said():
    here, elsewhere = CONFLICT.standins("replicate")
    elsewhere.answer("GET", "/", b"", has_token=True)

    verdict = judge(CONFLICT, "listed", here, elsewhere)

    assert verdict.why == "sent the token to another origin"
