"""A stand-in for the four providers, on loopback, with state: for trying things out, and for tests.

It needs the extra `sandbox` (starlette, uvicorn) and nothing else of expunge.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

from ._faults import Fault, answer, fault
from ._gateway import Gateway
from ._ledger import Effect, Ledger, RecordedRequest, ScriptedAnswer
from ._states import State, fill, put
from ._uvicorn import HOST, Serving, bind
from ._wire import Provider, application
from .baseten import Baseten
from .cerebras import Cerebras
from .fleet import Fleet, Size
from .replicate import Replicate
from .truefoundry import TrueFoundry

__all__ = ["Fault", "RecordedRequest", "Sandbox", "State"]

_P = TypeVar("_P", bound=Provider)


class Sandbox:
    """All providers at once, each on a port of its own, served in a thread from `start()` to `close()`.

    Args:
        port: The first of as many ports as there are providers; 0 for free ones.
        seeded: Whether it starts with the examples, or empty.
        replicate_delay: Seconds between Replicate's 202 and the version's end.
        clock: The source of those seconds.
        now: The source of the date of each answer.
        fleet: The size of a fleet to start with in place of the examples.
        records: Whether it keeps the requests; many fill its memory.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seeded: bool = True,
        replicate_delay: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        fleet: Size | None = None,
        records: bool = True,
    ) -> None:
        self._port = port
        self._seeded = seeded
        self._providers: dict[str, Provider] = {}
        self._ledger = Ledger(records)
        self._fleet = fleet
        self._now = now
        self._serving: Serving | None = None
        self._environ: dict[str, str] = {}
        self.truefoundry = self._with(TrueFoundry())
        self.cerebras = self._with(Cerebras())
        self.baseten = self._with(Baseten())
        self.replicate = self._with(Replicate(delay=replicate_delay, clock=clock))
        self.reset()

    def _with(self, provider: _P) -> _P:
        self._providers[provider.name] = provider
        return provider

    def start(self) -> Self:
        """Serve; from here on connections are accepted.

        Raises:
            OSError: A port is taken.
        """
        sockets = bind(self._port, len(self._providers))
        ports = [listener.getsockname()[1] for listener in sockets]
        for provider, port in zip(self._providers.values(), ports, strict=True):
            self._environ |= provider.environ(f"http://{HOST}:{port}")
        applications = {
            port: (provider.name, application(provider))
            for provider, port in zip(self._providers.values(), ports, strict=True)
        }
        self._serving = Serving(Gateway(applications, self._ledger, self._now), sockets)
        return self

    def close(self) -> None:
        """Stop serving; what it holds can still be looked at."""
        if self._serving is not None:
            self._serving.stop()
            self._serving = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def environ(self) -> dict[str, str]:
        """The variables that point expunge at this sandbox; empty before `start()`."""
        return dict(self._environ)

    @property
    def examples(self) -> dict[str, tuple[str, str]]:
        """Two of the seeded versions of each provider, of one model and not in use, by the provider's name."""
        return {
            name: (f"{name}:{provider.examples[0]}", f"{name}:{provider.examples[1]}")
            for name, provider in self._providers.items()
        }

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests so far, oldest first; refused and scripted ones included."""
        return self._ledger.requests()

    def clear_requests(self) -> None:
        """Forget what came in so far."""
        self._ledger.clear_requests()

    def reset(self) -> None:
        """Go back to how it started: state, requests and script."""
        self._ledger.clear_requests()
        self._ledger.clear_script()
        for provider in self._providers.values():
            with provider.lock:
                provider.clear()
                if self._seeded and self._fleet is None:
                    provider.seed()
        if self._fleet is not None:
            Fleet(self._fleet, self._now()).fill(self.truefoundry, self.cerebras, self.baseten, self.replicate)

    def answer_next(
        self,
        provider: str,
        method: str,
        status: int,
        body: object = b"",
        headers: Mapping[str, str] | None = None,
        *,
        times: int = 1,
        path: str | None = None,
        takes_effect: bool = False,
    ) -> None:
        """Have the next fitting requests answered so, whatever they ask and whoever asks.

        Args:
            provider: Whose requests.
            method: GET, POST, PUT or DELETE.
            status: The answer's status.
            body: Bytes as they are, anything else as JSON.
            headers: The answer's headers; `X-Request-Id` is added where it is missing.
            times: How many requests.
            path: The beginning of a fitting request's target.
            takes_effect: Whether the request is carried out anyway, and only its answer is replaced.
        """
        self._named(provider)
        effect: Effect = "now" if takes_effect else "none"
        play = answer(status, body, headers or {})
        self._ledger.plan(ScriptedAnswer(provider, method, play, path, effect, times))

    def fault(
        self,
        name: Fault,
        provider: str,
        method: str | None = None,
        *,
        times: int = 1,
        path: str | None = None,
        takes_effect: bool = False,
        retry_after: int = 0,
    ) -> None:
        """Have the next fitting requests meet a fault.

        - `reset`: the connection is reset in place of an answer.
        - `timeout`: no answer comes, and the connection stays open.
        - `late`: a gateway answers 504, and the request is carried out at `finish_deletions()`.
        - `429`: the provider refuses the request, because there were too many.

        Args:
            name: The fault.
            provider: Whose requests.
            method: GET, POST, PUT or DELETE; None is the method by which the provider deletes.
            times: How many requests.
            path: The beginning of a fitting request's target.
            takes_effect: For `reset` and `timeout`, whether the request is carried out anyway.
            retry_after: For `429`, the seconds in `Retry-After`.
        """
        asked = self._named(provider)
        play, effect = fault(name, asked, takes_effect=takes_effect, retry_after=retry_after)
        self._ledger.plan(ScriptedAnswer(provider, method or asked.deletes_by, play, path, effect, times))

    def finish_deletions(self) -> None:
        """Carry out the requests that met the fault `late`, and end the deletions that Replicate has accepted."""
        for work in self._ledger.take_late():
            if self._serving is None:
                raise RuntimeError("The sandbox is closed, so the late requests were not carried out.")
            self._serving.carry_out(work)
        for provider in self._providers.values():
            provider.finish_deletions()

    def add(self, ref: str, state: State = "unused", *, created_at: datetime | None = None) -> str:
        """Put in what the canonical text *ref* names; return *ref*.

        - `unused`: it can be deleted.
        - `live`: it serves; on Baseten it is in production.
        - `aliased`: it has an alias (TrueFoundry, Cerebras).
        - `rolling-out`: it is about to serve (Cerebras, Baseten).
        - `copying`: its weights are still being copied (Cerebras).
        - `staging`, `development`: it is in that environment (Baseten).
        - `shared`, `public`: others have used it, or may use its model (Replicate).

        Args:
            ref: One version, by number or id; for `unused` it may also be an alias or a Baseten model.
            state: The state that it is in.
            created_at: When it was made; Cerebras shows no times.

        Raises:
            ValueError: The provider has no such state, or the version is there already.
        """
        provider, rest = self._find(ref)
        if state == "unused" and created_at is None:
            provider.add(rest)
        else:
            put(provider, rest, state, created_at)
        return ref

    def add_model(
        self, model_ref: str, versions: int = 3, *, newest: datetime | None = None, apart: timedelta = timedelta(days=1)
    ) -> list[str]:
        """Put a model in, whose newest version is live; return the references of its versions, oldest first.

        Args:
            model_ref: Such as `cerebras:acme/gpt-oss-120b`.
            versions: How many versions it has.
            newest: When the newest one was made; None is now.
            apart: The time between two versions.
        """
        last = newest or self._now()
        provider, rest = self._find(model_ref)
        moments = [last - apart * steps_back for steps_back in reversed(range(versions))]
        return [f"{provider.name}:{reference}" for reference in fill(provider, rest, moments)]

    def remove(self, ref: str) -> None:
        """Take out what *ref* names at once, as if somebody else had deleted it."""
        provider, rest = self._find(ref)
        provider.remove(rest)

    def holds(self, ref: str) -> bool:
        """Return whether what *ref* names is there: a version, or for `baseten:MODEL_ID` a model."""
        provider, rest = self._find(ref)
        return provider.holds(rest)

    def _named(self, provider: str) -> Provider:
        if provider not in self._providers:
            raise ValueError(f"there is no provider {provider}; there are {', '.join(self._providers)}")
        return self._providers[provider]

    def _find(self, ref: str) -> tuple[Provider, str]:
        name, _, rest = ref.partition(":")
        if name not in self._providers or not rest:
            raise ValueError(f"{ref} is not a canonical reference to any of {', '.join(self._providers)}")
        return self._providers[name], rest
