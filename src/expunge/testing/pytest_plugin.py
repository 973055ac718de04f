"""Fixtures for tests of code that deletes models: a sandbox of its own for each test.

pytest loads this module in every run, so it imports the sandbox and the clients when a fixture is used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .._client import Client
    from ..sandbox import Sandbox

_EXTRA = {"starlette", "uvicorn"}


@pytest.fixture
def expunge_sandbox() -> "Iterator[Sandbox]":
    """Run an empty sandbox of all four providers. It deletes on Replicate as soon as it has answered."""
    try:
        from ..sandbox import Sandbox  # noqa: PLC0415 - other test runs do without
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        pytest.fail(
            f"expunge_sandbox needs the package {error.name}, which is not installed. "
            "Install it with: pip install 'expunge[sandbox]'",
            pytrace=False,
        )
    with Sandbox(seeded=False, replicate_delay=0.0) as sandbox:
        yield sandbox


@pytest.fixture
def expunge_environ(expunge_sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Set the variables that point expunge at the sandbox, for this test and its processes; return them.

    On Linux, journals that the command line writes unasked go below `tmp_path`.
    """
    environ = {**expunge_sandbox.environ, "XDG_STATE_HOME": str(tmp_path / "expunge-state")}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("EXPUNGE_PROFILE", raising=False)
    return environ


@pytest.fixture
def expunge_client(expunge_sandbox: "Sandbox") -> "Iterator[Client]":
    """Return a client of the sandbox; it is closed after the test."""
    from .._client import Client  # noqa: PLC0415 - as above

    with Client.from_env(expunge_sandbox.environ) as client:
        yield client
