"""`expunge list` and `expunge show`: read without changing anything."""

import logging
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Annotated

import typer

from .._client import Client
from .._facade import UNREAD, model_of, version_of
from .._text import one_line
from ..config import ProviderSettings
from ..providers import PROVIDERS
from ..refs import Reference
from .exit_codes import say, usage
from .options import AsJson
from .rendering import VERSION_HEADS, print_json, print_rows, version_row


def settings_for(refs: Iterable[Reference]) -> list[ProviderSettings]:
    """Read and check the settings of every provider that *refs* name, before anything is sent."""
    return settings_of(dict.fromkeys(ref.provider for ref in refs))


def settings_of(names: Iterable[str]) -> list[ProviderSettings]:
    """Read and check the settings of the providers with these *names*."""
    from .._http.routes import require_usable  # noqa: PLC0415 - help needs no HTTP

    found = [PROVIDERS[name].settings.from_env(os.environ) for name in names]
    for settings in found:
        require_usable(settings.origin)
    return found


class _Said(logging.Handler):
    """Prints the text of each record on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        say(one_line(record.getMessage(), 2_000))


@contextmanager
def unread_states_said() -> Generator[None, None, None]:
    """Print on stderr why a live state could not be read."""
    handler = _Said()
    UNREAD.addHandler(handler)
    try:
        yield
    finally:
        UNREAD.removeHandler(handler)


def list_versions(
    model_ref: Annotated[str, typer.Argument(metavar="MODEL_REF", help="A model, such as cerebras:acme/gpt-oss-120b.")],
    as_json: AsJson = False,
) -> None:
    """List the versions of a model."""
    with usage():
        ref = model_of(model_ref)
    with Client(*settings_for([ref])) as client, unread_states_said():
        versions = client.versions(ref)
        if as_json:
            for version in versions:
                print_json(version.to_dict())
        else:
            print_rows(VERSION_HEADS, (version_row(version) for version in versions))


def show(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A version, such as baseten:mod3x7q@dep1aaa.")],
    as_json: AsJson = False,
) -> None:
    """Show one version. An alias is resolved to its number."""
    with usage():
        parsed = version_of(ref)
    with Client(*settings_for([parsed])) as client, unread_states_said():
        version = client.get(parsed)
    if as_json:
        print_json(version.to_dict())
    else:
        print_rows(("", ""), list(zip(VERSION_HEADS, version_row(version), strict=True)))
