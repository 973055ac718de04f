"""Answers that lie, overflow or contradict themselves: never a wrong deletion, never a lost tombstone."""

import traceback
from datetime import date
from decimal import Decimal
from itertools import islice

import attrs
import pytest

import expunge

CEREBRAS = "cerebras:acme/gpt-oss-120b@2"
BASETEN = "baseten:mod3x7q@dep2bbb"
TRUEFOUNDRY = "truefoundry:fraud-repo/churn@3"
ALIAS = "truefoundry:fraud-repo/churn@v7-prod"
REPLICATE = "replicate:acme/classifier@5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
JSON = {"Content-Type": "application/json"}
LIST = "/api/ml/v1/model-versions"


def deletes(sandbox):
    return sum(request.method != "GET" for request in sandbox.requests)


@pytest.mark.parametrize("http_status", [200, 409])
def test_a_number_that_cannot_be_read_is_an_unreadable_body(http_status, sandbox, client):
    body = b'{"deleted": true, "x": ' + b"1" * 5_000 + b"}"
    sandbox.answer_next("cerebras", "DELETE", http_status, body, JSON, takes_effect=http_status == 200)

    if http_status == 200:
        assert client.delete(CEREBRAS).confirmed_by == "read_back"
    else:
        with pytest.raises(expunge.Refused):
            client.delete(CEREBRAS)


@pytest.mark.parametrize(
    "wait",
    ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Thu, 01 Jan 2026 12:00:30 +99999999999999", "9" * 400],
)
def test_a_nonsensical_wait_is_none(wait, sandbox, client):
    sandbox.answer_next("cerebras", "DELETE", 429, {}, {"Retry-After": wait}, times=1_000)

    with pytest.raises(expunge.RateLimited) as raised:
        client.delete(CEREBRAS, timeout=5)

    assert raised.value.retry_after is None


@pytest.mark.parametrize("wait", [b"1" * 400, b"1e999", b"-1", b"true"])
def test_a_nonsensical_wait_in_the_body_is_none(wait, sandbox, client):
    sandbox.answer_next("baseten", "DELETE", 429, b'{"error": "slow", "retry_after": ' + wait + b"}", JSON, times=1_000)

    with pytest.raises(expunge.RateLimited) as raised:
        client.delete(BASETEN, timeout=5)

    assert raised.value.retry_after is None


@pytest.mark.parametrize(
    ("ref", "http_status", "body"),
    [
        (BASETEN, 200, {"id": "dep1aaa", "deleted": True}),
        (BASETEN, 202, {"id": "dep1aaa", "model_id": "mod3x7q", "deleted": True}),
        (BASETEN, 200, {"id": "dep1aaa", "model_id": "mod3x7q", "deleted": "true"}),
        (CEREBRAS, 201, {"name": "orgs/acme/models/gpt-oss-120b/versions/1", "deleted": True}),
        (REPLICATE, 202, {"id": "0" * 64}),
        (TRUEFOUNDRY, 200, {"data": {"manifest": {"ml_repo": "fraud-repo", "name": "churn", "version": 4}}}),
    ],
)
def test_another_name_is_reported_whatever_else_is_wrong_with_the_answer(ref, http_status, body, sandbox, client):
    provider = ref.partition(":")[0]
    method = "POST" if provider == "truefoundry" else "DELETE"
    sandbox.answer_next(provider, method, http_status, body)

    with pytest.raises(expunge.Unconfirmed, match="omething else may have been deleted"):
        client.delete(ref)

    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(
    ("ref", "body"),
    [
        (BASETEN, {"id": "dep2bbb", "model_id": "mod3x7q", "deleted": False}),
        (CEREBRAS, {"name": "orgs/acme/models/gpt-oss-120b/versions/2", "deleted": False}),
    ],
)
def test_deleted_false_is_refused_under_any_success(ref, body, sandbox, client):
    sandbox.answer_next(ref.partition(":")[0], "DELETE", 202, body)

    with pytest.raises(expunge.Refused) as raised:
        client.delete(ref)

    assert raised.value.tombstone.status == "refused"
    assert len(sandbox.requests) == 1


def row(number=9, *, fqn=None, ml_repo_id="41", alias="v7-prod", stored=None):
    manifest = {"name": "churn", "ml_repo": "fraud-repo", "version": number if stored is None else stored}
    fqn = fqn or f"model:acme/fraud-repo/churn:{number}"
    return {"id": fqn, "fqn": fqn, "ml_repo_id": ml_repo_id, "manifest": manifest, "version_alias": alias}


