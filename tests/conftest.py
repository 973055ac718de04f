"""The common part of all tests: the stand-in for the providers, a clock that moves on request, and both clients."""

import asyncio
import gc
import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import hypothesis
import pytest
from tests.forks import SHARED

import expunge
from expunge._flow import Clock
from expunge.sandbox import Sandbox

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores it for what it runs in the background, and so would every program that a test starts and stops.
    signal.signal(signal.SIGINT, signal.default_int_handler)

_MANY = 20
"""The rows of a test that `make quick` plays all of; of more it plays one in `_ONE_IN`."""
_ONE_IN = 4

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile(
    "untimed",
    deadline=None,
    # A merge is judged by the same examples as the commit before it; new ones are tried at every developer's.
    derandomize=bool(os.environ.get("EXPUNGE_SAME_EXAMPLES")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Name the servers of forks to a worker: to load the modules in each worker takes seconds."""
    node.workerinput["forks"] = {name: forks.place for name, forks in SHARED.items()}


def pytest_configure(config: pytest.Config) -> None:
    for name, place in getattr(config, "workerinput", {}).get("forks", {}).items():
        SHARED[name].use(place)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark three of four rows if a test has many: `make quick` leaves them out."""
    quick = [item for item in items if not item.get_closest_marker("slow")]
    rows = Counter(item.nodeid.partition("[")[0] for item in quick)
    seen = Counter[str]()
    for item in quick:
        name = item.nodeid.partition("[")[0]
        if rows[name] > _MANY and seen[name] % _ONE_IN:
            item.add_marker("row_of_many")
        seen[name] += 1


def pytest_collection() -> None:
    """Collect the tests without garbage collection: what they make stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Exempt all modules and tests from garbage collection, which would walk over them each time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have httpx trust only the first of the public authorities: to load all takes 20 ms a client, and none is met."""
    everyone = resources.files("certifi").joinpath("cacert.pem").read_text(encoding="utf-8")
    end = "-----END CERTIFICATE-----\n"
    first = tmp_path_factory.mktemp("authorities") / "first.pem"
    first.write_text(everyone[: everyone.index(end)] + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("certifi.where", lambda: str(first))
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            patch.delenv(name, raising=False)
        yield


class SteppedClock(Clock):
    """Time that passes only by sleeping, here and at the provider, whose clock may be *ahead* of ours."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []
        self.ahead = timedelta(0)

    def monotonic(self) -> float:
        return self.time

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.time)

    def now_there(self) -> datetime:
        return self.now() + self.ahead

    def sleep(self, seconds: float, _stop: object = None) -> None:
        self.slept.append(seconds)
        self.time += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)


class Awaited:
    """An `AsyncClient` seen as a blocking one, so that one test speaks to both."""

    def __init__(self, client: expunge.AsyncClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def delete(self, ref: Any, **options: Any) -> expunge.Tombstone:
        return self._runner.run(self._client.delete(ref, **options))

    def get(self, ref: Any) -> expunge.Version:
        return self._runner.run(self._client.get(ref))

    def apply(self, manifest: Any) -> expunge.Version:
        return self._runner.run(self._client.apply(manifest))

    def versions(self, ref: Any) -> Iterator[expunge.Version]:
        async def collect() -> list[expunge.Version]:
            return [version async for version in self._client.versions(ref)]

        return iter(self._runner.run(collect()))

    def models(self, scope: str | None = None) -> Iterator[expunge.Model]:
        async def collect() -> list[expunge.Model]:
            return [model async for model in self._client.models(scope)]

        return iter(self._runner.run(collect()))

    def plan(self, refs: Any = (), **selectors: Any) -> expunge.Plan:
        return self._runner.run(self._client.plan(refs, **selectors))

    def explain(self, ref: Any, **options: Any) -> Any:
        return self._runner.run(self._client.explain(ref, **options))

    def execute(self, plan: Any, **options: Any) -> Iterator[expunge.Tombstone]:
        tombstones = self._client.execute(plan, **options)

        async def collect() -> list[expunge.Tombstone]:
            return [tombstone async for tombstone in tombstones]

        return iter(self._runner.run(collect()))

    def delete_many(self, refs: Any, **options: Any) -> Iterator[expunge.Tombstone]:
        async def collect() -> list[expunge.Tombstone]:
            return [tombstone async for tombstone in self._client.delete_many(refs, **options)]

        return iter(self._runner.run(collect()))


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def sandbox(clock: SteppedClock) -> Iterator[Sandbox]:
    with Sandbox(replicate_delay=3.0, clock=clock.monotonic, now=clock.now_there) as running:
        yield running


def settings(environ: dict[str, str]) -> list[expunge.config.ProviderSettings]:
    return [adapter.settings.from_env(environ) for adapter in expunge.PROVIDERS.values()]


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, sandbox: Sandbox, clock: SteppedClock) -> Iterator[expunge.Client | Awaited]:
    if request.param == "sync":
        with expunge.Client(*settings(sandbox.environ), clock=clock) as blocking:
            yield blocking
        return
    with asyncio.Runner() as runner:
        awaited = expunge.AsyncClient(*settings(sandbox.environ), clock=clock)
        yield Awaited(awaited, runner)
        runner.run(awaited.aclose())
