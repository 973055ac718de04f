"""Texts of a provider move no cursor and turn no direction, wherever the command line shows them."""

import json
from contextlib import contextmanager

import pytest

import expunge as library

CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
DIRECTIONS = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F]))
HOSTILE = f"so{CONTROLS}{DIRECTIONS}\u2028\u2029\x1b[2J\x9b31mon"
IN_HEADER = "so\x80\x85\x90\x9b31m\x9fon"  # a header cannot hold the others
JSON = {"Content-Type": "application/json"}

TRUEFOUNDRY, CEREBRAS = "truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b"
BASETEN, REPLICATE = "baseten:mod3x7q", "replicate:acme/classifier"
ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


def truefoundry_row(number=3, **changed):
    fqn = f"model:acme/fraud-repo/churn:{number}"
    manifest = {"name": "churn", "ml_repo": "fraud-repo", "version": number}
    return {"id": fqn, "fqn": fqn, "ml_repo_id": "41", "manifest": manifest} | changed


def truefoundry_list(*rows):
    return {"data": list(rows), "pagination": {"total": len(rows), "offset": 0, "limit": 100}}


def deployment(**changed):
    row = {"id": "dep2bbb", "name": "d", "model_id": "mod3x7q", "created_at": "2025-06-02T08:00:00Z", "status": "OK"}
    return row | {"is_production": False, "is_development": False, "active_replica_count": 0} | changed


def cerebras_version(**changed):
    row = {"name": "orgs/acme/models/gpt-oss-120b/versions/2", "done": True}
    return row | {"response": {"version_aliases": [HOSTILE], "sync_status": HOSTILE}} | changed


ROWS = {
    "truefoundry": truefoundry_row(version_alias=HOSTILE, created_at=HOSTILE, id=HOSTILE, tags=[HOSTILE]),
    "cerebras": cerebras_version(),
    "baseten": deployment(status=HOSTILE, created_at=HOSTILE, name=HOSTILE, environment=HOSTILE),
}
LISTS = {
    "truefoundry": truefoundry_list(ROWS["truefoundry"]),
    "cerebras": {"model_versions": [ROWS["cerebras"]]},
    "baseten": {"deployments": [ROWS["baseten"]]},
}
MODELS = {"truefoundry": TRUEFOUNDRY, "cerebras": CEREBRAS, "baseten": BASETEN}
PATHS = {"truefoundry": "/api/ml/v1/model-versions", "cerebras": "/management/v1/orgs", "baseten": "/v1/models"}


def answered(command, method, body, status=200, headers=None, path=None):
    """A command, and the answer that it meets again and again."""
    return command.split(), method, body, status, headers or {}, path


CASES = {
    **{
        f"refusal-{provider}": answered(f"delete {ref} --yes", method, {key: HOSTILE}, 409)
        for provider, ref, method, key in [
            ("truefoundry", f"{TRUEFOUNDRY}@3", "POST", "message"),
            ("cerebras", f"{CEREBRAS}@2", "DELETE", "title"),
            ("baseten", f"{BASETEN}@dep2bbb", "DELETE", "error"),
            ("replicate", f"{REPLICATE}@{ID}", "DELETE", "detail"),
        ]
    },
    "validation": answered(
        f"delete {TRUEFOUNDRY}@3 --yes", "POST", {"detail": [{"loc": [HOSTILE], "msg": HOSTILE}]}, 422
    ),
    "plain-text": answered(
        f"delete {CEREBRAS}@2 --yes", "DELETE", HOSTILE.encode(), 500, {"Content-Type": "text/plain"}
    ),
    "request-id": answered(f"delete {CEREBRAS}@2 --yes", "DELETE", {"detail": "no"}, 409, {"X-Request-Id": IN_HEADER}),
    "location": answered(f"delete {CEREBRAS}@2 --yes", "DELETE", b"", 302, {"Location": f"/{IN_HEADER}"}),
    "media-type": answered(f"delete {CEREBRAS}@2 --yes", "DELETE", b"x", 500, {"Content-Type": IN_HEADER}),
    "retry-hint": answered(
        f"delete {CEREBRAS}@2 --yes", "DELETE", {"detail": HOSTILE}, 401, {"Retry-After": IN_HEADER}
    ),
    "another-name": answered(f"delete {CEREBRAS}@2 --yes", "DELETE", {"name": HOSTILE, "deleted": True}),
    "another-id": answered(f"delete {BASETEN}@dep2bbb --yes", "DELETE", {"id": HOSTILE, "deleted": True}),
    "another-version": answered(
        f"delete {TRUEFOUNDRY}@3 --yes", "POST", {"manifest": {"name": HOSTILE, "ml_repo": HOSTILE, "version": 3}}
    ),
    **{f"list-{name}": answered(f"list {MODELS[name]}", "GET", LISTS[name], path=PATHS[name]) for name in ROWS},
    "show-truefoundry": answered(f"show {TRUEFOUNDRY}@3", "GET", LISTS["truefoundry"], path=PATHS["truefoundry"]),
    "show-cerebras": answered(f"show {CEREBRAS}@2", "GET", ROWS["cerebras"], path=PATHS["cerebras"]),
    "show-baseten": answered(f"show {BASETEN}@dep2bbb", "GET", ROWS["baseten"]),
    "show-another": answered(f"show {CEREBRAS}@2", "GET", cerebras_version(name=HOSTILE)),
    "unnamed": answered(f"list {BASETEN}", "GET", {"deployments": [deployment(id=HOSTILE)]}),
    "not-of-the-model": answered(f"list {BASETEN}", "GET", {"deployments": [deployment(model_id=HOSTILE)]}),
    "fqn": answered(
        f"list {TRUEFOUNDRY}", "GET", truefoundry_list(truefoundry_row(fqn=HOSTILE)), path=PATHS["truefoundry"]
    ),
    "next": answered(f"list {REPLICATE}", "GET", {"results": [], "next": f"http://{HOSTILE}"}),
    "key": answered(f"list {BASETEN}", "GET", {HOSTILE: 1}),
    "not-found": answered(f"list {BASETEN}", "GET", {"detail": HOSTILE}, 404),
    **{
        f"plan-{name}": answered(f"prune {MODELS[name]} --keep-last 1 --dry-run", "GET", LISTS[name], path=PATHS[name])
        for name in ("truefoundry", "baseten")
    },
}
EVERY_CASE = pytest.mark.parametrize(
    ("arguments", "method", "body", "status", "headers", "path"), CASES.values(), ids=CASES
)


