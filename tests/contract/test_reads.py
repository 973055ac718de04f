"""Reading versions: every page, every field that a provider may leave out, and nothing from half a list."""

from datetime import UTC, datetime

import pytest
from tests.providers import REFS

import expunge

MODELS = {name: str(expunge.parse_ref(ref).model) for name, ref in REFS.items()}
every_model = pytest.mark.parametrize("model", list(MODELS.values()), ids=list(MODELS))


@every_model
def test_the_list_of_a_model_is_complete(model, sandbox, client):
    versions = list(client.versions(model))

    assert versions
    assert len({version.ref for version in versions}) == len(versions)
    assert all(sandbox.holds(version.ref) for version in versions)
    assert {request.method for request in sandbox.requests} == {"GET"}


@every_model
def test_what_is_listed_can_be_read_by_itself(model, client):
    for version in list(client.versions(model))[:3]:
        single = client.get(version.ref)

        assert (single.ref, single.aliases, single.created_at) == (version.ref, version.aliases, version.created_at)


def test_pages_are_followed_to_the_end(sandbox, client):
    held = len(sandbox.replicate.versions("acme", "churn"))

    assert len(list(client.versions("replicate:acme/churn"))) == held
    assert len(sandbox.requests) > 1


def test_more_than_a_hundred_versions_on_truefoundry_take_several_pages(sandbox, client):
    for number in range(8, 250):
        sandbox.add(f"truefoundry:fraud-repo/churn@{number}")

    assert len(list(client.versions(MODELS["truefoundry"]))) == 249


def rows_of_churn(sandbox, numbers, total):
    """One page of TrueFoundry's list."""
    rows = [sandbox.truefoundry.version("fraud-repo", "churn", number).json() for number in numbers]
    return {"data": rows, "pagination": {"total": total, "offset": 0, "limit": 100}}


def test_a_list_that_shrinks_while_it_is_read_is_an_error(sandbox, client):
    """Rows after a deleted one move up, over the page's end: one would stand on neither page."""
    for page in (rows_of_churn(sandbox, [7, 6, 5], 6), rows_of_churn(sandbox, [3, 2], 5)):
        sandbox.answer_next("truefoundry", "GET", 200, page, path="/api/ml/v1/model-versions")

    with pytest.raises(expunge.UnexpectedResponse, match="from 6 rows to 5"):
        list(client.versions(MODELS["truefoundry"]))


def test_a_read_back_trusts_no_list_that_shrinks_while_it_is_read(sandbox, client):
    """The version that is looked for may be the very one that moved from page to page."""
    sandbox.answer_next("truefoundry", "POST", 503, {})
    for page in (rows_of_churn(sandbox, [7, 6, 5], 6), rows_of_churn(sandbox, [3, 2], 5)):
        sandbox.answer_next("truefoundry", "GET", 200, page, path="/api/ml/v1/model-versions")

    with pytest.raises(expunge.Unconfirmed, match="from 6 rows to 5"):
        client.delete("truefoundry:fraud-repo/churn@4")

    assert sandbox.holds("truefoundry:fraud-repo/churn@4")


def test_a_row_that_a_new_version_pushes_onto_the_next_page_is_given_once(sandbox, client):
    for page in (rows_of_churn(sandbox, [6, 5, 4], 6), rows_of_churn(sandbox, [4, 3, 2, 1], 7)):
        sandbox.answer_next("truefoundry", "GET", 200, page, path="/api/ml/v1/model-versions")

    numbers = [int(version.ref.rpartition("@")[2]) for version in client.versions(MODELS["truefoundry"])]

    assert numbers == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("ref", "aliases"),
    [
        ("truefoundry:fraud-repo/churn@v7-prod", ("v7-prod",)),
        ("cerebras:acme/gpt-oss-120b@production", ("production", "v3-stable")),
    ],
)
def test_an_alias_shows_the_number_and_every_alias(ref, aliases, client):
    version = client.get(ref)

    assert version.ref.rpartition("@")[2].isdigit()
    assert version.aliases == aliases


