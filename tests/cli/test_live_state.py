"""Live state on the command line: stderr explains an unread list, and a glob is not a reference."""

import json

import pytest

TRUEFOUNDRY, CEREBRAS = "truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b"
BASETEN, REPLICATE = "baseten:mod3x7q", "replicate:acme/classifier"
LISTS = {
    TRUEFOUNDRY: ("/api/svc/v1/apps", "applications"),
    CEREBRAS: ("/management/v1/orgs/acme/endpoints", "endpoints"),
    BASETEN: ("/v1/models/mod3x7q/environments", "environments"),
    REPLICATE: ("/v1/deployments", "deployments"),
}
every_list = pytest.mark.parametrize(("model", "path", "lists"), [(model, *of) for model, of in LISTS.items()])


def writes(sandbox):
    return [request for request in sandbox.requests if request.method != "GET"]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "plan.json"


@every_list
def test_a_missing_right_keeps_all_and_is_named(model, path, lists, expunge, sandbox, file):
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path)

    ended = expunge("plan", model, "--match", "*", "--include-aliased", "-o", str(file))

    assert ended.code == 0
    assert f"needs the right to list {lists}" in ended.stderr
    assert "Use --assume-not-live" in ended.stderr
    assert "Nothing was selected" in ended.stderr
    written = json.loads(file.read_text())["models"][0]
    assert {row["rule"] for row in written["versions"]} <= {"live", "live_unknown"}
    assert any(lists in remark for remark in written["remarks"])


@every_list
def test_assume_not_live_is_recorded_shown_and_carried_out(model, path, lists, expunge, sandbox, file, tmp_path):
    del lists
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path, times=99)
    options = ["--match", "*", "--include-aliased", "--max-percent", "100", "--assume-not-live", f"{model[:9]}*"]

    planned = expunge("plan", model, *options, "-o", str(file))
    reported = expunge("report", str(file), "--html", str(tmp_path / "plan.html"))
    executed = expunge("execute", str(file), "--yes", "--json")

    assert (planned.code, reported.code) == (0, 0)
    page = (tmp_path / "plan.html").read_text()
    assert f"In models that match {model[:9]}*, versions whose live state is not known may be deleted." in page
    assert "assumed not to be live" in page
    assert json.loads(file.read_text())["selection"]["assume_not_live"] == [f"{model[:9]}*"]
    assert {line["status"] for line in executed.objects} & {"deleted", "accepted"}


@every_list
def test_prune_takes_the_assumption_too(model, path, lists, expunge, sandbox):
    del lists
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path, times=99)

    kept = expunge("prune", model, "--keep-last", "3", "--yes")
    assert (kept.code, writes(sandbox)) == (0, [])

    expunge("prune", model, "--keep-last", "3", "--yes", "--assume-not-live", model)
    assert writes(sandbox)


@pytest.mark.parametrize("glob", ["", "baseten:[", "baseten:mod3x7q@dep2bbb"])
@pytest.mark.parametrize("command", ["plan", "prune"])
def test_an_assumption_that_does_not_parse_sends_nothing(command, glob, expunge, sandbox, file):
    ending = ["-o", str(file)] if command == "plan" else ["--yes"]

    ended = expunge(command, BASETEN, "--keep-last", "1", "--assume-not-live", glob, *ending)

    assert (ended.code, ended.stdout) == (2, "")
    assert sandbox.requests == []


@every_list
@pytest.mark.parametrize("command", ["list", "show"])
def test_list_and_show_say_why_a_live_state_is_not_known(command, model, path, lists, expunge, sandbox):
    ref = next(line["ref"] for line in expunge("list", model, "--json").objects if not line["is_live"])
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path)

    ended = expunge(command, model if command == "list" else ref, "--json")

    assert ended.code == 0
    assert next(line["is_live"] for line in ended.objects if line["ref"] == ref) is None
    assert len(ended.stderr.splitlines()) == 1
    assert f"needs the right to list {lists}" in ended.stderr


