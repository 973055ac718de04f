"""Journals on the command line: where they are, what is said of them, and how a run is resumed."""

import json
import os
import re
import signal
import stat

import pytest
from tests.journal.journals import change, create, facts, outcomes, tombstone

from expunge import Client, Plan
from expunge.cli.journal.recorded import Recorded
from expunge.cli.resume import finishing
from expunge.cli.run.outcomes import deleting
from expunge.cli.run.run import Run
from expunge.journal.reading import Reading

MODEL = "cerebras:acme/gpt-oss-120b"
REFS = [f"{MODEL}@{number}" for number in range(101, 113)]


@pytest.fixture
def listed(sandbox, tmp_path):
    """A file of twelve references, which the sandbox has."""
    for ref in REFS:
        sandbox.add(ref)
    path = tmp_path / "old.txt"
    path.write_text("\n".join(REFS))
    return str(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.journal"


def stopped(path, sandbox, refs=REFS):
    """Make the journal of a run that was killed: two are done, two were under way, the rest was not begun."""
    journal = create(path, refs, facts(sandbox))
    journal.intend([1, 2, 3, 4])
    journal.settle(1, tombstone(refs[0]))
    journal.settle(2, tombstone(refs[1], "absent", "It was not there."))
    journal.close("stopped")
    sandbox.remove(refs[0])
    sandbox.remove(refs[1])
    return str(path)


def test_several_references_have_a_journal_among_the_user_s_states(expunge, listed):
    done = expunge("delete", "--from-file", listed, "--yes")

    (journal,) = expunge.states.iterdir()
    assert done.code == 0
    assert f"journal: {journal}" in done.stderr.splitlines()
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert outcomes(journal) == dict.fromkeys(REFS, "deleted")


@pytest.mark.usefixtures("listed")
def test_one_reference_has_one_only_if_it_is_named(expunge, path):
    expunge("delete", REFS[0], "--yes")
    assert not expunge.states.exists()

    done = expunge("delete", REFS[1], "--yes", "--journal", str(path))

    assert f"journal: {path}" in done.stderr
    assert outcomes(path) == {REFS[1]: "deleted"}


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("command", ["execute", "prune"])
def test_a_plan_is_carried_out_with_a_journal(expunge, path, tmp_path, command):
    plan = str(tmp_path / "plan.json")
    selection = [MODEL, "--keep-last", "5", "--max-delete", "100"]
    if command == "execute":
        assert expunge("plan", *selection, "-o", plan).code == 0
        selection = [plan]

    done = expunge(command, *selection, "--yes", "--journal", str(path))

    assert done.code == 0
    assert set(outcomes(path).values()) == {"deleted"}
    with Reading(path) as reading:
        assert reading.history.plan["expunge_plan"] == 1


@pytest.mark.parametrize("what", ["a journal", "another file"])
def test_an_existing_file_is_refused_and_nothing_is_sent(expunge, sandbox, listed, path, what):
    if what == "a journal":
        stopped(path, sandbox)
    else:
        path.write_text("mine")
    before = path.read_bytes()
    sandbox.clear_requests()

    done = expunge("delete", "--from-file", listed, "--yes", "--journal", str(path))

    assert (done.code, done.stdout, sandbox.requests) == (2, "", [])
    assert done.stderr.startswith(f"error: {path} exists")
    assert len(done.stderr.splitlines()) == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("none/x", "its folder does not exist", id="folder"),
        pytest.param("x" * 300, "File name too long", id="name"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused_and_nothing_is_sent(name, why, expunge, sandbox, listed, tmp_path):
    done = expunge("delete", "--from-file", listed, "--yes", "--journal", str(tmp_path / name))

    assert (done.code, sandbox.requests) == (2, [])
    assert why in done.stderr


def test_states_that_cannot_be_written_are_refused_and_nothing_is_sent(expunge, sandbox, listed, tmp_path):
    (tmp_path / "file").write_text("")

    done = expunge("delete", "--from-file", listed, "--yes", XDG_STATE_HOME=str(tmp_path / "file"))

    assert (done.code, sandbox.requests) == (2, [])
    assert "--journal FILE" in done.stderr


@pytest.mark.usefixtures("listed")
def test_resume_finishes_the_run_and_prints_every_reference(expunge, sandbox, path):
    journal = stopped(path, sandbox)
    sandbox.clear_requests()

    done = expunge("resume", journal, "--yes", "--json")

    lines = {line["requested_ref"]: line for line in done.objects}
    assert len(done.objects) == len(REFS)
    assert lines[REFS[0]] == tombstone(REFS[0]).to_dict()
    assert {lines[ref]["status"] for ref in REFS[2:]} == {"deleted"}
    assert done.code == 1  # one was absent
    assert not [request for request in sandbox.requests if request.target.endswith(("/101", "/102"))]
    assert [request.method for request in sandbox.requests if request.target.endswith("/103")] == ["GET", "DELETE"]
    again = expunge("resume", journal, "--json")
    assert (again.code, len(again.objects)) == (1, len(REFS))
    assert "nothing is left to do" in again.stderr


@pytest.mark.usefixtures("listed")
def test_resume_says_what_is_left_and_asks(expunge, sandbox, path):
    journal = stopped(path, sandbox)
    sandbox.clear_requests()

    refused = expunge("resume", journal)
    declined = expunge.on_terminal("resume", journal, types="no\n")

    assert (refused.code, declined.code, sandbox.requests) == (2, 2, [])
    assert "2 may have been sent and are read first; 8 were not begun." in refused.stderr
    assert "--yes is required" in refused.stderr
    assert expunge.on_terminal("resume", journal, types="yes\n").code == 1
    assert set(outcomes(path).values()) == {"deleted", "absent"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path, _: path.write_bytes(path.read_bytes()[:9_000]), "is damaged", id="cut"),
        pytest.param(lambda path, _: path.write_text("cerebras:acme/x@1"), "is not a journal", id="foreign"),
        pytest.param(lambda path, _: path.write_bytes(b""), "is empty", id="empty"),
        pytest.param(lambda path, _: path.unlink(), "does not exist", id="missing"),
        pytest.param(
            lambda path, _: change(path, "DELETE FROM entry WHERE seq = 3"), "entry 3 was removed", id="changed"
        ),
    ],
)
def test_a_journal_that_cannot_be_used_is_named_in_one_line(expunge, sandbox, path, make, words):
    stopped(path, sandbox)
    make(path, sandbox)
    sandbox.clear_requests()

    done = expunge("resume", str(path), "--yes", "--json")

    assert (done.code, done.stdout, sandbox.requests) == (2, "", [])
    assert str(path) in done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_glob_in_a_journal_is_refused_and_nothing_is_sent(expunge, sandbox, path):
    create(path, [REFS[0], "cerebras:acme/*@3"], facts(sandbox)).close()

    done = expunge("resume", str(path), "--yes")

    assert (done.code, done.stdout, sandbox.requests) == (2, "", [])
    assert "is a glob" in done.stderr


