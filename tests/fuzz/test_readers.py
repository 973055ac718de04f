"""Text from outside ends with a value or with an error of ours: the corpus, and random changes of it.

EXPUNGE_FUZZ is the number of changes for each reader. `make fuzz` lets atheris, which follows the coverage, find more.
"""

import os
import random
from pathlib import Path

import pytest
from tests.fuzz.mutation import changed
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
CHANGES = int(os.environ.get("EXPUNGE_FUZZ") or "150")


def corpus_of(name):
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


@pytest.mark.parametrize("name", TARGETS)
def test_each_text_of_the_corpus_is_read_or_refused(name):
    for data in corpus_of(name):
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_each_changed_text_is_read_or_refused(name):
    corpus, chance = corpus_of(name), random.Random(name)  # noqa: S311 - the same texts every time
    for number in range(CHANGES):
        data = changed(corpus, chance)
        try:
            TARGETS[name](data)
        except Exception as error:  # noqa: BLE001 - any other is what is sought
            pytest.fail(f"{name}, change {number}: {type(error).__name__}: {error}\n{data[:3000]!r}")
