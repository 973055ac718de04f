"""`expunge list` and `expunge show`: read without changing anything."""

import os
from collections.abc import Iterable
from typing import Annotated

import typer

from .._client import Client
from .._facade import model_of, version_of
from ..config import ProviderSettings
from ..providers import PROVIDERS
from ..refs import Reference
from .exit_codes import usage
from .options import AsJson
from .rendering import VERSION_HEADS, print_json, print_rows, version_row
from .unread_states import say_unread, unread_states


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


def list_versions(
    model_ref: Annotated[str, typer.Argument(metavar="MODEL_REF", help="A model, such as cerebras:acme/gpt-oss-120b.")],
    as_json: AsJson = False,
) -> None:
    """List the versions of a model."""
    with usage():
        ref = model_of(model_ref)
    with Client(*settings_for([ref])) as client, unread_states(say_unread):
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
    with Client(*settings_for([parsed])) as client, unread_states(say_unread):
        version = client.get(parsed)
    if as_json:
        print_json(version.to_dict())
    else:
        print_rows(("", ""), list(zip(VERSION_HEADS, version_row(version), strict=True)))
