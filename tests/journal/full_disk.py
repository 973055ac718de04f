"""A run whose journal may not grow beyond BYTES: JOURNAL BYTES COUNT. Run by `test_runs.py`."""

import json
import resource
import sys

import expunge


def main() -> None:
    journal, most, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    refs = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(101, 101 + count)]
    got = []
    with expunge.Client.from_env() as client:
        try:
            got.extend(client.delete_many(refs, journal=journal, concurrency=4))
        except expunge.JournalFailed as error:
            known = [each.ref for each in (*got, *error.tombstones)]
            sys.stdout.write(json.dumps({"error": str(error), "refs": known}))


if __name__ == "__main__":
    main()
