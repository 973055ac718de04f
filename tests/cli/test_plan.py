"""`expunge plan`, `execute`, `prune` and `report`: as a person uses them, and as a pipeline does.

The module is longer than most: the four commands share one plan, its file and its refusals.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from expunge.plans.plan import Plan

BASETEN, CEREBRAS = "baseten:mod3x7q", "cerebras:acme/gpt-oss-120b"
TRUEFOUNDRY, REPLICATE = "truefoundry:fraud-repo/churn", "replicate:acme/churn"
OLD = {"baseten:mod3x7q@dep2bbb", "baseten:mod3x7q@dep3ccc"}


def writes(sandbox):
    return [request for request in sandbox.requests if request.method != "GET"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plan.json"


@pytest.fixture
def plan(expunge, path, sandbox):
    """A plan that deletes dep2bbb and dep3ccc."""
    ended = expunge("plan", BASETEN, "--keep-last", "2", "-o", str(path))
    assert ended.code == 0
    sandbox.clear_requests()
    return str(path)


def test_a_plan_is_made_shown_and_written_by_reads_only(expunge, sandbox, path):
    ended = expunge("plan", BASETEN, CEREBRAS, "--keep-last", "2", "-o", str(path))

    lines = [line.split("\t") for line in ended.stdout.splitlines()]
    assert ended.code == 0
    assert {line[1] for line in lines if line[0] == "delete"} == {*OLD, f"{CEREBRAS}@1"}
    assert len(lines) == 8
    assert "3 of 8 versions" in ended.stderr
    assert f"expunge execute {path}" in ended.stderr
    assert {request.method for request in sandbox.requests} == {"GET"}
    assert json.loads(path.read_text())["sha256"]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--protect", "*"],
        ["--include-aliased"],
        ["--keep-last", "0"],
        ["--keep-last", "two"],
        ["--older-than", "30"],
        ["--older-than", ""],
        ["--older-than", "30m"],
        ["--older-than", "999999y"],
        ["--match", ""],
        ["--match", "v["],
        ["--keep-last", "1", "--protect", "["],
        ["--keep-last", "1", "--max-percent", "101"],
        ["--keep-last", "1", "--max-delete", "-1"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("command", ["plan", "prune"])
def test_what_does_not_parse_sends_nothing(command, options, expunge, sandbox, path):
    ended = expunge(command, BASETEN, *options, *(["-o", str(path)] if command == "plan" else ["--yes"]))

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr
    assert sandbox.requests == []
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", f"{BASETEN}@dep2bbb", "--keep-last", "1", "-o", "PATH"], "names a version"),
        (["plan", "acme:m", "--keep-last", "1", "-o", "PATH"], "no known provider"),
        (["plan", BASETEN, "--keep-last", "1"], "-o"),
        (["plan", "--keep-last", "1", "-o", "PATH"], "MODEL_REF"),
        (["plan", BASETEN, "--keep-last", "1", "-o", "PATH/none/plan.json"], "folder"),
        (["prune", f"{BASETEN}@dep2bbb", "--keep-last", "1", "--yes"], "names a version"),
        (["execute", "PATH"], "cannot be read"),
        (["report", "PATH"], "cannot be read"),
    ],
)
def test_wrong_use_sends_nothing(arguments, words, expunge, sandbox, path):
    ended = expunge(*(argument.replace("PATH", str(path)) for argument in arguments))

    assert (ended.code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert sandbox.requests == []


def test_settings_that_are_missing_send_nothing(expunge, sandbox, path):
    ended = expunge("plan", BASETEN, REPLICATE, "--keep-last", "1", "-o", str(path), REPLICATE_API_TOKEN="")

    assert ended.code == 2
    assert "REPLICATE_API_TOKEN" in ended.stderr
    assert sandbox.requests == []


def test_a_file_that_is_no_plan_is_not_replaced(expunge, sandbox, path):
    path.write_text("my thesis")

    ended = expunge("plan", BASETEN, "--keep-last", "1", "-o", str(path))

    assert ended.code == 2
    assert path.read_text() == "my thesis"
    assert sandbox.requests == []


def test_an_earlier_plan_is_replaced(plan, expunge, path):
    before = path.read_text()

    assert expunge("plan", BASETEN, "--keep-last", "3", "-o", plan).code == 0
    assert path.read_text() != before


def test_too_many_are_refused_with_the_flags_and_leave_an_earlier_plan_as_it_was(plan, expunge, path):
    before = path.read_text()

    ended = expunge("plan", REPLICATE, "--older-than", "30d", "--max-delete", "10", "-o", plan)

    assert ended.code == 2
    assert "--max-delete 23 --max-percent 96" in ended.stderr
    assert path.read_text() == before
    assert (
        expunge("plan", REPLICATE, "--older-than", "30d", "--max-delete", "23", "--max-percent", "96", "-o", plan).code
        == 0
    )


def test_nothing_selected_is_said_and_is_no_failure(expunge, path):
    ended = expunge("plan", CEREBRAS, "--older-than", "1d", "--protect", "prdo*", "-o", str(path))

    assert ended.code == 0
    assert "Nothing was selected" in ended.stderr
    assert "--older-than selects nothing" in ended.stderr
    assert "'prdo*' protects nothing: it matches no version" in ended.stderr
    executed = expunge("execute", str(path))
    assert (executed.code, executed.stdout) == (0, "")
    assert "Nothing was selected" in executed.stderr
    assert expunge("prune", CEREBRAS, "--older-than", "1d").code == 0


def test_a_model_that_is_not_there_makes_no_plan(expunge, path):
    ended = expunge("plan", "baseten:nothing", "--keep-last", "1", "-o", str(path))

    assert ended.code == 1
    assert "baseten:nothing is not there" in ended.stderr
    assert not path.exists()


def test_execute_deletes_what_was_planned(plan, expunge, sandbox):
    ended = expunge("execute", plan, "--yes", "--json")

    assert ended.code == 0
    assert {line["ref"]: line["status"] for line in ended.objects} == dict.fromkeys(OLD, "deleted")
    assert not any(sandbox.holds(ref) for ref in OLD)
    assert sandbox.holds(f"{BASETEN}@dep1aaa")


def test_executed_twice_it_is_absent(plan, expunge, sandbox):
    expunge("execute", plan, "--yes")
    sandbox.clear_requests()

    ended = expunge("execute", plan, "--yes", "--json")

    assert ended.code == 1
    assert {line["status"] for line in ended.objects} == {"absent"}
    assert writes(sandbox) == []


def test_a_dry_run_of_a_plan_deletes_nothing(plan, expunge, sandbox):
    ended = expunge("execute", plan, "--dry-run", "--json")

    assert ended.code == 0
    assert {line["status"] for line in ended.objects} == {"planned"}
    assert writes(sandbox) == []


def test_what_has_changed_is_refused_and_the_rest_goes_on(plan, expunge, sandbox):
    sandbox.baseten.deployment("mod3x7q", "dep3ccc").is_production = True

    ended = expunge("execute", plan, "--yes", "--json")

    assert ended.code == 1
    assert {line["ref"]: line["status"] for line in ended.objects} == {
        "baseten:mod3x7q@dep2bbb": "deleted",
        "baseten:mod3x7q@dep3ccc": "refused",
    }


@pytest.mark.parametrize("command", ["execute", "report"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("dep3ccc", "dep1aaa"), "changed"),
        (lambda text: text.replace('"keep"', '"delete"'), "changed"),
        (lambda text: text[: len(text) // 2], "part"),
        (lambda _text: "{}", "not a plan"),
        (lambda _text: "", "not a plan"),
    ],
    ids=["another-version", "another-action", "cut", "foreign", "empty"],
)
def test_a_plan_that_is_not_as_it_was_made_is_refused(command, change, words, plan, expunge, sandbox, path):
    path.write_text(change(path.read_text()))

    ended = expunge(command, plan, *(["--yes"] if command == "execute" else []))

    assert (ended.code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert sandbox.requests == []


def test_a_plan_for_another_host_is_refused(plan, expunge, sandbox):
    ended = expunge("execute", plan, "--yes", BASETEN_BASE_URL=sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"])

    assert (ended.code, ended.stdout) == (2, "")
    assert sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"] in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-age", "0h"], "--max-age"),
        (["--max-age", "soon"], "not an age"),
        (["--max-delete", "1"], "--max-delete 1"),
    ],
)
def test_a_plan_beyond_a_limit_is_refused(options, words, plan, expunge, sandbox):
    ended = expunge("execute", plan, "--yes", *options)

    assert (ended.code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize("command", ["execute", "prune"])
def test_without_a_terminal_nothing_goes_unless_yes_is_said(command, plan, expunge, sandbox):
    ended = expunge(
        *(["execute", plan] if command == "execute" else ["prune", BASETEN, "--keep-last", "2"]), stdin="2\n"
    )

    assert (ended.code, ended.stdout) == (2, "")
    assert "--yes" in ended.stderr
    assert writes(sandbox) == []


@pytest.mark.parametrize("command", ["execute", "prune"])
@pytest.mark.parametrize("answer", ["yes\n", "y\n", "\n", "3\n", "22\n", "\x04"])
def test_anything_but_the_number_is_no(command, answer, plan, expunge, sandbox):
    arguments = ["execute", plan] if command == "execute" else ["prune", BASETEN, "--keep-last", "2"]

    ended = expunge.on_terminal(*arguments, types=answer)

    assert ended.code == 2
    assert "nothing was deleted" in ended.stdout
    assert writes(sandbox) == []


@pytest.mark.parametrize("command", ["execute", "prune"])
def test_the_number_is_the_yes(command, plan, expunge, sandbox):
    arguments = ["execute", plan] if command == "execute" else ["prune", BASETEN, "--keep-last", "2"]

    ended = expunge.on_terminal(*arguments, types="2\n")

    assert ended.code == 0
    assert ": 2 to delete, 2 to keep" in ended.stdout
    assert sandbox.environ["BASETEN_BASE_URL"] in ended.stdout
    assert not any(sandbox.holds(ref) for ref in OLD)


def test_prune_goes_by_the_same_guard_rails(expunge, sandbox):
    ended = expunge("prune", TRUEFOUNDRY, "--match", "*", "--max-percent", "100", "--yes", "--json")

    assert ended.code == 0
    assert {line["ref"].rpartition("@")[2] for line in ended.objects} == {"1", "2", "3", "4", "6"}
    assert sandbox.holds(f"{TRUEFOUNDRY}@7")


def test_a_dry_run_of_prune_needs_no_yes_and_deletes_nothing(expunge, sandbox):
    ended = expunge("prune", BASETEN, "--keep-last", "2", "--dry-run", "--json")

    assert ended.code == 0
    assert {line["status"] for line in ended.objects} == {"planned"}
    assert writes(sandbox) == []


def test_the_report_shows_the_plan_and_asks_nobody(plan, expunge, sandbox):
    ended = expunge("report", plan)

    assert ended.code == 0
    assert {line.split("\t")[1] for line in ended.stdout.splitlines() if line.startswith("delete\t")} == OLD
    assert "2 of 4 versions" in ended.stderr
    assert sandbox.requests == []


def test_on_a_terminal_the_words_stand_without_colours_too(plan, expunge):
    ended = expunge.on_terminal("report", plan, NO_COLOR="1")

    assert "\x1b[3" not in ended.stdout
    assert ended.stdout.count("delete ") == 2
    assert ": 2 to delete, 2 to keep" in ended.stdout


def test_of_many_that_stay_a_terminal_shows_some_and_a_pipe_all(expunge, sandbox, path):
    for number in range(8, 260):
        sandbox.add(f"{TRUEFOUNDRY}@{number}")
    expunge("plan", TRUEFOUNDRY, "--keep-last", "256", "-o", str(path))

    shown = expunge.on_terminal("report", str(path), NO_COLOR="1").stdout

    assert shown.count("delete ") == 3
    assert shown.count("keep ") == 200
    assert "… and 56 more to keep" in shown
    assert len(expunge("report", str(path)).stdout.splitlines()) == 259


def test_ctrl_c_settles_what_is_under_way_and_begins_no_more(expunge, sandbox, path):
    """The third version waits for its turn, which the signal ends; a fourth is not begun."""
    expunge("plan", REPLICATE, "--keep-last", "1", "-o", str(path))
    sandbox.clear_requests()
    third = Plan.load(path).deletions[2].ref.partition("@")[2]
    target = f"/v1/models/acme/churn/versions/{third}"
    sandbox.answer_next("replicate", "DELETE", 429, {"detail": "slowly"}, {"Retry-After": "100"}, path=target)
    process = subprocess.Popen(
        [sys.executable, "-m", "expunge", "execute", str(path), "--yes", "--json", "--concurrency", "1"],
        env=expunge.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = json.loads(process.stdout.readline())
    os.kill(process.pid, signal.SIGINT)
    rest, said = process.communicate(timeout=60)

    statuses = [first["status"], *(json.loads(line)["status"] for line in rest.splitlines())]
    assert process.returncode == 130
    assert statuses in (["accepted"], ["accepted"] * 2, ["accepted", "accepted", "failed"])
    assert "stopping" in said
    assert len(statuses) == len(writes(sandbox))


def test_named_versions_become_a_plan_with_the_same_guards(expunge, sandbox, path, tmp_path):
    listed = tmp_path / "old.txt"
    names = [f"{BASETEN}@dep2bbb", f"{BASETEN}@dep1aaa", f"{BASETEN}@dep9zzz", "cerebras:acme/gpt-oss-120b@1"]
    listed.write_text("\n".join([*names, "cerebras:acme/gpt-oss-120b@v2-fallback", names[0]]))

    made = expunge("plan", "--from-file", str(listed), "-o", str(path), "--max-percent", "100")
    shown = expunge("report", str(path))
    page = expunge("report", str(path), "--html", str(tmp_path / "plan.html"))
    done = expunge("execute", str(path), "--yes", "--json")

    reasons = {line.split("\t")[1]: line.split("\t")[-1] for line in shown.stdout.splitlines()}
    assert (made.code, page.code) == (0, 0)
    assert f"{names[2]} is not there" in made.stderr
    assert reasons[names[0]] == "Selected: named."
    assert reasons[names[1]] == "Live now."
    assert reasons[f"{BASETEN}@dep3ccc"] == "It was not named."
    assert "alias" in reasons["cerebras:acme/gpt-oss-120b@2"]
    assert {line["ref"]: line["status"] for line in done.objects} == dict.fromkeys([names[0], names[3]], "deleted")
    assert sandbox.holds(names[1])


@pytest.mark.parametrize(
    ("lines", "arguments", "says"),
    [
        (f"{BASETEN}@dep2bbb", [BASETEN], "only one of them"),
        (BASETEN, [], "a list names versions"),
        ("model:acme/fraud-repo/churn:3", [], "fully qualified name"),
        ("", [], "no version is named"),
    ],
    ids=["and-a-model", "a-model", "fqn", "empty"],
)
@pytest.mark.parametrize("command", ["plan", "prune"])
def test_a_list_that_is_not_of_versions_makes_no_plan(command, lines, arguments, says, expunge, sandbox, path):
    output = ["-o", str(path)] if command == "plan" else ["--yes"]

    ended = expunge(command, *arguments, "--from-file", "-", *output, stdin=lines)

    assert (ended.code, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert sandbox.requests == []
