"""The end of a run: what is left of it, where that is read from, and how it is tried again."""

import re

import pytest
from tests.journal.journals import tombstone

from expunge import Client
from expunge.cli.run.outcomes import Outcomes, deleting
from expunge.cli.run.references import References
from expunge.cli.run.run import Run

REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(900, 930)]
"""More than a summary repeats one by one; the sandbox has none of them."""


def test_two_readings_of_a_file_at_once_do_not_mix_their_lines(tmp_path):
    """After Ctrl-C, one thread may still write the list into the journal while the rest of it is listed."""
    refs = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(1, 5_001)]
    listed = tmp_path / "old.txt"
    listed.write_text("\n".join(refs))
    wanted = References([], [str(listed)], lambda _ref, _is_typed: None)

    first = iter(wanted)
    begun = [next(first) for _ in range(10)]

    assert list(wanted) == refs
    assert [*begun, *first] == refs
    wanted.close()


def test_a_list_that_changes_during_the_run_changes_nothing_that_is_left(sandbox, tmp_path, capsys):
    """The journal has the references, so the summary and the file of what is left need no unchanged list."""
    listed, left, journal = tmp_path / "old.txt", tmp_path / "left.txt", tmp_path / "run.journal"
    listed.write_text("\n".join(REFS))
    wanted = References([], [str(listed)], lambda _ref, _is_typed: None)
    run = Run(
        wanted,
        wanted.by_provider,
        dict,
        deleting(),
        missing_ok=False,
        wait=False,
        failed_to=left,
        journal=journal,
    )

    with Client.from_env(sandbox.environ) as client, run:
        tombstones = client.delete_many(wanted.with_duplicates(), journal=run.watched)
        run.show(changing(listed, tombstones), as_json=True)

    assert left.read_text().splitlines() == REFS
    said = capsys.readouterr().err.splitlines()
    assert [line.strip() for line in said if line.startswith("  ")] == REFS
    assert (run.exit_code(), said[0]) == (1, "30 absent")
    wanted.close()


def changing(listed, tombstones):
    for each in tombstones:
        listed.write_text("cerebras:acme/gpt-oss-120b@1\n")
        yield each


class Broken(list):
    """References that cannot be read to their end."""

    def __iter__(self):
        yield "cerebras:acme/gpt-oss-120b@123"
        raise MemoryError


def test_what_is_left_is_written_completely_or_not_at_all(tmp_path):
    """A reference that was cut may name another version, which the next command would delete."""
    left = tmp_path / "left.txt"
    left.write_text("before\n")
    outcomes = Outcomes(range(30), missing_ok=False, wait=False)
    outcomes.wanted = Broken()

    with pytest.raises(MemoryError):
        outcomes.write_left(left)

    assert [each.name for each in tmp_path.iterdir()] == ["left.txt"]
    assert left.read_text() == "before\n"


@pytest.mark.parametrize(
    "wrong",
    [pytest.param(("--timeout", "-1"), id="timeout"), pytest.param(("--journal", "/proc/1.journal"), id="place")],
)
def test_a_run_that_cannot_begin_says_why_and_nothing_else(wrong, expunge, sandbox, tmp_path):
    left = tmp_path / "left.txt"

    ended = expunge("delete", *REFS, "--yes", *wrong, "--failed-to", str(left))

    assert (ended.code, len(ended.said), sandbox.requests) == (2, 1, [])
    assert left.read_text().split() == REFS


def test_more_than_a_few_are_tried_again_from_the_journal(expunge, sandbox, tmp_path):
    sandbox.answer_next("cerebras", "DELETE", 409, {"detail": "in use"}, times=len(REFS))
    journal = str(tmp_path / "run.journal")

    first = expunge("delete", *REFS, "--yes", "--journal", journal)

    found = re.fullmatch(
        r"To try these 30 again: expunge report (\S+) --json \| grep -Ev '(.+)' > FILE, then: "
        "expunge delete --from-file FILE",
        first.said[-1],
    )
    lines = expunge("report", found[1], "--json").stdout.splitlines(keepends=True)
    rest = expunge(
        "delete", "--from-file", "-", "--dry-run", stdin="".join(x for x in lines if not re.search(found[2], x))
    )
    assert rest.said[1] == "30 absent"


def test_reasons_and_the_command_have_the_order_of_the_input(capsys):
    """Results come as they settle, which differs from run to run."""
    outcomes = Outcomes(REFS[:3], missing_ok=False, wait=False)
    for number, detail in ((3, "in use"), (2, "is public"), (1, "in use")):
        outcomes.note(number, tombstone(REFS[number - 1], "refused", f"It was not deleted: {detail}."))

    outcomes.summarise(deleting(), None, None)

    assert capsys.readouterr().err.splitlines() == [
        "3 refused",
        "refused: It was not deleted: in use.",
        f"  {REFS[0]}",
        f"  {REFS[2]}",
        "refused: It was not deleted: is public.",
        f"  {REFS[1]}",
        f"To try these 3 again: expunge delete {' '.join(REFS[:3])}",
    ]