@pytest.fixture
def run(sandbox):
    """Run the program while the provider answers so."""

    def running(show, arguments, method, body, status, headers, path):
        provider = arguments[1].partition(":")[0]
        where = {} if path is None else {"path": path}
        sandbox.answer_next(provider, method, status, body, headers, times=20, **where)
        return show(*arguments, NO_COLOR="1")

    return running


@EVERY_CASE
def test_a_pipe_gets_text_that_can_be_printed(arguments, method, body, status, headers, path, run, expunge):
    ended = run(expunge, arguments, method, body, status, headers, path)

    shown = ended.stdout + ended.stderr
    assert shown
    assert all(character.isprintable() or character in "\t\n" for character in shown), shown


@EVERY_CASE
def test_json_stays_valid_and_escapes_what_cannot_be_printed(
    arguments, method, body, status, headers, path, run, expunge
):
    ended = run(expunge, [*arguments, "--json"], method, body, status, headers, path)

    assert ended.stdout.isascii()
    assert ended.stdout.replace("\n", "").isprintable()
    assert all(isinstance(line, dict) for line in ended.objects)


@pytest.mark.parametrize("name", ["refusal-cerebras", "list-truefoundry", "show-cerebras", "plan-truefoundry"])
def test_a_terminal_gets_only_the_codes_of_ours(name, run, expunge):
    ended = run(expunge.on_terminal, *CASES[name])

    ours = {"\x1b", "\r", "\n"}
    assert not (set(CONTROLS + DIRECTIONS + "\u2028\u2029") - ours) & set(ended.stdout)
    assert "\x1b[2J" not in ended.stdout


def test_the_name_of_what_was_applied_can_be_printed(expunge, sandbox, tmp_path):
    path = tmp_path / "churn.json"
    manifest = {"type": "model-version", "name": "churn", "ml_repo": "fraud-repo", "metadata": {}, "version": 3}
    path.write_text(json.dumps(manifest | {"source": {"type": "truefoundry"}}))
    sandbox.answer_next("truefoundry", "PUT", 200, {"data": truefoundry_row(fqn=f"model:{HOSTILE}:3")})

    ended = expunge("apply", str(path))

    assert (ended.code, len(ended.stdout.splitlines())) == (0, 1)
    assert ended.stdout.removesuffix("\n").isprintable()


CALLS = {"delete": "delete", "show": "get", "list": "versions"}


@pytest.mark.parametrize("name", [name for name, (arguments, *_) in CASES.items() if arguments[0] in CALLS])
def test_an_error_of_the_library_can_be_printed(name, sandbox):
    arguments, method, body, status, headers, path = CASES[name]
    where = {} if path is None else {"path": path}
    sandbox.answer_next(arguments[1].partition(":")[0], method, status, body, headers, times=20, **where)

    with library.Client.from_env(sandbox.environ) as client, contained() as errors:
        found = getattr(client, CALLS[arguments[0]])(arguments[1])
        if arguments[0] == "list":
            list(found)

    for error in errors:
        assert str(error).replace("\n", "").isprintable()
        assert (error.request_id or "").isprintable()
        assert error.tombstone is None or error.tombstone.detail.isprintable()


@contextmanager
def contained():
    """Take the error of the library, if there is one."""
    errors = []
    try:
        yield errors
    except library.ExpungeError as error:
        errors.append(error)


def test_an_error_about_another_version_can_be_printed(sandbox):
    manifest = {"type": "model-version", "name": "churn", "ml_repo": "fraud-repo", "metadata": {}, "version": 3}
    other = truefoundry_row(manifest={"name": HOSTILE, "ml_repo": HOSTILE, "version": 3})
    sandbox.answer_next("truefoundry", "PUT", 200, {"data": other})

    with library.Client.from_env(sandbox.environ) as client, pytest.raises(library.Unconfirmed) as raised:
        client.apply(manifest | {"source": {"type": "truefoundry"}})

    assert str(raised.value).isprintable()


def test_a_change_since_the_plan_can_be_printed(sandbox):
    """The plan saw no alias and another id."""
    newest, old = truefoundry_row(4, created_at="2025-02-01T00:00:00Z"), {"created_at": "2025-01-01T00:00:00Z"}
    sandbox.answer_next(
        "truefoundry", "GET", 200, truefoundry_list(newest, truefoundry_row(3, **old)), path=PATHS["truefoundry"]
    )
    with library.Client.from_env(sandbox.environ) as client:
        plan = client.plan(TRUEFOUNDRY, keep_last=1)
        for change in ({"version_alias": HOSTILE}, {"id": HOSTILE}):
            now = truefoundry_list(newest, truefoundry_row(3, **old, **change))
            sandbox.answer_next("truefoundry", "GET", 200, now, path=PATHS["truefoundry"], times=2)

            (tombstone,) = client.execute(plan)

            assert (tombstone.status, tombstone.attempts) == ("refused", 0)
            assert "so" in tombstone.detail
            assert tombstone.detail.isprintable()