def page(rows, total=None):
    return {"data": rows, "pagination": {"total": len(rows) if total is None else total, "offset": 0, "limit": 100}}


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(page([row(fqn="model:rival/fraud-repo/churn:9", ml_repo_id="99")]), id="another-repo-id"),
        pytest.param(page([row(fqn="model:acme/other/thing:9")]), id="another-model"),
        pytest.param(page([row(fqn="zzz")]), id="no-fqn"),
        pytest.param(page([row(stored=8)]), id="another-number"),
        pytest.param(page([row()], total=0), id="total-too-small"),
        pytest.param(page([row()], total=-1), id="negative-total"),
        pytest.param(page([], total=7), id="rows-missing"),
        pytest.param({"data": [row()]}, id="no-total"),
        pytest.param({"data": {}}, id="object-for-list"),
    ],
)
def test_nothing_is_deleted_on_the_word_of_a_list_that_lies(lie, sandbox, client):
    sandbox.answer_next("truefoundry", "GET", 200, lie, path=LIST)

    with pytest.raises(expunge.ExpungeError) as raised:
        client.delete(ALIAS, missing_ok=True)

    assert raised.value.tombstone.status in {"failed", "refused"}
    assert deletes(sandbox) == 0


def test_an_alias_on_two_rows_is_refused(sandbox, client):
    sandbox.answer_next("truefoundry", "GET", 200, page([row(8), row(9)]), path=LIST)

    with pytest.raises(expunge.Refused) as raised:
        client.delete(ALIAS)

    assert raised.value.tombstone.status == "refused"
    assert deletes(sandbox) == 0


@pytest.mark.parametrize("rows", [[row(3), row(3, fqn="model:rival/fraud-repo/churn:3")]])
def test_a_number_on_two_rows_is_refused_before_anything_is_sent(rows, sandbox, client):
    sandbox.answer_next("truefoundry", "GET", 200, page(rows), path=LIST)

    with pytest.raises(expunge.Refused) as raised:
        client.delete(TRUEFOUNDRY, dry_run=True)

    assert raised.value.tombstone.status == "refused"


def test_a_server_that_knows_no_pages_proves_nothing(sandbox, client):
    """It gives the same hundred rows for every offset, and the version is not among them."""
    same = page([row(number, alias=None) for number in range(100, 200)], total=250)
    sandbox.answer_next("truefoundry", "POST", 500, {})
    sandbox.answer_next("truefoundry", "GET", 200, same, path=LIST, times=10)

    with pytest.raises(expunge.Unconfirmed):
        client.delete(TRUEFOUNDRY)
    with pytest.raises(expunge.UnexpectedResponse, match="same rows"):
        list(client.versions("truefoundry:fraud-repo/churn"))


@pytest.mark.parametrize(
    ("http_status", "body"),
    [(404, {"detail": "Not Found"}), (200, {"data": [{"id": "1", "name": "zzz"}], "pagination": {"total": 500}})],
)
def test_a_list_of_repos_that_is_not_there_or_not_complete_says_nothing(http_status, body, sandbox, client):
    sandbox.answer_next("truefoundry", "GET", http_status, body, path="/api/ml/v1/ml-repos", times=2)

    with pytest.raises(expunge.UnexpectedResponse) as raised:
        client.delete(ALIAS, missing_ok=True)
    with pytest.raises(expunge.UnexpectedResponse):
        client.get(TRUEFOUNDRY)

    assert raised.value.tombstone.status == "failed"
    assert deletes(sandbox) == 0


def test_an_fqn_whose_row_disagrees_in_the_number_is_refused(sandbox, client):
    sandbox.answer_next("truefoundry", "GET", 200, page([row(4, stored=5)]), path=LIST)

    with pytest.raises(expunge.Refused) as raised:
        client.delete("model:acme/fraud-repo/churn:4")

    assert (raised.value.tombstone.status, raised.value.tombstone.http_status) == ("refused", 200)


@pytest.mark.parametrize("name", ["", "../x", "a@b", "production", "a b"])
def test_an_id_that_is_none_makes_the_list_an_error(name, sandbox, client):
    """An empty one would name the complete model."""
    sandbox.answer_next("baseten", "GET", 200, {"deployments": [{"id": name}]})

    with pytest.raises(expunge.UnexpectedResponse, match="cannot be named"):
        list(client.versions("baseten:mod3x7q"))


