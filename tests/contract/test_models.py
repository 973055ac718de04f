"""Lists of models: complete or an error, each model once, and none that a reference cannot name."""

import logging

import pytest

import expunge

REPOS, MODELS = "/api/ml/v1/ml-repos", "/api/svc/v1/models"
ARCHITECTURES, BASETEN = "/management/v1/orgs/acme/models", "/v1/models"
EVERY_SCOPE = pytest.mark.parametrize(
    ("scope", "path", "lists"),
    [
        pytest.param("truefoundry", REPOS, "ML repos and models", id="all-ml-repos"),
        pytest.param("truefoundry", MODELS, "ML repos and models", id="models-of-all"),
        pytest.param("truefoundry:fraud-repo", REPOS, "ML repos and models", id="ml-repo"),
        pytest.param("truefoundry:fraud-repo", MODELS, "ML repos and models", id="models-of-one"),
        pytest.param("cerebras:acme", ARCHITECTURES, "model architectures", id="architectures"),
        pytest.param("baseten", BASETEN, "models", id="workspace"),
    ],
)


def refs(models):
    return [model.ref for model in models]


def page(*names, total, repo="41", **more):
    rows = [{"id": f"m-{name}", "ml_repo_id": repo, "name": name, **more} for name in names]
    return {"data": rows, "pagination": {"total": total, "offset": 0, "limit": 100}}


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("truefoundry", {"truefoundry:fraud-repo/churn": None}),
        ("truefoundry:fraud-repo", {"truefoundry:fraud-repo/churn": None}),
        ("cerebras:acme", {"cerebras:acme/gpt-oss-120b": None}),
        ("baseten", {"baseten:mod3x7q": 4, "baseten:mod9z2k": 2}),
        (None, {"truefoundry:fraud-repo/churn": None, "baseten:mod3x7q": 4, "baseten:mod9z2k": 2}),
    ],
)
def test_the_models_of_a_scope_are_listed(scope, found, client, sandbox):
    listed = list(client.models(scope))

    assert {model.ref: model.versions for model in listed} == found
    assert all(model.raw is not None for model in listed)
    assert listed[0].to_dict() == {"ref": listed[0].ref, "versions": listed[0].versions}
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_every_page_of_every_ml_repo_is_read(client, sandbox):
    wanted = {"truefoundry:fraud-repo/churn"}
    for number in range(205):
        sandbox.truefoundry.add_version("fraud-repo", f"model-{number}", 1)
        sandbox.truefoundry.add_version(f"repo-{number}", "only", 1)
        wanted |= {f"truefoundry:fraud-repo/model-{number}", f"truefoundry:repo-{number}/only"}

    found = refs(client.models("truefoundry"))

    assert (set(found), len(found)) == (wanted, len(wanted))


def test_an_ml_repo_without_models_ends_no_list(client, sandbox):
    sandbox.truefoundry.add_repo("empty-repo")
    sandbox.truefoundry.add_version("last-repo", "churn", 1)

    assert refs(client.models("truefoundry"))[-1] == "truefoundry:last-repo/churn"


def test_providers_that_a_list_of_all_leaves_out_are_named(client, caplog):
    with caplog.at_level(logging.WARNING, "expunge.models"):
        list(client.models())

    assert [record.getMessage().partition(" ")[0] for record in caplog.records] == ["cerebras", "replicate"]


# --- scopes that cannot be listed: nothing is sent ----------------------------------------------------------------


@pytest.mark.parametrize("scope", ["replicate", "replicate:acme", "replicate:", "cerebras"])
def test_a_scope_that_nothing_lists_is_refused_before_any_request(scope, client, sandbox):
    with pytest.raises(expunge.Refused, match=r"Name each model|Name yours") as caught:
        client.models(scope)

    assert (sandbox.requests, caught.value.ref) == ([], scope)


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        ("", "provider"),
        ("acme", "provider"),
        ("truefoundry:", "ml_repo"),
        ("truefoundry:ab", "ml_repo"),
        ("truefoundry:fraud-*", "ml_repo"),
        ("truefoundry:fraud-repo/churn", "ml_repo"),
        ("cerebras:", "organisation"),
        ("cerebras:..", "organisation"),
        ("cerebras:acme/gpt", "organisation"),
        ("baseten:", "scope"),
        ("baseten:mod3x7q", "scope"),
    ],
)
def test_text_that_is_not_a_scope_is_refused_before_any_request(scope, part, client, sandbox):
    with pytest.raises(expunge.InvalidReference) as caught:
        client.models(scope)

    assert (sandbox.requests, caught.value.part) == ([], part)


