"""Progress of a run on stderr: live on a terminal, else a line every ten seconds."""

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..._system.worker import Worker
from ...bulk.limits import Limit
from ...providers import PROVIDERS
from ..exit_codes import say
from ..rendering import stderr
from .progress import Progress

if TYPE_CHECKING:
    from rich.console import RenderableType

LINE_EVERY = 10.0
"""Seconds between two lines where stderr is not a terminal."""

_RATE_OVER = 5.0
"""Seconds over which the rate is measured."""


class Display:
    """The progress of a run, by provider.

    Args:
        totals: Number of references of each provider.
        limits: Returns the rates of the providers.
        counted: Returns the counts by status.
    """

    def __init__(
        self, totals: Mapping[str, int], limits: Callable[[], Mapping[str, Limit]], counted: Callable[[], str]
    ) -> None:
        self._totals = totals
        self._limits = limits
        self._counted = counted
        self._settled: Counter[str] = Counter()
        self._began = time.monotonic()
        self._samples: dict[str, deque[tuple[float, int]]] = {}
        self._is_over = False

    def advance(self, provider: str | None) -> None:
        """Take note that a reference of *provider* is settled."""
        self._settled[str(provider)] += 1

    def lines(self) -> list[str]:
        """Return a line for each provider, and the counts."""
        return [*(part.line for part in self._parts()), self._counted()]

    def drawn(self, width: int) -> "RenderableType":
        """Return the same with bars, for a terminal with *width* columns."""
        from .bars import drawn  # noqa: PLC0415 - only a terminal needs rich

        return drawn(width, list(self._parts()), self._counted())

    @contextmanager
    def shown(self, *, live: bool) -> Generator[None, None, None]:
        """Show the progress meanwhile: *live* if results do not go to the same terminal."""
        try:
            if live and sys.stderr.isatty():
                from rich.live import Live  # noqa: PLC0415 - only a terminal needs rich

                console = stderr()

                def drawn() -> "RenderableType":
                    return self.drawn(console.width)

                with Live(console=console, get_renderable=drawn, transient=True, refresh_per_second=8):
                    yield
                return
            if not sys.stderr.isatty():
                # A daemon: an event to end it would have a lock that an interruption may leave taken.
                # At the limit of threads it does not begin: then without these lines.
                Worker(self._print_lines, name="expunge-progress").begin()
            yield
        finally:
            self._is_over = True

    def _print_lines(self) -> None:
        while True:
            time.sleep(LINE_EVERY)
            if self._is_over:
                return
            say("; ".join(self.lines()))

    def _parts(self) -> Iterator[Progress]:
        limits = self._limits()
        for name, total in self._totals.items():
            limit, settled, facts, wait = limits.get(name), self._settled[name], list[str](), ""
            if limit is not None:
                rate = self._rate(name, limit.calls)
                facts.append(f"{rate:.0f} calls/s" + (f" of {limit.per_second:.0f}" if limit.per_second else ""))
                if (seconds := limit.waits_for()) >= 1:
                    wait = f"{PROVIDERS[name].settings.__name__} asks for {limit.asked:.0f} s, {seconds:.0f} s left"
            if left := self._time_left(total, settled):
                facts.append(left)
            yield Progress(name, settled, total, tuple(facts), wait)

    def _rate(self, name: str, calls: int) -> float:
        now = time.monotonic()
        samples = self._samples.setdefault(name, deque([(self._began, 0)]))
        samples.append((now, calls))
        while len(samples) > 1 and samples[1][0] < now - _RATE_OVER:
            samples.popleft()
        (then, before), seconds = samples[0], max(now - samples[0][0], 1e-3)
        del then
        return (calls - before) / seconds

    def _time_left(self, total: int, settled: int) -> str:
        if not 0 < settled < total:
            return ""
        seconds = (time.monotonic() - self._began) * (total - settled) / settled
        for size, unit in ((3600, "h"), (60, "min")):
            if seconds >= size:
                return f"about {seconds / size:.0f} {unit} left"
        return f"about {seconds:.0f} s left"