def test_what_serves_is_live(client):
    live = {version.ref.rpartition("@")[2]: version.is_live for version in client.versions(MODELS["baseten"])}

    assert (live["dep1aaa"], live["dep4ddd"], live["dep2bbb"]) == (True, True, False)
    assert client.get("cerebras:acme/gpt-oss-120b@3").is_live is True
    assert client.get("cerebras:acme/gpt-oss-120b@2").is_live is False
    assert client.get("truefoundry:fraud-repo/churn@7").is_live is None


def test_a_live_state_that_cannot_be_read_is_not_guessed(sandbox, client):
    sandbox.answer_next("cerebras", "GET", 403, {}, path="/management/v1/orgs/acme/endpoints")

    assert client.get("cerebras:acme/gpt-oss-120b@2").is_live is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-12T09:30:00Z", datetime(2026, 1, 12, 9, 30, tzinfo=UTC)),
        ("2026-01-12T11:30:00.5+02:00", datetime(2026, 1, 12, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-01-12T09:30:00", None),
        ("1999-12-31T23:59:59Z", None),
        ("2999-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_creation_time_that_cannot_be_believed_is_none(text, expected, sandbox, client):
    sandbox.answer_next("baseten", "GET", 200, {"id": "dep2bbb", "created_at": text})

    assert client.get("baseten:mod3x7q@dep2bbb").created_at == expected


UNKNOWN = {"surprise": {"deep": [1, None]}}


@pytest.mark.parametrize(
    ("ref", "body"),
    [
        ("baseten:m@d", {"id": "d", "status": "NEVER_SEEN", "environment": None, "labels": None, **UNKNOWN}),
        ("cerebras:o/a@1", {"name": "orgs/o/models/a/versions/1", "done": None, "response": None, **UNKNOWN}),
        ("cerebras:o/a@1", {"name": "orgs/o/models/a/versions/1", "response": {"sync_status": "new", **UNKNOWN}}),
        ("replicate:o/a@" + "a" * 64, {"id": "a" * 64, "cog_version": None, "openapi_schema": None, **UNKNOWN}),
    ],
)
def test_unknown_fields_and_values_nulls_and_gaps_are_accepted(ref, body, sandbox, client):
    sandbox.answer_next(ref.partition(":")[0], "GET", 200, body)

    assert client.get(ref).ref == ref


@pytest.mark.parametrize(
    "change",
    [
        {"framework": {"type": "never-seen", "x": 1}},
        {"framework": None, "environment": None, "step": None},
        {"source": {"type": "never-seen"}},
        UNKNOWN,
    ],
)
def test_a_truefoundry_row_is_read_whatever_it_adds(change, sandbox, client):
    manifest = {"name": "churn", "ml_repo": "fraud-repo", "version": 5, **change}
    row = {"id": "1", "fqn": "model:acme/fraud-repo/churn:5", "manifest": manifest, "created_by_subject": UNKNOWN}
    page = {"data": [row], "pagination": {"total": 1, "offset": 0, "limit": 100}}
    sandbox.answer_next("truefoundry", "GET", 200, page, path="/api/ml/v1/model-versions")

    assert client.get("truefoundry:fraud-repo/churn@5").ref == "truefoundry:fraud-repo/churn@5"


@pytest.mark.parametrize(
    ("model", "body"),
    [
        pytest.param("baseten:m", {"deployments": {}}, id="baseten-object-for-list"),
        pytest.param("baseten:m", {"deployments": [{"name": "x"}]}, id="baseten-row-without-id"),
        pytest.param("baseten:m", {"deployments": [{"id": "d"}], "has_more": True}, id="baseten-goes-on"),
        pytest.param("baseten:m", {"deployments": [{"id": "d", "model_id": "n"}]}, id="baseten-other-model"),
        pytest.param("cerebras:o/a", {"model_versions": [None]}, id="cerebras-null-row"),
        pytest.param("cerebras:o/a", {"model_versions": [{"name": "orgs/o/models/b/versions/1"}]}, id="cerebras-other"),
        pytest.param("replicate:o/a", {"results": None, "next": None}, id="replicate-no-list"),
        pytest.param(
            "replicate:o/a",
            {"results": [], "next": "https://evil.example/v1/models/o/a/versions?cursor=x"},
            id="next-elsewhere",
        ),
        pytest.param("replicate:o/a", {"results": [], "next": "/v1/models/o/a/versions?cursor=x"}, id="next-relative"),
    ],
)
def test_a_malformed_list_is_an_error(model, body, sandbox, client):
    sandbox.answer_next(model.partition(":")[0], "GET", 200, body)

    with pytest.raises(expunge.UnexpectedResponse):
        list(client.versions(model))

    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(
    ("model", "path", "field"),
    [
        pytest.param(MODELS["truefoundry"], "/api/ml/v1/model-versions", "data", id="truefoundry"),
        pytest.param(MODELS["cerebras"], None, "model_versions", id="cerebras"),
        pytest.param(MODELS["baseten"], None, "deployments", id="baseten"),
        pytest.param(MODELS["replicate"], None, "results", id="replicate"),
    ],
)
def test_a_list_of_more_objects_than_memory_is_for_is_an_error(model, path, field, sandbox, client):
    body = f'{{"{field}": [{",".join(["{}"] * 500_000)}], "next": null}}'.encode()
    where = {} if path is None else {"path": path}
    sandbox.answer_next(model.partition(":")[0], "GET", 200, body, {"Content-Type": "application/json"}, **where)

    with pytest.raises(expunge.UnexpectedResponse, match="more than 500,000 objects and lists"):
        list(client.versions(model))


def test_a_list_that_leads_in_a_circle_is_an_error(sandbox, client):
    here = sandbox.environ["REPLICATE_BASE_URL"].removesuffix("/v1")
    page = {"results": [], "next": f"{here}/v1/models/o/a/versions?cursor=again"}
    sandbox.answer_next("replicate", "GET", 200, page, times=5)

    with pytest.raises(expunge.UnexpectedResponse, match="circle"):
        list(client.versions("replicate:o/a"))

    assert len(sandbox.requests) == 2


def test_a_list_that_goes_on_over_the_same_versions_is_an_error(sandbox, client):
    here = sandbox.environ["REPLICATE_BASE_URL"].removesuffix("/v1")
    row = {"id": "a" * 64, "created_at": None}
    for number in range(5):
        page = {"results": [row], "next": f"{here}/v1/models/o/a/versions?cursor={number}"}
        sandbox.answer_next("replicate", "GET", 200, page)

    with pytest.raises(expunge.UnexpectedResponse, match="circle"):
        list(client.versions("replicate:o/a"))

    assert len([request for request in sandbox.requests if "/versions" in request.target]) == 2


def test_a_list_of_empty_pages_without_end_is_an_error(sandbox, client):
    here = sandbox.environ["REPLICATE_BASE_URL"].removesuffix("/v1")
    for number in range(150):
        page = {"results": [], "next": f"{here}/v1/models/o/a/versions?cursor={number}"}
        sandbox.answer_next("replicate", "GET", 200, page)

    with pytest.raises(expunge.UnexpectedResponse, match="circle"):
        list(client.versions("replicate:o/a"))


@every_model
def test_a_model_that_is_not_there_is_not_found(model, client):
    provider, _, name = model.partition(":")
    first, slash, rest = name.partition("/")
    elsewhere = f"{provider}:{'other-repo' if first == 'fraud-repo' else 'nothing'}{slash}{rest}"

    with pytest.raises(expunge.NotFound):
        list(client.versions(elsewhere))


@every_model
def test_a_read_that_is_refused_raises_its_own_kind(model, sandbox, client):
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {"detail": "not yours"})

    with pytest.raises(expunge.PermissionDenied, match="not yours"):
        list(client.versions(model))
