"""schemathesis makes requests out of the normalised specs; the sandbox answers as they say, and never breaks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.conftest import settings as client_settings
from tests.examples import examples

import expunge
from expunge.sandbox import Sandbox

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PROVIDERS = ("truefoundry", "cerebras", "baseten", "replicate")
EXAMPLES = examples(25)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(replicate_delay=0.0) as running:
        yield running


def schema_of(provider):
    """Return the normalised document of *provider*, as the program prints it."""
    import schemathesis  # noqa: PLC0415 - it takes a quarter of a second, which only these tests need

    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "normalise.py"), provider], capture_output=True, text=True, check=True
    )
    path = ROOT / ".cache" / f"fuzz-{provider}-{os.getpid()}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(done.stdout, encoding="utf-8")
    try:
        return schemathesis.openapi.from_path(path)
    finally:
        path.unlink()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_request_that_the_spec_allows_breaks_the_sandbox(provider, sandbox):
    """Every answer is what the spec documents, or the provider's own refusal; never a fault, never a wrong shape."""
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415 - as above
    from schemathesis.specs.openapi.checks import response_schema_conformance  # noqa: PLC0415 - as above

    (configured,) = (each for each in client_settings(sandbox.environ) if each.provider == provider)
    adapter = expunge.PROVIDERS[provider]
    headers = {"Authorization": adapter.authorization(configured.secret)}
    checks = [not_a_server_error, response_schema_conformance]
    tried = 0
    for result in schema_of(provider).get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def try_it(case):
            nonlocal tried
            tried += 1
            case.call_and_validate(base_url=configured.origin, headers=headers, checks=checks)

        try_it()

    assert tried >= EXAMPLES
