"""The start of the package and of the command line: complete processes, less a bare interpreter."""

from collections.abc import Iterator
from functools import partial

from .processes import Stub, started
from .rows import Row, compared

_REF = "cerebras:acme/gpt-oss-120b@2"


def start_rows(stub: Stub) -> Iterator[Row]:
    """Measure imports and commands against `import httpx`."""
    environ = {"CEREBRAS_MANAGEMENT_API_KEY": "measured-token", "CEREBRAS_MANAGEMENT_BASE_URL": stub.origin}
    for what, command, at_most in (
        ("`import expunge`", ("-c", "import expunge"), 0.10),
        ("`expunge --version`", ("-m", "expunge", "--version"), 0.3),
        ("`expunge --help`", ("-m", "expunge", "--help"), 1.3),
        ("`expunge delete REF --yes`", ("-m", "expunge", "delete", _REF, "--yes"), 2.5),
    ):
        yield compared(
            what,
            "`import httpx`",
            partial(started, *command, environ=environ),
            lambda: started("-c", "import httpx"),
            less=lambda: started("-c", "pass"),
            at_most=at_most,
        )
