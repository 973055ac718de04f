"""`expunge apply`: TrueFoundry's create-or-update."""

from pathlib import Path
from typing import Annotated

import typer

from .._client import Client
from .._text import one_line
from ..providers import PROVIDERS
from .exit_codes import fail, say
from .manifests import read_manifest
from .options import AsJson
from .profiles.active import settings_from
from .rendering import print_json


def apply(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="The manifest: a .json or .yaml file.")],
    as_json: AsJson = False,
) -> None:
    """Create or update a TrueFoundry model version, and print its fully qualified name.

    The manifest is sent unchanged, without added defaults.
    """
    if manifest.suffix not in {".json", ".yaml", ".yml"}:
        raise fail(f"{manifest} is not a .json or .yaml file; nothing was sent.")
    wanted = read_manifest(manifest)
    adapter = next(adapter for adapter in PROVIDERS.values() if adapter.capabilities.manifests)
    with Client(settings_from(adapter)) as client:
        try:
            version = client.apply(wanted)
        except SystemExit as interruption:
            for note in getattr(interruption, "__notes__", ()):
                say(one_line(note, 2_000))
            raise
    if as_json:
        print_json(version.to_dict())
    else:
        typer.echo(one_line(getattr(version.raw, "fqn", version.ref), 2_000))