def test_a_dry_run_says_what_it_could_not_read(sandbox, client):
    sandbox.answer_next("baseten", "GET", 503, {}, path="/v1/models/mod9z2k/deployments")

    tombstone = client.delete("baseten:mod9z2k", dry_run=True, allow_model=True)

    assert tombstone.status == "planned"
    assert "could not be read" in tombstone.detail


@pytest.mark.parametrize("endpoint", ["..", "", "\ud800"])
def test_an_endpoint_that_cannot_be_asked_for_leaves_the_live_state_open(endpoint, sandbox, client):
    body = b'{"endpoints": [{"endpoint_id": "%s"}]}' % endpoint.encode("unicode_escape")
    sandbox.answer_next("cerebras", "GET", 200, body, JSON, path="/management/v1/orgs/acme/endpoints")

    assert client.get(CEREBRAS).is_live is None


@pytest.mark.parametrize("following", ["http://[::1/v1", "x" * 70_000, "{here}?cursor=" + "a" * 70_000])
def test_a_next_that_cannot_be_followed_is_an_error(following, sandbox, client):
    here = f"{sandbox.environ['REPLICATE_BASE_URL'].removesuffix('/v1')}/v1/models/o/a/versions"
    sandbox.answer_next("replicate", "GET", 200, {"results": [], "next": following.replace("{here}", here)})

    with pytest.raises(expunge.ExpungeError):
        list(client.versions("replicate:o/a"))


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 1, 1),
        {1, 2},
        Decimal(1),
        float("nan"),
        float("inf"),
        10**5_000,
        "\ud800",
        {1: "a"},
        object(),
    ],
    ids=["date", "set", "decimal", "nan", "infinite", "long", "half-character", "number-as-key", "object"],
)
def test_what_json_cannot_hold_is_named_and_never_sent(value, sandbox, client):
    manifest = {"name": "churn", "ml_repo": "fraud-repo", "version": 3, "source": {"type": "truefoundry"}}

    with pytest.raises(expunge.ValidationError, match="metadata"):
        client.apply({**manifest, "metadata": {"x": value}})
    with pytest.raises(expunge.ValidationError, match="metadata"):
        client.delete(TRUEFOUNDRY, manifest={**manifest, "metadata": {"x": value}})

    assert sandbox.requests == []


@pytest.mark.parametrize("version", ["production", "a/../b", "..", ""])
def test_a_reference_that_was_altered_by_hand_is_refused(version, sandbox, client):
    altered = attrs.evolve(expunge.parse_ref(BASETEN), version=version)

    with pytest.raises(expunge.InvalidReference):
        client.delete(altered)
    (tombstone,) = client.delete_many([altered])

    assert tombstone.status == "failed"
    assert sandbox.requests == []


def test_references_that_cannot_be_read_on_lose_no_tombstone(sandbox):
    """Deletions under way are reported first, and then the exception of the caller's own iterator."""

    def refs():
        yield BASETEN
        yield CEREBRAS
        raise OSError("the disk is gone")

    with expunge.Client.from_env(sandbox.environ) as client:
        tombstones = client.delete_many(refs(), concurrency=4)
        reported = sorted((tombstone.ref, tombstone.status) for tombstone in islice(tombstones, 2))
        with pytest.raises(OSError, match="the disk is gone"):
            next(tombstones)

    assert reported == [(BASETEN, "deleted"), (CEREBRAS, "deleted")]


def test_one_text_is_not_many(client):
    with pytest.raises(TypeError, match="one text"):
        list(client.delete_many(BASETEN))


@pytest.mark.parametrize(
    "build",
    [
        lambda token: expunge.Cerebras(api_key=token, base_url="http://evil.example"),
        lambda token: expunge.TrueFoundry(host="nonsense", api_key=token),
        lambda token: expunge.Baseten(api_key=token + "\n"),
        lambda token: expunge.Cerebras.from_env(
            {"CEREBRAS_MANAGEMENT_API_KEY": token, "CEREBRAS_MANAGEMENT_BASE_URL": "http://evil.example"}
        ),
        lambda token: expunge.TrueFoundry.from_env({"TFY_API_KEY": token}),
    ],
)
def test_no_frame_of_a_settings_error_shows_the_credential(build):
    """Tracebacks with locals are printed by people who look for something else."""
    token = "hidden-token-4711"
    with pytest.raises(expunge.ConfigurationError) as raised:
        build(token)

    shown = traceback.TracebackException(
        type(raised.value), raised.value, raised.tb.tb_next.tb_next, capture_locals=True
    )
    assert token not in "".join(shown.format())
