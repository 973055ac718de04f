"""Many deletions from the command line: lists of references, the summary, and trying again."""

import json
import os
import signal
import subprocess
import sys

import pytest

from expunge import errors
from expunge.cli.run.references import References

CEREBRAS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(11, 19)]
BASETEN = "baseten:mod3x7q@dep2bbb"
LIVE = "baseten:mod3x7q@dep1aaa"


@pytest.fixture
def refs(sandbox):
    for ref in CEREBRAS:
        sandbox.add(ref)
    return CEREBRAS


def sent(sandbox):
    return [request for request in sandbox.requests if request.method != "GET"]


def test_several_files_lines_of_json_and_stdin_are_read_in_turn(refs, expunge, sandbox, tmp_path):
    texts, lines = tmp_path / "texts.txt", tmp_path / "lines.jsonl"
    texts.write_text(f"\ufeff{refs[0]}\r\n# {refs[1]}\n{refs[2]}", encoding="utf-8")
    lines.write_text("".join(json.dumps({"status": "failed", "ref": ref}) + "\n" for ref in (refs[3], refs[0])))
    files = ["--from-file", str(texts), "--from-file", "-", "--from-file", str(lines)]

    ended = expunge("delete", refs[4], *files, "--yes", "--json", stdin=f"{refs[5]}\n{refs[4]}\n")

    assert ended.code == 0
    assert {line["ref"] for line in ended.objects} == {refs[4], refs[0], refs[2], refs[5], refs[3]}
    assert ended.said == ["2 duplicates dropped", "5 deleted"]
    assert len(sent(sandbox)) == 5