@pytest.mark.parametrize("scope", ["truefoundry:none-there", "cerebras:none-there"])
def test_a_scope_that_is_not_there_is_not_found(scope, client):
    with pytest.raises(expunge.NotFound, match=f"{scope} is not there"):
        list(client.models(scope))


def test_a_client_without_settings_has_nothing_to_list():
    with expunge.Client.from_env({}) as client, pytest.raises(expunge.ConfigurationError, match="No provider"):
        client.models()


def test_a_client_of_replicate_alone_says_why():
    settings = expunge.Replicate(api_token="t", base_url="http://127.0.0.1:9")
    with expunge.Client(settings) as client, pytest.raises(expunge.Refused, match="private models"):
        client.models()


def test_a_credential_without_its_host_is_not_passed_over(sandbox):
    """Its models would be missing, and nobody would know."""
    environ = {name: value for name, value in sandbox.environ.items() if name != "TFY_HOST"}

    with expunge.Client.from_env(environ) as client, pytest.raises(expunge.ConfigurationError, match="TFY_HOST"):
        client.models()


# --- lists that cannot be trusted: an error, and never half of them -----------------------------------------------


@EVERY_SCOPE
@pytest.mark.parametrize(("status", "error"), [(401, expunge.AuthenticationError), (403, expunge.PermissionDenied)])
def test_a_token_without_the_right_to_list_is_told_which(scope, path, lists, status, error, client, sandbox):
    sandbox.answer_next(scope.partition(":")[0], "GET", status, {"message": "no"}, path=path)

    with pytest.raises(error, match=f"needs the right to list {lists}"):
        list(client.models(scope))


NO_LISTS = {
    "no-rows": (200, {}),
    "another-shape": (200, []),
    "html": (200, b"<html>"),
    "cut": (200, b'{"data": ['),
    "null": (200, {"data": None, "models": None, "model_architectures": None}),
    "server-error": (500, {"message": "no"}),
}


@EVERY_SCOPE
def test_an_answer_that_is_no_list_is_an_error(scope, path, lists, client, sandbox):
    del lists
    for answer in NO_LISTS.values():
        sandbox.answer_next(scope.partition(":")[0], "GET", *answer, path=path)

        with pytest.raises(expunge.ExpungeError, match="could not be listed completely"):
            list(client.models(scope))


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        pytest.param([page("a", total=2), 403], "right to list", id="second-page-refused"),
        pytest.param([page("a", total=2), page("a", total=2)], "repeats", id="circle"),
        pytest.param([page("a", "a", total=2)], "repeats", id="twice-on-one-page"),
        pytest.param([page("a", total=2), page(total=2)], "1 of 2", id="ends-early"),
        pytest.param([page("a", "b", total=3), page("c", total=2)], "from 3 models to 2", id="shrinks"),
        pytest.param([page("a", total=1) | {"pagination": None}], "does not state", id="no-total"),
        pytest.param([page("a", "b", total=1)], "2 of 1", id="more-than-stated"),
        pytest.param([page("a", total=200_000)], "at most", id="endless"),
        pytest.param([page("a", total=1, repo="42")], "another ML repo", id="of-another-repo"),
        pytest.param([page("a", total=1, fqn="model:acme/fraud-repo/b")], "does not name one", id="two-names"),
        pytest.param([page("a", total=1, fqn="model:acme/other/a")], "does not name one", id="fqn-of-another-repo"),
        pytest.param([page("", total=1)], "does not name one", id="no-name"),
        pytest.param([page("a b", total=1)], "cannot be named", id="blank"),
        pytest.param([page("*", total=1)], "cannot be named", id="a-glob-as-a-name"),
        pytest.param([page("a@3", total=1)], "cannot be named", id="a-version-as-a-name"),
    ],
)
def test_a_list_by_offset_is_complete_or_an_error(answers, words, client, sandbox):
    for answer in answers:
        status, body = (answer, {}) if isinstance(answer, int) else (200, answer)
        sandbox.answer_next("truefoundry", "GET", status, body, path=MODELS)

    with pytest.raises(expunge.ExpungeError, match=words):
        list(client.models("truefoundry:fraud-repo"))


