"""A sandbox a test, and a way to speak to it over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from expunge.sandbox import Sandbox

TRUEFOUNDRY = "/api/ml/v1/model-versions"
CEREBRAS = "/management/v1/orgs/acme/models/gpt-oss-120b/versions"
BASETEN = "/v1/models/mod3x7q"
REPLICATE = "/v1/models/acme/classifier/versions"
DOCUMENTED = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"

VARIABLES = {
    "truefoundry": ("TFY_HOST", "TFY_API_KEY", "Bearer"),
    "cerebras": ("CEREBRAS_MANAGEMENT_BASE_URL", "CEREBRAS_MANAGEMENT_API_KEY", "Bearer"),
    "baseten": ("BASETEN_BASE_URL", "BASETEN_API_KEY", "Api-Key"),
    "replicate": ("REPLICATE_BASE_URL", "REPLICATE_API_TOKEN", "Bearer"),
}


class Clock:
    """A clock that moves on request."""

    now = 1000.0
    """The time that it shows, in seconds."""

    def __call__(self) -> float:
        """Show the time."""
        return self.now


@dataclass
class Speaker:
    """An HTTP client that knows where each provider is and what opens it."""

    environ: dict[str, str]
    http: httpx.Client

    def url(self, provider: str, path: str) -> str:
        """Return the complete address of *path*."""
        return self.environ[VARIABLES[provider][0]] + path

    def credential(self, provider: str) -> str:
        """Return the value of `Authorization`."""
        _, variable, scheme = VARIABLES[provider]
        return f"{scheme} {self.environ[variable]}"

    def __call__(self, provider: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request, with the credential unless *options* has another."""
        headers = {"Authorization": self.credential(provider), **options.pop("headers", {})}
        return self.http.request(method, self.url(provider, path), headers=headers, **options)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(replicate_delay=3.0, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    # One for all: making a client costs more than most tests do.
    with httpx.Client(trust_env=False) as http:
        yield http


@pytest.fixture
def speak(sandbox: Sandbox, http: httpx.Client) -> Speaker:
    return Speaker(sandbox.environ, http)


@pytest.fixture
def manifest() -> Callable[..., dict[str, Any]]:
    """The smallest valid manifest of the seeded version 6, changed by keyword; None takes a field out."""

    def make(**changes: Any) -> dict[str, Any]:
        complete = {
            "name": "churn",
            "ml_repo": "fraud-repo",
            "version": 6,
            "metadata": {},
            "source": {"type": "truefoundry"},
            **changes,
        }
        return {"manifest": {name: value for name, value in complete.items() if value is not None}}

    return make
