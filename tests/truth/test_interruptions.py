"""Whatever strikes, between whichever two lines: no tombstone lies, none is lost, and nothing hangs.

`make truth INTERRUPT=1` strikes every line that is on a path of its own, with every kind; here a sample is struck.
"""

import faulthandler
import os
import random
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from collections import Counter

import pytest
from tests.faults.stands import STANDS
from tests.truth.stage import COURSES, LISTENING, METHODS, Stage, logged
from tests.truth.strikes import KINDS, Strike, distinct, strikes

# How many lines of each run are struck: 0 is every one, by every kind of exception.
SAMPLE = int(os.environ.get("EXPUNGE_INTERRUPT", "3"))
_LONGEST_SECONDS = 120


def play(provider, course, method, at, kind, *, awaits):
    """Strike one run at the place *at*; return all, and what is wrong afterwards."""
    faulthandler.dump_traceback_later(_LONGEST_SECONDS, exit=True)
    stage, strike, raised = Stage(provider, course), Strike(at, kind, also=LISTENING), None
    # Until a delete has arrived, all courses are one.
    strike.phase = lambda: (len(stage.server.requests), course if stage.server.arrived else "")
    try:
        with logged():
            stage.play(method, strike, awaits=awaits)
    except BaseException as struck:  # noqa: BLE001 - every kind of exception is what this is about
        raised = struck
    finally:
        stage.server.stop()
        faulthandler.cancel_dump_traceback_later()
    return stage, strike, stage.wrong(raised, strike)


def forked(work):
    """Return the text that *work* returns, in a process of its own.

    Thousands of exceptions that a trace function raises may leave an interpreter that no other test should run in. If
    one dies by a signal, the work is done once more.
    """
    for _ in range(2):
        with tempfile.TemporaryFile("w+", encoding="utf-8") as said, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the threads of this process hold nothing of ours
            child = os.fork()
            if child == 0:
                _work_and_leave(work, said)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said.seek(0)
            text = said.read()
        if code >= 0:
            break
    return text.partition(_RESULT)[2] if code == 0 else f"it ended with {code}:\n{text}"


_RESULT = "\nThe result:\n"


def _work_and_leave(work, said):
    sys.stderr = said  # for the traceback of a hang
    try:
        said.write(_RESULT + work())
        said.flush()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - an exit of its own would run the parent's code
        traceback.print_exc(file=said)
        said.flush()
    finally:
        os._exit(1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("awaits", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "provider", [pytest.param(each, marks=[] if each == "baseten" else pytest.mark.slow) for each in STANDS]
)
def test_nothing_lies_and_nothing_is_lost_wherever_it_is_struck(provider, method, awaits):
    if wrong := forked(lambda: struck(provider, method, awaits=awaits)):
        pytest.fail(wrong, pytrace=False)


def struck(provider, method, *, awaits):
    """Strike the lines of all courses; return the lies and losses, one a line."""
    kinds = KINDS["async" if awaits else "sync"]
    source = random.Random(f"{provider} {method} {awaits}")  # noqa: S311 - the same lines every time
    seen, found = Counter(), Counter()
    play(provider, "success", method, None, KeyboardInterrupt, awaits=awaits)  # what is loaded once is loaded now
    for course in COURSES:
        stage, strike, wrong = play(provider, course, method, None, KeyboardInterrupt, awaits=awaits)
        assert (stage.server.arrived > 0, wrong) == (True, "")
        places = distinct(strike.places, seen)
        if SAMPLE:
            sampled = source.sample(places, min(SAMPLE, len(places)))
            chosen = [(place, source.choice((*kinds, SystemExit))) for place, _ in sampled]
        else:
            chosen = list(strikes(places, kinds))
        for place, kind in chosen:
            _, strike, wrong = play(provider, course, method, place, kind, awaits=awaits)
            if wrong:
                found[f"{course}: {strike.place} {kind.__name__}: {wrong}"] += 1
    return "\n".join(f"{count} x {what}" for what, count in found.most_common())


SIGNALS = 2_000 if SAMPLE == 0 else 48


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("method", METHODS)
def test_real_signals_leave_no_lie_and_lose_nothing(method):
    """Ctrl-C at a random moment of a deletion, in the thread that signals are handled in."""
    if wrong := forked(lambda: signalled(method)):
        pytest.fail(wrong, pytrace=False)


def signalled(method):
    """Send the signals; return the lies and losses, one a line."""
    source = random.Random(method)  # noqa: S311 - the same moments every time, as far as a clock allows
    found, hits = Counter(), 0
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for number in range(SIGNALS):
            faulthandler.dump_traceback_later(_LONGEST_SECONDS, exit=True)
            provider, course = list(STANDS)[number % 4], list(COURSES)[number % len(COURSES)]
            stage, raised = Stage(provider, course), None
            timer = threading.Timer(source.uniform(0, 0.006), os.kill, (os.getpid(), signal.SIGINT))
            try:
                timer.start()
                stage.play(method, Strike(None))
            except BaseException as error:  # noqa: BLE001 - whatever comes out is judged
                raised = error
            finally:
                hits += joined(timer) or isinstance(raised, KeyboardInterrupt)
                stage.server.stop()
            if wrong := stage.wrong(raised):
                found[f"{provider} {course}: {wrong}"] += 1
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGINT, before)

    assert hits
    return "\n".join(f"{count} x {what}" for what, count in found.most_common())


def joined(timer):
    """Wait for *timer* to have fired, and tell whether its signal came only now."""
    try:
        timer.join()
        signal.sigtimedwait(set(), 0)
    except KeyboardInterrupt:
        timer.join()
        return True
    return False
