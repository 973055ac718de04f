"""The progress of a run: each provider with its rate, and why it waits."""

import io
import re
import sys
import threading

import pytest
from rich.console import Console
from tests.conftest import SteppedClock

from expunge._answer import Answer
from expunge.bulk.limits import Limit
from expunge.cli.run import display as module
from expunge.cli.run.display import Display

TOTALS = {"cerebras": 3, "replicate": 1_000}


@pytest.fixture
def limits():
    clock = SteppedClock()
    return {
        "cerebras": Limit(None, clock, lambda _answer: None),
        "replicate": Limit(50.0, clock, lambda _answer: None),
    }


def test_each_provider_has_a_line_with_its_rate_and_the_counts_come_last(limits):
    display = Display(TOTALS, lambda: limits, lambda: "5 deleted · 1 failed")
    for provider in ("cerebras", "replicate", "replicate"):
        display.advance(provider)

    cerebras, replicate, counts = display.lines()

    assert re.fullmatch(r"cerebras 1/3   0 calls/s   about \d+ s left", cerebras)
    assert re.match(r"replicate 2/1000   0 calls/s of 50   about ", replicate)
    assert counts == "5 deleted · 1 failed"


def test_a_provider_that_asks_to_wait_is_named_with_its_seconds(limits):
    throttled = Answer(http_status=429, problem="HTTP 429", headers={"retry-after": "20"})
    limits["replicate"].hear(throttled, left_at=1_000.0)

    lines = Display(TOTALS, lambda: limits, str).lines()

    assert "Replicate asks for 20 s, 20 s left" in lines[1]
    assert "asks" not in lines[0]


def drawn(limits, width, settled=(), **options):
    """Return the lines of a terminal with *width* columns."""
    display = Display(TOTALS, lambda: limits, lambda: "5 deleted · 1 failed")
    for provider in settled:
        display.advance(provider)
    console = Console(file=io.StringIO(), width=width, force_terminal=True, **{"color_system": None} | options)
    console.print(display.drawn(console.width))
    return console.file.getvalue().splitlines()


def test_a_terminal_has_a_bar_beside_the_numbers_of_each_provider(limits):
    cerebras, replicate, counts = drawn(limits, 80, ["cerebras", *["replicate"] * 500])

    assert re.fullmatch(r"cerebras +(━+)╸? +1/3  0 calls/s   about \d+ s left *", cerebras)
    assert re.fullmatch(r"replicate +(━+)╸? +500/1000  0 calls/s of 50   about \d+ s left *", replicate)
    assert 1.2 < replicate.count("━") / cerebras.count("━") < 1.8
    assert counts.rstrip() == "5 deleted · 1 failed"


def test_a_wait_stands_in_the_place_of_the_rate(limits):
    limits["replicate"].hear(
        Answer(http_status=429, problem="HTTP 429", headers={"retry-after": "300"}), left_at=1_000.0
    )

    cerebras, replicate, _ = drawn(limits, 80)

    assert replicate.rstrip().endswith("0/1000  Replicate asks for 300 s, 300 s left")
    assert "calls/s" in cerebras


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_narrow_terminal_drops_the_bars_first_and_no_line_is_wrapped(width, limits):
    lines = drawn(limits, width, ["replicate"])

    assert len(lines) == 3
    assert max(map(len, lines)) <= width
    assert any("━" in line or "╸" in line for line in drawn(limits, width, ["cerebras"])) == (width >= 80)
    if width >= 40:
        assert "replicate" in lines[1]
        assert "1/1000" in lines[1]


def test_a_bar_keeps_its_length_when_a_provider_begins_to_wait(limits):
    def cells():
        line = drawn(limits, 80, ["replicate"] * 1_000)[1]
        return line.count("━"), line.index("1000/1000")

    before = cells()
    limits["replicate"].hear(
        Answer(http_status=429, problem="HTTP 429", headers={"retry-after": "86400"}), left_at=1_000.0
    )

    assert cells() == before


def test_without_a_terminal_a_line_comes_now_and_then(limits, monkeypatch):
    heard = threading.Event()

    class Stderr(io.StringIO):
        def write(self, text):
            if "replicate 0/1000" in text:
                heard.set()
            return super().write(text)

    monkeypatch.setattr(sys, "stderr", Stderr())
    monkeypatch.setattr(module, "LINE_EVERY", 0.001)
    with Display(TOTALS, lambda: limits, lambda: "0 settled").shown(live=True):
        assert heard.wait(60)

    assert sys.stderr.getvalue().startswith("cerebras 0/3")
