"""`expunge sandbox`: the embedded stand-in for all four providers, until Ctrl-C or around a command."""

import os
from pathlib import Path
from typing import Annotated

import typer

from .exit_codes import fail, say
from .program.framework import COMMAND_AFTER


def sandbox(
    context: typer.Context,
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65_532, help="The first of four ports; 0 selects free ones."),
    ] = 0,
    env_file: Annotated[
        Path | None,
        typer.Option("--env-file", metavar="FILE", help="Also write NAME=value for every variable to this file."),
    ] = None,
    fleet: Annotated[
        str | None,
        typer.Option(
            "--fleet",
            metavar="MODELSxVERSIONS",
            help="Begin with so many models of so many versions, such as 300x100, in place of the examples.",
        ),
    ] = None,
) -> None:
    """Serve a stand-in for all four providers on 127.0.0.1, until Ctrl-C.

    Prints NAME=value for every variable to set, then a line "ready". A deleted version stays deleted.

    With -- COMMAND…, it prints nothing. It runs COMMAND with every variable set, and ends with its exit code. With --
    at the end, it runs your shell.

    A fleet is the same on every start. Its models belong to the four providers by turns. Versions are up to three years
    old; some have an alias, and some are live. Its ML repos are fraud-repo, credit-repo and pricing-repo; its
    organisation on Cerebras and its account on Replicate are acme.
    """
    try:
        # starlette and uvicorn are an extra, and may not be there
        from ..sandbox import server  # noqa: PLC0415
        from ..sandbox.fleet import Size  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"starlette", "uvicorn"}:
            raise
        raise fail(f"the sandbox needs {error.name}. Install it with: pip install 'expunge[sandbox]'") from None
    try:
        size = None if fleet is None else Size.parse(fleet)
    except ValueError as error:
        raise fail(f"--fleet: {error}.") from None
    command: list[str] | None = context.meta.get(COMMAND_AFTER)
    if command == []:
        command = [os.environ.get("SHELL") or "/bin/sh"]
        say("This shell has every variable set to a stand-in, which ends with the shell. Try: expunge models")
    try:
        if command is None:
            server.run(port, size, env_file=env_file)
        else:
            raise typer.Exit(server.run_with(command, port, size, env_file=env_file))
    except server.Unstartable as error:
        raise fail(f"{command[0] if command else ''} cannot be run: {error}.", error.exit_code) from None
    except FileExistsError as error:
        raise fail(f"--env-file {env_file}: {error.strerror}.") from None
    except OSError as error:
        if error.filename is not None:
            raise fail(f"--env-file {env_file} cannot be written: {error.strerror}.") from None
        raise fail(f"the sandbox cannot listen on port {port}: {error.strerror}", 1) from None