@pytest.mark.usefixtures("listed")
def test_a_journal_for_another_host_is_refused(expunge, sandbox, path):
    journal = stopped(path, sandbox)

    done = expunge("resume", journal, "--yes", CEREBRAS_MANAGEMENT_BASE_URL="http://127.0.0.1:9")

    assert (done.code, done.stdout) == (2, "")
    assert "the settings name http://127.0.0.1:9" in done.stderr


def test_ctrl_c_says_how_to_go_on(expunge, sandbox, path, tmp_path):
    refs = [f"{MODEL}@{number}" for number in range(101, 501)]
    for ref in refs:
        sandbox.add(ref)
    listed = tmp_path / "old.txt"
    listed.write_text("\n".join(refs))

    stopped_run = expunge.on_terminal(
        *("delete", "--from-file", str(listed), "--yes", "--json", "--concurrency", "1", "--journal", str(path)),
        stops=(b'"deleted"',),
    )

    assert stopped_run.code == 130
    assert re.search(rf"To finish this run: expunge resume {re.escape(str(path))}", stopped_run.stdout)
    with Reading(path) as reading:
        assert reading.history.parts[0].end == "stopped by SIGINT"
    before = [ref for ref, status in outcomes(path).items() if status == "deleted"]
    sandbox.clear_requests()
    resumed = expunge("resume", str(path), "--yes", "--json")
    assert resumed.code == 0
    assert len(resumed.objects) == len(refs)
    assert not {ref.rpartition("@")[2] for ref in before} & {
        request.target.rpartition("/")[2] for request in sandbox.requests if request.method == "DELETE"
    }
    assert outcomes(path) == dict.fromkeys(refs, "deleted")


def test_the_report_of_a_run_agrees_with_its_results(expunge, listed, path):
    results = expunge("delete", "--from-file", listed, "--yes", "--json", "--journal", str(path))

    report = expunge("report", str(path), "--json")

    by_ref = {line["ref"]: line for line in report.objects}
    for result in results.objects:
        assert result.items() <= by_ref[result["ref"]].items()
    assert json.dumps(by_ref)


def test_a_signal_before_the_journal_is_opened_leaves_it_closed(sandbox, path, capsys):
    """A journal that this process held would end the summary: "in use", exit code 2 in place of 130."""
    stopped(path, sandbox)
    run = Run(Recorded(path, len(REFS)), {}, dict, deleting(), missing_ok=False, wait=False, journal=path)
    run.count_recorded(1, tombstone(REFS[0]))
    run.count_recorded(2, tombstone(REFS[1]))
    for number in (3, 4):
        run.count_open(number)
    before = signal.getsignal(signal.SIGINT)

    try:
        with Client.from_env(sandbox.environ) as client, run:
            os.kill(os.getpid(), signal.SIGINT)
            run.show(finishing(client, run.watched), as_json=True)
    finally:
        signal.signal(signal.SIGINT, before)

    said = capsys.readouterr().err
    assert run.exit_code() == 130
    assert "stopped: 2 settled, 2 not read yet, 8 not begun\n2 deleted · 2 not read yet · 8 not begun\n" in said
    assert f"To finish this run: expunge resume {path}" in said
    assert sandbox.requests == []
    with Reading(path) as reading:
        assert len(reading.history.parts) == 1


@pytest.mark.parametrize("is_of_plan", [False, True], ids=["delete", "execute"])
def test_resume_says_how_to_try_again_as_the_run_was_made(is_of_plan, expunge, sandbox, path, tmp_path):
    """A version that a plan's guards refused must not be named to a command that has no such guards."""
    refs = REFS[:3]
    for ref in (*refs, f"{MODEL}@113"):
        sandbox.add(ref)
    plan = tmp_path / "plan.json"
    assert expunge("plan", "--from-file", "-", "-o", str(plan), "--max-percent", "100", stdin="\n".join(refs)).code == 0
    made = Plan.load(plan).canonical() if is_of_plan else None
    create(path, refs, facts(sandbox, missing_ok=False, wait=True), plan=made).close("stopped")
    for _ in refs:
        sandbox.answer_next("cerebras", "DELETE", 400, {"message": "no"})

    done = expunge("resume", str(path), "--yes")

    assert done.code == 1
    again = done.stderr.splitlines()[-1].partition(" again: ")[2]
    if is_of_plan:
        assert again.endswith("> FILE, then: expunge plan --from-file FILE -o PLAN")
    else:
        assert again == f"expunge delete --wait {' '.join(refs)}"