@pytest.mark.parametrize("command", ["list", "show"])
def test_a_live_state_that_is_known_needs_no_words(command, expunge):
    ended = expunge(command, BASETEN if command == "list" else f"{BASETEN}@dep2bbb")

    assert (ended.code, ended.stderr) == (0, "")


def test_a_list_of_several_pages_says_it_once(expunge, sandbox):
    sandbox.answer_next("replicate", "GET", 403, {}, path="/v1/deployments")

    ended = expunge("list", "replicate:acme/churn")

    assert len(ended.stdout.splitlines()) == 24
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("glob", ["baseten:*", "baseten:mod3x?q", "baseten:mod[3]x7q", "replicate:acme/*"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["delete", "GLOB", "--allow-model", "--yes"],
        ["delete", "baseten:mod3x7q@dep2bbb", "GLOB", "--yes"],
        ["delete", "GLOB", "--dry-run", "--allow-model"],
        ["show", "GLOB"],
        ["show", "GLOB@1"],
        ["resume", "GLOB", "--yes"],
        ["apply", "GLOB"],
    ],
    ids=" ".join,
)
def test_a_glob_only_ever_makes_a_plan(arguments, glob, expunge, sandbox):
    ended = expunge(*(argument.replace("GLOB", glob) for argument in arguments))

    assert (ended.code, ended.stdout) == (2, "")
    assert "glob" in ended.stderr or arguments[0] in {"resume", "apply"}  # which take files
    assert sandbox.requests == []


def test_a_glob_in_a_file_of_references_is_refused(expunge, sandbox, tmp_path):
    (tmp_path / "refs").write_text("baseten:mod3x7q@dep2bbb\nbaseten:*\n")

    ended = expunge("delete", "--from-file", str(tmp_path / "refs"), "--yes", "--allow-model")

    assert (ended.code, ended.stdout) == (2, "")
    assert "glob" in ended.stderr
    assert sandbox.requests == []


def test_providers_tells_who_names_what_serves(expunge):
    can = {line["provider"]: line["capabilities"] for line in expunge("providers", "--json").objects}

    assert {name: (of["live_state"], of["proves_idle"]) for name, of in can.items()} == {
        "truefoundry": (True, False),
        "cerebras": (True, True),
        "baseten": (True, True),
        "replicate": (True, True),
    }


def test_the_question_shows_a_version_that_an_application_names(expunge, sandbox):
    sandbox.truefoundry.add_app("scorer", "model:acme/fraud-repo/churn:2")

    ended = expunge.on_terminal("delete", f"{TRUEFOUNDRY}@2", f"{TRUEFOUNDRY}@3", types="no\n")

    assert f"{TRUEFOUNDRY}@2, LIVE" in ended.stdout
    assert f"{TRUEFOUNDRY}@3   (" in ended.stdout
    assert writes(sandbox) == []


@every_list
def test_the_question_says_why_a_live_state_is_not_known(model, path, lists, expunge, sandbox):
    ref = next(line["ref"] for line in expunge("list", model, "--json").objects if not line["is_live"])
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path)

    ended = expunge.on_terminal("delete", ref, types="no\n")

    assert f"{ref}, live state not known" in ended.stdout
    assert f"needs the right to list {lists}" in " ".join(ended.stdout.split())
    assert writes(sandbox) == []


def test_the_question_reads_what_serves_once_for_all_versions(expunge, sandbox):
    """A list of 100 versions would otherwise read 100 lists, and a rate would make a person wait for them."""
    refs = [sandbox.add(f"replicate:acme/churn@{number:064x}") for number in range(1, 6)]
    refs += [sandbox.add(f"{CEREBRAS}@{number}") for number in range(101, 104)]
    sandbox.clear_requests()

    ended = expunge.on_terminal("delete", *refs, types="no\n")

    read = [request.target for request in sandbox.requests]
    assert len([target for target in read if target.startswith("/v1/deployments")]) == 1
    assert len([target for target in read if target.startswith("/management/v1/orgs/acme/endpoints")]) == 1
    assert all(f"{ref}   (one version" in ended.stdout for ref in refs)
    assert writes(sandbox) == []
