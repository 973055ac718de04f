"""Lists of many thousand versions: read page by page as they are taken, in memory that does not grow with them."""

import subprocess
import sys
import tracemalloc
from contextlib import contextmanager
from pathlib import Path

import pytest

import expunge
from expunge._duplicates import Seen

pytestmark = pytest.mark.slow

MODELS = ["replicate:acme/m", "truefoundry:repo/m"]


@contextmanager
def serving(count):
    """A client of a server whose models have *count* versions."""
    program = Path(__file__).with_name("long_lists.py")
    process = subprocess.Popen([sys.executable, program, str(count)], stdout=subprocess.PIPE, text=True)
    try:
        origin = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        token = "a-token-of-the-test"
        with expunge.Client(
            expunge.Replicate(api_token=token, base_url=origin), expunge.TrueFoundry(host=origin, api_key=token)
        ) as client:
            yield client
    finally:
        process.kill()
        process.communicate()


def peak(count, model):
    """Bytes at most while *count* versions are read."""
    with serving(count) as client:
        assert sum(1 for _ in client.versions(model)) == count  # what is loaded once is loaded now
        tracemalloc.start()
        try:
            assert sum(1 for _ in client.versions(model)) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_memory_does_not_grow_with_the_list(model):
    """Kept as objects, eight times as many versions would take eight times as much."""
    assert peak(4_000, model) < 2 * peak(500, model)


@pytest.mark.parametrize("model", MODELS)
def test_a_page_is_read_when_it_is_taken(model):
    with serving(1_000_000) as lazy:
        assert next(lazy.versions(model)).ref.startswith(f"{model}@")


def test_what_was_seen_is_new_only_once():
    seen = Seen()
    texts = [f"replicate:acme/m@{number}" for number in range(5_000)]

    assert all(seen.is_new(text) for text in texts)
    assert not any(seen.is_new(text) for text in texts)
    assert seen.is_new("another")


def test_what_is_seen_may_be_no_text_that_can_be_sent():
    seen = Seen()

    assert [seen.is_new(text) for text in ("\ud800", "\ud801", "\ud800", "")] == [True, True, False, True]
