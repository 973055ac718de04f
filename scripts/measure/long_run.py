"""Do one run of many deletions in a process of its own, and print what it cost, as a line of JSON.

    python long_run.py KIND COUNT ORIGIN [FOLDER]

`rate-PROVIDER` deletes COUNT versions there. `plain` deletes them at Cerebras, which documents no rate, and `journal`
writes them down in FOLDER, too. `waits` waits for COUNT versions of Replicate until they are gone.

`list` is the command line over a file of COUNT references in FOLDER, with a journal. Only the socket is left out there:
the provider's answer is made in this process, so that a million references take minutes and not hours.

`wall` and `cpu` are seconds of the run; `peak` is the most memory of the process, in MiB; `failed` is the number of
references that did not end as they should.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import expunge
from expunge._http import blocking
from expunge._http.conversation import Received

if TYPE_CHECKING:
    from expunge._http.deadline import Bounds
    from expunge._http.request import Outgoing
    from expunge._http.routes import Route

_TOKEN = "measured-token"  # noqa: S105 - it opens nothing
_MODEL = "cerebras:acme/gpt-oss-120b"
_WARM_UP = 100


def _refs(provider: str, count: int) -> Iterator[str]:
    numbers = range(1, count + 1)
    if provider == "replicate":
        return (f"replicate:acme/classifier@{number:064x}" for number in numbers)
    return (f"baseten:mod3x7q@dep{number}" for number in numbers)


def _environ(origin: str) -> dict[str, str]:
    return {
        "CEREBRAS_MANAGEMENT_API_KEY": _TOKEN,
        "CEREBRAS_MANAGEMENT_BASE_URL": origin,
        "BASETEN_API_KEY": _TOKEN,
        "BASETEN_BASE_URL": origin,
        "REPLICATE_API_TOKEN": _TOKEN,
        "REPLICATE_BASE_URL": origin,
    }


def _rate(provider: str) -> Callable[[int, str, Path], int]:
    def run(count: int, origin: str, _folder: Path) -> int:
        with expunge.Client.from_env(_environ(origin)) as client:
            return _not_done(client.delete_many(list(_refs(provider, count))))

    return run


def _waits(count: int, origin: str, _folder: Path) -> int:
    with expunge.Client.from_env(_environ(origin)) as client:
        many = client.delete_many(list(_refs("replicate", count)), wait=True)
        return sum(tombstone.confirmed_by != "read_back" for tombstone in many)


def _plain(count: int, origin: str, _folder: Path) -> int:
    return _cerebras(count, origin, None)


def _journal(count: int, origin: str, folder: Path) -> int:
    path = folder / "measured.journal"
    path.unlink(missing_ok=True)
    return _cerebras(count, origin, path)


def _cerebras(count: int, origin: str, journal: Path | None) -> int:
    refs = [f"{_MODEL}@{number}" for number in range(1, count + 1)]
    with expunge.Client.from_env(_environ(origin)) as client:
        return _not_done(client.delete_many(refs, journal=journal))


def _not_done(tombstones: Iterable[expunge.Tombstone]) -> int:
    return sum(tombstone.status not in {"deleted", "accepted"} for tombstone in tombstones)


class _Answering:
    """Connections that answer a delete at Cerebras as documented, without a socket."""

    def __init__(self, _route: "Route") -> None:
        pass

    def exchange(self, outgoing: "Outgoing", bounds: "Bounds") -> Received:
        bounds.asks()
        bounds.leaves()
        name = outgoing.head.target.decode().partition("/management/v1/")[2]
        body = json.dumps({"name": name, "deleted": True}).encode()
        return Received(200, ((b"content-type", b"application/json"),), body, None)

    def close(self) -> None:
        pass


def _list(count: int, origin: str, folder: Path) -> int:
    """Run the command as it is, but for the connections."""
    from expunge.cli.app import run  # noqa: PLC0415 - the other runs are the library's

    listed, journal = folder / "measured.txt", folder / "measured.journal"
    with listed.open("w", encoding="utf-8") as file:
        file.writelines(f"{_MODEL}@{number}\n" for number in range(1, count + 1))
    journal.unlink(missing_ok=True)
    blocking.Connections = _Answering  # type: ignore[assignment, misc]  # the one part that is left out
    os.environ.update(_environ(origin))
    sys.argv = ["expunge", "delete", "--from-file", str(listed), "--yes", "--json", "--journal", str(journal)]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            run()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


RUNS: Mapping[str, Callable[[int, str, Path], int]] = {
    "rate-replicate": _rate("replicate"),
    "rate-baseten": _rate("baseten"),
    "plain": _plain,
    "journal": _journal,
    "waits": _waits,
    "list": _list,
}


def main() -> int:
    """Do the run that the arguments name."""
    kind, count, origin, *folder = sys.argv[1:]
    if kind == "list":  # a command imports its parts when it first runs, which is no cost of a reference
        RUNS[kind](_WARM_UP, origin, Path(*folder))
    cpu, wall = process_time(), perf_counter()
    failed = RUNS[kind](int(count), origin, Path(*folder))
    spent = {"wall": perf_counter() - wall, "cpu": process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**spent, "peak": peak, "failed": failed}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
