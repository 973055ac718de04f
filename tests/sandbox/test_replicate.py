"""Replicate's stand-in: accepted first, gone later; refusals; pages."""

import base64
from collections.abc import Callable
from itertools import chain

import pytest

from expunge.sandbox.replicate import version_id

from .conftest import DOCUMENTED, REPLICATE, Speaker


def test_a_version_is_there_until_the_delay_has_passed(sandbox, speak, clock):
    answer = speak("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED}")
    clock.now += 2.9
    before = speak("replicate", "GET", f"{REPLICATE}/{DOCUMENTED}")
    clock.now += 0.2
    after = speak("replicate", "GET", f"{REPLICATE}/{DOCUMENTED}")

    assert (answer.status_code, answer.content, answer.headers.get("content-type")) == (202, b"", None)
    assert (before.status_code, after.status_code) == (200, 404)
    assert not sandbox.holds(f"replicate:acme/classifier@{DOCUMENTED}")


def test_a_second_delete_is_accepted_and_starts_no_new_delay(speak, clock):
    speak("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED}")
    clock.now += 2.0
    second = speak("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED}")
    clock.now += 1.1

    assert second.status_code == 202
    assert speak("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED}").status_code == 404


def test_a_pending_version_is_still_listed(speak, clock):
    speak("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED}")
    before = speak("replicate", "GET", REPLICATE).json()["results"]
    clock.now += 3.1
    after = speak("replicate", "GET", REPLICATE).json()["results"]

    assert DOCUMENTED in {row["id"] for row in before}
    assert DOCUMENTED not in {row["id"] for row in after}


def test_deletions_can_be_finished_without_a_clock(sandbox, speak):
    speak("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED}")

    sandbox.replicate.finish_deletions()

    assert speak("replicate", "GET", f"{REPLICATE}/{DOCUMENTED}").status_code == 404
    assert len(sandbox.replicate.versions("acme", "classifier")) == 3


@pytest.mark.parametrize(("ref", "status", "words"), [
    pytest.param(f"replicate/hello-world@{DOCUMENTED}", 403, "you own", id="the-pages-own-example"),
    pytest.param(f"acme/open@{version_id('acme/open/1')}", 400, "private", id="public"),
    pytest.param(f"acme/classifier@{version_id('acme/classifier/2')}", 400, "Someone other", id="shared"),
])  # fmt: skip
def test_the_documented_restrictions_hold(ref, status, words, sandbox, speak):
    sandbox.replicate.add_model("acme", "open", visibility="public")
    sandbox.replicate.add_version("acme", "open")

    answer = speak("replicate", "DELETE", f"/v1/models/{ref.replace('@', '/versions/')}")
    sandbox.replicate.finish_deletions()

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert sandbox.holds(f"replicate:{ref}")


def test_anothers_private_model_looks_absent(sandbox, speak):
    sandbox.add(f"replicate:rival/secret@{DOCUMENTED}")

    for method in ("GET", "DELETE"):
        answer = speak("replicate", method, f"/v1/models/rival/secret/versions/{DOCUMENTED}")
        assert answer.status_code == 404


def test_a_shortened_id_names_nothing(speak):
    assert speak("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED[:12]}").status_code == 404


def _ids(speak: Speaker, *, between: Callable[[], None] = lambda: None) -> list[list[str]]:
    ids: list[list[str]] = []
    url = speak.url("replicate", "/v1/models/acme/churn/versions")
    while url:
        page = speak.http.get(url, headers={"Authorization": speak.credential("replicate")}).json()
        ids.append([row["id"] for row in page["results"]])
        url = page["next"]
        between()
    return ids


def test_next_leads_through_every_version_newest_first(speak):
    pages = _ids(speak)

    assert [len(page) for page in pages] == [10, 10, 4]
    assert list(chain.from_iterable(pages)) == [version_id(f"acme/churn/{place}") for place in range(24, 0, -1)]


def test_a_deletion_between_two_pages_hides_nothing(sandbox, speak):
    first = version_id("acme/churn/24")

    pages = _ids(speak, between=lambda: sandbox.remove(f"replicate:acme/churn@{first}"))

    assert list(chain.from_iterable(pages)) == [version_id(f"acme/churn/{place}") for place in range(24, 0, -1)]


def test_previous_leads_back(speak):
    credential = {"Authorization": speak.credential("replicate")}
    first = speak("replicate", "GET", "/v1/models/acme/churn/versions").json()
    second = speak.http.get(first["next"], headers=credential).json()
    third = speak.http.get(second["next"], headers=credential).json()

    assert first["previous"] is None
    assert speak.http.get(third["previous"], headers=credential).json() == second
    assert speak.http.get(second["previous"], headers=credential).json() == first


def test_previous_leads_to_what_is_left_of_the_page_before(sandbox, speak):
    credential = {"Authorization": speak.credential("replicate")}
    first = speak("replicate", "GET", "/v1/models/acme/churn/versions").json()
    second = speak.http.get(first["next"], headers=credential).json()
    for row in first["results"][:3]:
        sandbox.remove(f"replicate:acme/churn@{row['id']}")

    assert speak.http.get(second["previous"], headers=credential).json()["results"] == first["results"][3:]


@pytest.mark.parametrize("cursor", ["", "x", "cD0y", base64.b64encode(b"after=-1").decode(), "%C3%A9"])
def test_an_invented_cursor_is_refused(cursor, speak):
    assert speak("replicate", "GET", f"{REPLICATE}?cursor={cursor}").status_code == 400


def test_a_model_shows_its_visibility_and_its_newest_version(speak):
    model = speak("replicate", "GET", "/v1/models/acme/classifier").json()

    assert (model["owner"], model["visibility"]) == ("acme", "private")
    assert model["latest_version"]["id"] == version_id("acme/classifier/4")


def test_a_model_is_deleted_only_when_it_is_empty(sandbox, speak):
    sandbox.replicate.add_model("acme", "empty")

    assert speak("replicate", "DELETE", "/v1/models/acme/classifier").status_code == 400
    assert speak("replicate", "DELETE", "/v1/models/acme/empty").status_code == 204
    assert speak("replicate", "DELETE", "/v1/models/acme/empty").status_code == 404