def test_a_pipe_with_a_name_is_read_twice_too(refs, expunge):
    reader, writer = os.pipe()
    os.write(writer, f"{refs[0]}\n{refs[1]}\n".encode())
    os.close(writer)

    ended = expunge("delete", "--from-file", f"/proc/{os.getpid()}/fd/{reader}", "--yes", "--json")

    os.close(reader)
    assert sorted(line["ref"] for line in ended.objects) == refs[:2]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"nonsense", "begins with no known provider"),
        (b"baseten:mod9z2k", "must be given as an argument"),
        (b'{"ref": 1}', "is not a line of JSON with a ref"),
        (b'{"ref": "baseten:a@b"', "is not a line of JSON with a ref"),
        (b"\xff", "is not UTF-8"),
        (b"x" * 70_000, "is longer than 65536 bytes"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_sent(line, says, refs, expunge, sandbox, tmp_path):
    listed = tmp_path / "old.txt"
    listed.write_bytes(f"{refs[0]}\n\n".encode() + line + f"\n{refs[1]}\n".encode())

    ended = expunge("delete", "--from-file", str(listed), "--yes", "--allow-model")

    assert (ended.code, ended.stdout) == (2, "")
    assert f"{listed}:3" in ended.stderr
    assert says in ended.stderr
    assert sandbox.requests == []


def test_a_file_that_changes_after_it_was_checked_ends_the_run(sandbox, tmp_path):
    listed = tmp_path / "old.txt"
    listed.write_text(f"{CEREBRAS[0]}\n")
    wanted = References([], [str(listed)], lambda _ref, _is_typed: None)

    listed.write_text(f"{CEREBRAS[0]}\n{CEREBRAS[1]}\n")

    with pytest.raises(errors.ExpungeError, match="was changed while it was read"):
        list(wanted)
    wanted.close()
    assert sandbox.requests == []


def test_of_many_wrong_lines_the_first_are_named(expunge):
    ended = expunge("delete", "--from-file", "-", "--yes", stdin="x\n" * 50)

    assert ended.code == 2
    assert len(ended.stderr.splitlines()) == 21
    assert "and 30 more" in ended.stderr


def test_the_end_has_counts_then_all_that_is_not_done_by_reason_in_input_order(refs, expunge, sandbox, tmp_path):
    for number in (13, 11):
        path = f"/management/v1/orgs/acme/models/gpt-oss-120b/versions/{number}"
        sandbox.answer_next("cerebras", "DELETE", 409, {"detail": f"Version {number} is in use."}, path=path)
    left = tmp_path / "left.txt"

    ended = expunge("delete", *refs, LIVE, "cerebras:acme/gpt-oss-120b@99", "--yes", "--failed-to", str(left))

    said = ended.said
    assert ended.code == 1
    assert len(ended.stdout.splitlines()) == 10
    assert said[0] == "6 deleted · 1 absent · 3 refused"
    assert said[1].startswith("refused: ")
    groups = [line for line in said if line.startswith(("refused: ", "absent: "))]
    assert len(groups) == len(set(groups)) == 3
    assert not any("@" in line for line in groups)
    in_use = next(place for place, line in enumerate(said) if "is in use" in line)
    assert said[in_use + 1 : in_use + 3] == [f"  {refs[0]}", f"  {refs[2]}"]
    assert left.read_text().split() == [refs[0], refs[2], LIVE, "cerebras:acme/gpt-oss-120b@99"]
    assert said[-1] == f"To try these 4 again: expunge delete --from-file {left}"


def test_versions_that_are_not_there_are_not_advised_to_be_tried_again(expunge):
    gone = ["cerebras:acme/gpt-oss-120b@98", "cerebras:acme/gpt-oss-120b@99"]

    ended = expunge("delete", *gone, "--yes")
    both = expunge("delete", *gone, LIVE, "--yes")

    assert (ended.code, both.code) == (1, 1)
    assert "again" not in ended.stderr
    assert both.said[-1] == f"To try it again: expunge delete {LIVE}"


def test_the_command_tries_just_those_again(refs, expunge, sandbox):
    sandbox.answer_next("cerebras", "DELETE", 409, {"detail": "in use"})

    first = expunge("delete", refs[0], refs[1], "--yes", "--concurrency", "1", "--missing-ok")
    command = first.stderr.splitlines()[-1].partition(": expunge ")[2]
    again = expunge(*command.split(), "--yes", "--json")

    assert command == f"delete --missing-ok {refs[0]}"
    assert [(line["ref"], line["status"]) for line in again.objects] == [(refs[0], "deleted")]


def test_the_file_of_what_is_not_done_is_written_even_if_it_is_empty(refs, expunge, tmp_path):
    left = tmp_path / "left.txt"
    left.write_text("old")

    assert expunge("delete", *refs, "--yes", "--failed-to", str(left)).code == 0
    assert left.read_text() == ""


@pytest.mark.parametrize("name", ["no-such-folder/left.txt", "."])
def test_a_file_that_cannot_be_written_sends_nothing(name, refs, expunge, sandbox, tmp_path):
    ended = expunge("delete", *refs, "--yes", "--failed-to", str(tmp_path / name))

    assert (ended.code, ended.stdout) == (2, "")
    assert "cannot be written" in ended.stderr
    assert sandbox.requests == []


def test_the_list_itself_is_not_overwritten(refs, expunge, sandbox, tmp_path):
    listed = tmp_path / "old.txt"
    listed.write_text("\n".join(refs))

    ended = expunge("delete", "--from-file", str(listed), "--yes", "--failed-to", str(listed))

    assert ended.code == 2
    assert listed.read_text().split() == refs
    assert sandbox.requests == []


@pytest.mark.parametrize("kind", ["journal", "plan", "the journal itself", "the same"])
def test_a_record_is_not_overwritten_by_what_is_left(kind, refs, expunge, sandbox, tmp_path):
    """A journal is for auditors, and a plan may be executed again."""
    record, listed = tmp_path / "record", tmp_path / "old.txt"
    listed.write_text("\n".join(refs))
    if kind == "journal":
        expunge("delete", refs[0], "--yes", "--journal", str(record))
    elif kind == "plan":
        expunge("plan", "cerebras:acme/gpt-oss-120b", "--keep-last", "8", "-o", str(record))
    before = record.read_bytes() if record.exists() else None
    sandbox.clear_requests()
    other = tmp_path / ".." / tmp_path.name / "record" if kind == "the same" else record
    journal = ["--journal", str(other)] if before is None else []

    arguments = ["delete", "--from-file", str(listed)] if kind != "plan" else ["execute", str(record)]
    ended = expunge(*arguments, "--yes", "--failed-to", str(record), *journal)

    assert (ended.code, ended.stdout) == (2, "")
    assert "name another file for --failed-to. Nothing was sent." in ended.stderr
    assert before is None or record.read_bytes() == before
    assert [request for request in sandbox.requests if request.method != "GET"] == []


def test_fail_fast_counts_and_keeps_what_was_not_begun(refs, expunge, tmp_path):
    left = tmp_path / "left.txt"
    arguments = [LIVE, *refs, "--yes", "--json", "--fail-fast", "--concurrency", "1", "--failed-to", str(left)]

    ended = expunge("delete", *arguments)

    begun = {line["ref"] for line in ended.objects}
    assert ended.code == 1
    assert LIVE in begun
    assert f"{len(begun)} settled, {9 - len(begun)} not begun" in ended.stderr
    assert left.read_text().split() == [LIVE, *(ref for ref in refs if ref not in begun)]


def test_a_rejected_credential_is_named_once_and_ends_its_providers_part(refs, expunge, sandbox):
    ended = expunge(
        "delete", *refs, BASETEN, "--yes", "--json", "--concurrency", "1", CEREBRAS_MANAGEMENT_API_KEY="wrong"
    )

    attempts = sorted(line["attempts"] for line in ended.objects if line["provider"] == "cerebras")
    assert ended.code == 1
    assert attempts == [*[0] * 7, 1]
    assert ended.stderr.count("CEREBRAS_MANAGEMENT_API_KEY") == 1
    assert not sandbox.holds(BASETEN)


def test_successes_are_folded_on_a_terminal_and_a_pipe_gets_each(expunge, sandbox, tmp_path):
    refs = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(100, 160)]
    for ref in refs[:59]:
        sandbox.add(ref)
    listed = tmp_path / "old.txt"
    listed.write_text("\n".join(refs))

    folded = expunge.on_terminal("delete", "--from-file", str(listed), "--yes", "--missing-ok", NO_COLOR="1")
    lines = expunge("delete", "--from-file", str(listed), "--yes")

    assert folded.code == 0
    assert "59 done" in folded.stdout
    assert refs[-1] in folded.stdout
    assert f"deleted   {refs[0]} " not in folded.stdout
    assert "59 deleted · 1 absent" in folded.stdout
    assert len(lines.stdout.splitlines()) == 60


