"""The readers of text from outside, each as a function of bytes that fails only if its reader does.

A reader ends with a value or with one of our errors; any other exception is a defect. So is a value that cannot be
used: a number that cannot be written, or a tombstone without a time.
"""

import atexit
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.journal.journals import made

import expunge
from expunge._deletion.answer_meaning import judge
from expunge._error_of_answer import error_for
from expunge._flow import Clock
from expunge._http.conversation import Cut
from expunge._http.reading import Raw, Reader
from expunge._http.secrecy import Blanks
from expunge._rules import rules_of
from expunge._yaml import YamlError, load, load_with_lines
from expunge.cli.journal.lines import lines
from expunge.config import Secret
from expunge.errors import ExpungeError
from expunge.journal import chain
from expunge.journal.journal import Journal
from expunge.journal.reading import Reading, tombstone_of
from expunge.plans.file import hash_of
from expunge.plans.plan import Plan
from expunge.providers import PROVIDERS
from overlay.json_path import PathError, locations
from spec.docs_page import read_page
from spec.source import SourceError, read_source

REFS = {
    "truefoundry": "truefoundry:fraud-repo/detector@3",
    "cerebras": "cerebras:acme/gpt-oss-120b@3",
    "baseten": "baseten:mod3x7q@dep4y8r",
    "replicate": f"replicate:acme/detector@{'5c' * 32}",
}
SECRET = "token-that-nobody-may-see"
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
"""Where the targets that read files write them."""
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {"/a/{b}": {"get": {"tags": ["x", "yz"], "n": 1.5}, "delete": {"tags": [], "n": 9007199254740993}}},
    "a": [None, True, 1, "text", [1, 2, {"b": [3, {"c": "d"}]}]],
}


def answers(data: bytes) -> None:
    """Read an answer: its first line is the provider, the operation, the status and the media type."""
    line, _, body = data.partition(b"\n")
    words = [*line.decode("latin-1").split(" "), "", "", "", ""]
    provider = words[0] if words[0] in REFS else "cerebras"
    operations = sorted(rules_of(provider).operations)
    operation = words[1] if words[1] in operations else operations[len(body) % len(operations)]
    status = int(words[2]) if words[2].isascii() and words[2].isdigit() and len(words[2]) == 3 else 200
    headers = {"content-type": words[3] or "application/json", "x-request-id": line.decode("latin-1")}
    cut = Cut("the connection was lost") if b"cut" in line else None
    raw = Raw(url="http://127.0.0.1/", http_status=status, headers=headers, body=body, cut=cut)

    answer = Reader(provider, Blanks(Secret(SECRET)), ("x-request-id",)).read(operation, raw)

    ref = expunge.parse_ref(REFS[provider])
    judged = judge(PROVIDERS[provider], ref, answer)
    error = error_for(answer, answer.describe(), ref=str(ref))
    for text in (answer.describe(), judged.reason, str(error), json.dumps(answer.body), answer.request_id or ""):
        assert SECRET not in text
    assert not (judged.judgement in {"gone", "deleted"} and status >= 300)


def yaml(data: bytes) -> None:
    """Read YAML or JSON, with lines and without; the value can be written, and is read again as it was."""
    text = data.decode("utf-8", "replace")
    for read in (load, lambda text: load_with_lines(text)[0]):
        try:
            value = read(text)
        except YamlError as error:
            _require_words(error)
        else:
            assert load(json.dumps(value, allow_nan=False)) == value


def json_paths(data: bytes) -> None:
    """Evaluate a JSONPath; each location that it selects is there."""
    try:
        found = locations(data.decode("utf-8", "replace"), DOCUMENT)
    except PathError as error:
        _require_words(error)
        return
    for location in found:
        node: object = DOCUMENT
        for step in location:
            node = node[step]  # type: ignore[index]  # a missing step is what would fail


def pages(data: bytes) -> None:
    """Read a page of documentation; its blocks stand on it, and it holds one spec or an error says why not."""
    text = data.decode("utf-8", "replace")
    count = len(text.splitlines()) + 1
    for block in read_page(text).blocks:
        assert 0 < block.line <= count
        assert isinstance(block.language, str)
        assert not block.is_verbatim or block.content in text
    file = FOLDER / "page"
    file.write_bytes(data)
    try:
        assert read_source(str(file)).content is not None
    except SourceError as error:
        _require_words(error)


def plans(data: bytes) -> None:
    """Load a plan as a file, and with the hash that fits, as somebody who changes one on purpose has it."""
    file = FOLDER / "plan.json"
    file.write_bytes(data)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        content = None
    attempts = [lambda: Plan.load(file)]
    if isinstance(content, dict):
        content.pop("sha256", None)
        attempts.append(lambda: Plan.from_dict(content))
    for attempt in attempts:
        try:
            plan = attempt()
        except expunge.InvalidPlan as error:
            _require_words(error)
        else:
            assert plan.sha256 == hash_of(plan.to_dict())
            assert len({choice.ref for choice in plan.deletions}) == len(plan.deletions)


def journal_files(data: bytes) -> None:
    """Read a file as a journal."""
    file = FOLDER / "file.journal"
    for ending in ("", "-journal", "-wal", "-shm", "-holder"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    file.write_bytes(data)
    _read_journal(file)


def journals(data: bytes) -> None:
    """Read a journal whose entries are the lines of a text, with hashes that fit: `kind n data`."""
    file = FOLDER / "entries.journal"
    if not file.exists():
        made(file, count=2, settled=1)
    lines = [line.split(" ", 2) for line in data.decode("utf-8", "replace").split("\n")]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("DELETE FROM entry")
        before = chain.START
        for seq, (kind, n, text) in enumerate((line for line in lines if len(line) == 3), 1):
            number = int(n) if n.isascii() and n.isdigit() and len(n) < 10 else None
            before = chain.of_entry(before, seq, kind, number, text)
            connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", (seq, kind, number, text, before))
        connection.execute("UPDATE head SET entries = (SELECT count(*) FROM entry), chain = ?", (before,))
    _read_journal(file)


def _read_journal(file: Path) -> None:
    try:
        with Reading(file) as reading:
            history = reading.history
            assert len(list(lines(reading))) == history.count
            assert sum(history.counts().values()) == history.count
            for n, ref, facts in reading.references():
                assert isinstance(ref, str)
                assert history.part_of(n) is not None or facts is None
                if facts is not None:
                    assert tombstone_of(facts).ref == facts["ref"]
    except expunge.InvalidJournal as error:
        _require_words(error)
        return
    journal = Journal.open(file, Clock())
    assert all(0 < left.n <= journal.history.count for left in journal.left())
    journal.close("stopped")


def references(data: bytes) -> None:
    """Parse a reference; its canonical text is read as the same one."""
    try:
        ref = expunge.parse_ref(data.decode("utf-8", "replace"))
    except ExpungeError as error:
        _require_words(error)
    else:
        assert expunge.parse_ref(str(ref)) == ref


def _require_words(error: Exception) -> None:
    assert str(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (answers, yaml, json_paths, pages, plans, journal_files, journals, references)
}
