"""A run that kills itself: JOURNAL SECONDS ANSWERS, references on stdin. Run by `test_kills.py`.

It ends by SIGKILL after SECONDS, or with the answer to its delete number ANSWERS, whichever comes first. If the journal
exists, it resumes.
"""

import os
import signal
import sys
import threading
from itertools import count
from pathlib import Path

import expunge


def main() -> None:
    journal, seconds, answers = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    number = count(1)

    def die(event: expunge.events.Event | None = None) -> None:
        if event is None or (event.kind == "attempt" and next(number) >= answers):
            os.kill(os.getpid(), signal.SIGKILL)

    timer = threading.Timer(seconds, die)
    timer.daemon = True
    timer.start()
    with expunge.Client.from_env(listeners=[die]) as client:
        if Path(journal).exists():
            run = client.resume(journal, concurrency=4)
        else:
            run = client.delete_many(sys.stdin.read().split(), journal=journal, concurrency=4)
        for _ in run:
            pass


if __name__ == "__main__":
    main()
