"""TrueFoundry's create-or-update: sent once, and read back where the answer was lost."""

import pytest

import expunge

MANIFEST = {
    "name": "churn",
    "metadata": {},
    "ml_repo": "fraud-repo",
    "source": {"type": "truefoundry"},
    "version": 12,
}


def test_a_new_version_is_there_afterwards(sandbox, client):
    version = client.apply(MANIFEST)

    assert version.ref == "truefoundry:fraud-repo/churn@12"
    assert version.raw.fqn == "model:acme/fraud-repo/churn:12"
    assert sandbox.holds(version.ref)


def test_without_a_version_the_provider_gives_the_number(client):
    manifest = {name: value for name, value in MANIFEST.items() if name != "version"}

    assert client.apply(manifest).ref == "truefoundry:fraud-repo/churn@8"


def puts(sandbox):
    return sum(request.method == "PUT" for request in sandbox.requests)


def test_a_put_whose_answer_is_lost_is_settled_by_equal_content(sandbox, client):
    sandbox.answer_next("truefoundry", "PUT", 502, b"", takes_effect=True)

    assert client.apply(MANIFEST).ref == "truefoundry:fraud-repo/churn@12"
    assert puts(sandbox) == 1


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(MANIFEST, id="not-there"),
        pytest.param({**MANIFEST, "version": 3, "description": "other"}, id="other-content"),
        pytest.param({key: value for key, value in MANIFEST.items() if key != "version"}, id="no-version"),
    ],
)
def test_a_put_that_may_have_left_is_never_sent_again(manifest, sandbox, client):
    sandbox.answer_next("truefoundry", "PUT", 502, b"")

    with pytest.raises(expunge.Unconfirmed):
        client.apply(manifest)

    assert puts(sandbox) == 1


@pytest.mark.parametrize(
    ("http_status", "error"),
    [
        (422, expunge.ValidationError),
        (403, expunge.PermissionDenied),
        (401, expunge.AuthenticationError),
        (409, expunge.Refused),
        (429, expunge.RateLimited),
        (404, expunge.NotFound),
    ],
)
def test_the_providers_no_is_reported_in_its_own_words(http_status, error, sandbox, client):
    detail = [{"loc": ["body", "manifest", "name"], "msg": "is taken", "type": "value_error"}]
    sandbox.answer_next("truefoundry", "PUT", http_status, {"detail": detail})

    with pytest.raises(error, match=r"body\.manifest\.name: is taken") as raised:
        client.apply(MANIFEST)

    assert raised.value.http_status == http_status
    assert raised.value.exit_code == 1


def test_an_answer_about_another_version_is_no_success(sandbox, client):
    row = {"fqn": "model:acme/fraud-repo/churn:11", "manifest": {**MANIFEST, "version": 11}}
    sandbox.answer_next("truefoundry", "PUT", 200, {"data": row})

    with pytest.raises(expunge.Unconfirmed):
        client.apply(MANIFEST)


def test_what_is_no_manifest_at_all_is_refused(sandbox, client):
    with pytest.raises(expunge.ValidationError, match="mapping"):
        client.apply(["name", "churn"])

    assert sandbox.requests == []