def test_one_of_the_two_names_of_a_model_is_enough(client, sandbox):
    row = {"id": "m-1", "fqn": "model:acme/fraud-repo/churn"}
    answer = {"data": [row], "pagination": {"total": 1}}
    sandbox.answer_next("truefoundry", "GET", 200, answer, path=MODELS)

    assert refs(client.models("truefoundry:fraud-repo")) == ["truefoundry:fraud-repo/churn"]


def test_an_ml_repo_without_a_name_is_an_error(client, sandbox):
    answer = {"data": [{"id": "41"}], "pagination": {"total": 1}}
    sandbox.answer_next("truefoundry", "GET", 200, answer, path=REPOS)

    with pytest.raises(expunge.ExpungeError, match="no name"):
        list(client.models("truefoundry"))


@pytest.mark.parametrize(
    ("scope", "path", "rows"),
    [
        ("baseten", BASETEN, {"models": [{"id": "mod1"}]}),
        ("cerebras:acme", ARCHITECTURES, {"model_architectures": ["gpt"]}),
    ],
)
@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"next": "https://elsewhere.example/v1/models?cursor=a"}, id="next-to-another-origin"),
        pytest.param({"has_more": True}, id="has-more"),
        pytest.param({"cursor": "a"}, id="cursor"),
        pytest.param({"pagination": {"has_more": True, "cursor": "a"}}, id="inside-pagination"),
    ],
)
def test_a_list_that_announces_more_pages_is_an_error(scope, path, rows, more, client, sandbox):
    sandbox.answer_next(scope.partition(":")[0], "GET", 200, rows | more, path=path)

    with pytest.raises(expunge.UnexpectedResponse, match="announces more pages"):
        list(client.models(scope))

    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(
    ("scope", "path", "answer"),
    [
        ("baseten", BASETEN, {"models": [{"id": ""}]}),
        ("baseten", BASETEN, {"models": [{"id": ".."}]}),
        ("baseten", BASETEN, {"models": [{"id": "mod1@dep1"}]}),
        ("cerebras:acme", ARCHITECTURES, {"model_architectures": [""]}),
        ("cerebras:acme", ARCHITECTURES, {"model_architectures": ["other/gpt"]}),
        ("cerebras:acme", ARCHITECTURES, {"model_architectures": ["gpt@3"]}),
    ],
)
def test_a_model_that_no_reference_names_is_an_error(scope, path, answer, client, sandbox):
    sandbox.answer_next(scope.partition(":")[0], "GET", 200, answer, path=path)

    with pytest.raises(expunge.UnexpectedResponse, match="cannot be named"):
        list(client.models(scope))


@pytest.mark.parametrize("name", [7, None, {"name": "gpt"}])
def test_an_architecture_that_is_not_text_is_an_error(name, client, sandbox):
    sandbox.answer_next("cerebras", "GET", 200, {"model_architectures": [name]}, path=ARCHITECTURES)

    with pytest.raises(expunge.ExpungeError, match="listed completely"):
        list(client.models("cerebras:acme"))


def test_a_model_that_is_listed_twice_comes_once(client, sandbox):
    sandbox.answer_next("baseten", "GET", 200, {"models": [{"id": "mod1"}, {"id": "mod1"}]}, path=BASETEN)

    assert refs(client.models("baseten")) == ["baseten:mod1"]