@pytest.mark.parametrize("command", ["execute", "prune"])
def test_plans_wait_and_keep_what_is_not_done_too(command, expunge, tmp_path):
    path, left = str(tmp_path / "plan.json"), tmp_path / "left.txt"
    selection = ["replicate:acme/classifier", "--keep-last", "2"]
    if command == "execute":
        expunge("plan", *selection, "-o", path)
        selection = [path]
    options = ["--wait", "--timeout", "60", "--missing-ok", "--fail-fast", "--failed-to", str(left)]

    ended = expunge(command, *selection, *options, "--yes", "--json")

    assert "deleted" in {line["status"] for line in ended.objects}
    assert "accepted" not in {line["status"] for line in ended.objects}
    assert left.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_during_a_wait_keeps_what_is_only_accepted_and_what_was_not_begun(
    number, code, expunge, sandbox, tmp_path
):
    sandbox.replicate.delay = 10_000.0
    taken = [f"replicate:acme/churn@{number:064x}" for number in range(1, 5)]
    for ref in taken:
        sandbox.add(ref)
    left = tmp_path / "left.txt"
    arguments = ["delete", *taken, "--wait", "--yes", "--json", "--failed-to", str(left)]
    process = subprocess.Popen(
        [sys.executable, "-m", "expunge", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=expunge.environ,
    )
    while len({request.target for request in sandbox.requests if request.method == "GET"}) < len(taken):
        assert process.poll() is None

    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == code
    assert {json.loads(line)["ref"]: json.loads(line)["status"] for line in stdout.splitlines()} == dict.fromkeys(
        taken, "accepted"
    )
    assert "4 accepted" in stderr
    assert left.read_text().split() == taken
