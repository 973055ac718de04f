"""Do as many calls as each line of standard input says, and print what they cost, a line of JSON each.

    python contender.py NAME ARGUMENT ORIGIN [FOLDER…]

It runs in the environment in which NAME is installed, so it imports only the standard library until it knows the name.
FOLDERs are searched for packages first. `cpu` and `wall` are seconds; `unknown` are versions whose fate is not known.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from time import perf_counter, process_time
from types import ModuleType
from typing import Any
from urllib.request import urlopen

Work = Callable[[int], object]
"""Does so many calls; what it returns goes into the line."""

_TOKEN = "measured-token"  # noqa: S105 - it opens nothing
_ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
_REFS = {
    "cerebras": "cerebras:acme/gpt-oss-120b@2",
    "baseten": "baseten:mod3x7q@dep2bbb",
    "replicate": f"replicate:acme/classifier@{_ID}",
    "truefoundry": "truefoundry:fraud-repo/churn@3",
}
_REQUESTS = {
    "cerebras": ("DELETE", "/management/v1/orgs/acme/models/gpt-oss-120b/versions/2", None),
    "baseten": ("DELETE", "/v1/models/mod3x7q/deployments/dep2bbb", None),
    "replicate": ("DELETE", f"/v1/models/acme/classifier/versions/{_ID}", None),
    "truefoundry": (
        "POST",
        "/api/ml/v1/model-versions",
        {
            "manifest": {
                "name": "churn",
                "metadata": {},
                "ml_repo": "fraud-repo",
                "source": {"type": "truefoundry"},
                "version": 3,
                "type": "model-version",
            }
        },
    ),
}
_BUSY_SECONDS, _BUSY_TIMEOUT = 0.02, 4.0


def _many(count: int) -> Iterable[str]:
    return (f"cerebras:acme/gpt-oss-120b@{number}" for number in range(1, count + 1))


def _settings(expunge: ModuleType, provider: str, origin: str) -> object:
    if provider == "truefoundry":
        return expunge.TrueFoundry(host=origin, api_key=_TOKEN)
    if provider == "replicate":
        return expunge.Replicate(api_token=_TOKEN, base_url=origin)
    return {"cerebras": expunge.Cerebras, "baseten": expunge.Baseten}[provider](api_key=_TOKEN, base_url=origin)


def _clock() -> object:
    """Return a clock that moves on instead of waiting: a provider's rate limit would make every client wait."""
    clock: type[Any] = import_module("expunge._flow").Clock

    class Moving(clock):  # type: ignore[misc]  # which one it is shows at run time
        moved = 0.0

        def monotonic(self) -> float:
            return perf_counter() + self.moved

        def sleep(self, seconds: float, stop: object = None) -> None:
            del stop
            self.moved += seconds

    return Moving()


def _expunge(provider: str, origin: str) -> Work:
    expunge = import_module("expunge")
    client = expunge.Client(_settings(expunge, provider, origin), clock=_clock())
    return _repeated(lambda: client.delete(_REFS[provider]))


def _expunge_new(provider: str, origin: str) -> Work:
    """Delete twice with a new client: it watches its kept connection for a moment before the second one."""
    expunge = import_module("expunge")

    def call() -> None:
        with expunge.Client(_settings(expunge, provider, origin)) as client:
            for _ in range(2):
                client.delete(_REFS[provider])

    return _repeated(call)


def _expunge_tasks(concurrency: str, origin: str) -> Work:
    expunge = import_module("expunge")
    client = expunge.AsyncClient(_settings(expunge, "cerebras", origin))

    async def work(count: int) -> list[str]:
        return [
            tombstone.ref
            async for tombstone in client.delete_many(_many(count), concurrency=int(concurrency))
            if tombstone.status != "deleted"
        ]

    return _awaited(work)


def _expunge_busy(concurrency: str, origin: str) -> Work:
    """Delete while another task of the same event loop computes for 20 ms at a time."""
    expunge = import_module("expunge")

    async def compute() -> None:
        while True:
            ends = perf_counter() + _BUSY_SECONDS
            while perf_counter() < ends:
                pass
            await asyncio.sleep(0)

    async def work(count: int) -> list[str]:
        computing = asyncio.create_task(compute())
        async with expunge.AsyncClient(_settings(expunge, "cerebras", origin)) as client:
            many = client.delete_many(_many(count), concurrency=int(concurrency), timeout=_BUSY_TIMEOUT)
            found = [tombstone.ref async for tombstone in many if tombstone.status == "unknown"]
        computing.cancel()
        return found

    return _awaited(work)


def _expunge_threads(concurrency: str, origin: str) -> Work:
    expunge = import_module("expunge")
    client = expunge.Client(_settings(expunge, "cerebras", origin))

    def work(count: int) -> list[str]:
        many = client.delete_many(_many(count), concurrency=int(concurrency))
        return [tombstone.ref for tombstone in many if tombstone.status != "deleted"]

    return work


def _expunge_versions(_argument: str, origin: str) -> Work:
    expunge = import_module("expunge")
    client = expunge.Client(_settings(expunge, "replicate", origin), clock=_clock())
    return _repeated(lambda: sum(1 for _ in client.versions("replicate:acme/many")))


