"""Journals as the tests make them: small ones, with outcomes that need no server."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from expunge import Tombstone
from expunge._flow import Clock
from expunge.journal.journal import Journal
from expunge.journal.reading import Reading

FACTS = {"command": "delete", "origins": {"cerebras": "http://127.0.0.1:1"}, "options": {"wait": False}}


def facts(sandbox, **options):
    """Return the facts of a run of deletions in *sandbox*."""
    settings = {
        "wait": False,
        "timeout": 300.0,
        "missing_ok": False,
        "allow_model": False,
        "concurrency": 8,
        "manifest": None,
    }
    origin = sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"]
    return {"command": "delete", "origins": {"cerebras": origin}, "options": {**settings, **options}}


def refs(count):
    return [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(1, count + 1)]


def tombstone(ref, status="deleted", detail="The provider says that it is deleted."):
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return Tombstone(
        ref=ref,
        requested_ref=ref,
        provider="cerebras",
        scope="version",
        status=status,
        confirmed_by="response" if status == "deleted" else None,
        attempts=1,
        http_status=200,
        request_id="req-1",
        requested_at=now,
        settled_at=now,
        detail=detail,
    )


def create(path, wanted, facts=FACTS, clock=None, plan=None):
    return Journal.create(path, wanted, facts, clock or Clock(), plan)


def made(path, count=6, settled=4):
    """Make a journal of *count* references with *settled* outcomes, and close it as a killed process leaves it."""
    journal = create(path, refs(count))
    journal.intend(range(1, min(settled + 1, count) + 1))
    for n, ref in enumerate(refs(settled), 1):
        journal.settle(n, tombstone(ref))
    journal.close("stopped")
    return path


def killed(path, to):
    """Copy a journal and its rollback journal as they are at one instant: a killed process leaves nothing else."""
    files = [path, Path(f"{path}-journal")]
    while True:
        # A thread may be writing; what reads the same twice was not being written.
        found, again = ([file.read_bytes() if file.exists() else None for file in files] for _ in range(2))
        if found == again:
            break
    for ending, content in zip(("", "-journal"), found, strict=True):
        if content is not None:
            Path(f"{to}{ending}").write_bytes(content)
    return to


def rows(path):
    """Return all rows of the file at *path*, as any program would read them."""
    statements = {table: f"SELECT * FROM {table}" for table in ("item", "entry", "head")}  # noqa: S608 - our names
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    found = {table: connection.execute(statement).fetchall() for table, statement in statements.items()}
    connection.close()
    return found


def change(path, *statements):
    """Change the file at *path* as a person with the program `sqlite3` would."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def outcomes(path):
    """Return the status of each reference at *path*; None without an outcome."""
    with Reading(path) as reading:
        return {ref: facts and facts["status"] for _, ref, facts in reading.references()}