def _loads(_argument: str, origin: str) -> Work:
    """Decode the pages of the same list, which were read before."""
    bodies: list[bytes] = []
    goes_on = f"{origin}/v1/models/acme/many/versions"
    while goes_on:
        with urlopen(goes_on) as answer:  # noqa: S310 - this machine
            bodies.append(answer.read())
        goes_on = json.loads(bodies[-1])["next"]
    return _repeated(lambda: [json.loads(body) for body in bodies])


def _httpx(provider: str, origin: str) -> Work:
    httpx = import_module("httpx")
    client, (method, path, body) = httpx.Client(), _REQUESTS[provider]
    headers = {"Authorization": f"Bearer {_TOKEN}"}

    def call() -> None:
        answer = client.request(method, origin + path, headers=headers, json=body)
        if answer.content:  # Replicate's has none
            answer.json()

    return _repeated(call)


def _httpx_new(provider: str, origin: str) -> Work:
    httpx = import_module("httpx")
    method, path, body = _REQUESTS[provider]
    headers = {"Authorization": f"Bearer {_TOKEN}"}

    def call() -> None:
        with httpx.Client() as client:
            for _ in range(2):
                client.request(method, origin + path, headers=headers, json=body).json()

    return _repeated(call)


def _httpx_tasks(concurrency: str, origin: str) -> Work:
    httpx = import_module("httpx")
    method, path, _ = _REQUESTS["cerebras"]
    limits = httpx.Limits(max_connections=int(concurrency), max_keepalive_connections=int(concurrency))
    client = httpx.AsyncClient(limits=limits)

    async def work(count: int) -> None:
        left = iter(range(count))

        async def serve() -> None:
            for _ in left:
                answer = await client.request(method, origin + path, headers={"Authorization": f"Bearer {_TOKEN}"})
                answer.json()

        await asyncio.gather(*(serve() for _ in range(int(concurrency))))

    return _awaited(work)


def _httpx_threads(concurrency: str, origin: str) -> Work:
    httpx = import_module("httpx")
    method, path, _ = _REQUESTS["cerebras"]
    limits = httpx.Limits(max_connections=int(concurrency), max_keepalive_connections=int(concurrency))
    client, pool = httpx.Client(limits=limits), ThreadPoolExecutor(int(concurrency))
    headers = {"Authorization": f"Bearer {_TOKEN}"}

    def call(_number: int) -> None:
        client.request(method, origin + path, headers=headers).json()

    def work(count: int) -> None:
        for _ in pool.map(call, range(count)):
            pass

    return work


def _replicate_1(_argument: str, origin: str) -> Work:
    replicate: Any = import_module("replicate")
    versions: Any = import_module("replicate.version")
    client = replicate.Client(api_token=_TOKEN, base_url=origin)
    return _repeated(lambda: versions.Versions(client, "acme/classifier").delete(_ID))


def _replicate_2(_argument: str, origin: str) -> Work:
    replicate: Any = import_module("replicate")
    client = replicate.Replicate(bearer_token=_TOKEN, base_url=f"{origin}/v1")
    named = {"model_owner": "acme", "model_name": "classifier", "version_id": _ID}
    return _repeated(lambda: client.models.versions.delete(**named))


def _baseten(_argument: str, origin: str) -> Work:
    baseten: Any = import_module("baseten.client")
    client = baseten.ManagementClient(api_key=_TOKEN, base_url_override=origin)
    return _repeated(lambda: client.api.delete_models_deployments(model_id="mod3x7q", deployment_id="dep2bbb"))


def _truefoundry(_argument: str, origin: str) -> Work:
    truefoundry: Any = import_module("truefoundry_sdk")
    client = truefoundry.TrueFoundry(base_url=origin, api_key=_TOKEN)
    return _repeated(lambda: client.model_versions.delete(id="mv-3"))


def _repeated(call: Callable[[], object]) -> Work:
    def work(count: int) -> None:
        for _ in range(count):
            call()

    return work


def _awaited(work: Callable[[int], Awaitable[object]]) -> Work:
    loop = asyncio.new_event_loop()
    return lambda count: loop.run_until_complete(work(count))


CONTENDERS: dict[str, Callable[[str, str], Work]] = {
    "expunge": _expunge,
    "expunge-new": _expunge_new,
    "expunge-tasks": _expunge_tasks,
    "expunge-busy": _expunge_busy,
    "expunge-threads": _expunge_threads,
    "expunge-versions": _expunge_versions,
    "json.loads": _loads,
    "httpx": _httpx,
    "httpx-new": _httpx_new,
    "httpx-tasks": _httpx_tasks,
    "httpx-threads": _httpx_threads,
    "replicate-1": _replicate_1,
    "replicate-2": _replicate_2,
    "baseten": _baseten,
    "truefoundry-sdk": _truefoundry,
}


def main() -> int:
    """Do the work on standard input, one line after the other."""
    name, argument, origin, *folders = sys.argv[1:]
    sys.path[:0] = folders
    work = CONTENDERS[name](argument, origin)
    for line in sys.stdin:
        cpu, wall = process_time(), perf_counter()
        unknown = work(int(line))
        print(
            json.dumps({"cpu": process_time() - cpu, "wall": perf_counter() - wall, "unknown": unknown or []}),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
