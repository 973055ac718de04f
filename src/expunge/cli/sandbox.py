"""`expunge sandbox`: the embedded stand-in for all four providers."""

from typing import Annotated

import typer

from .exit_codes import fail


def sandbox(
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65_532, help="The first of four ports; 0 selects free ones."),
    ] = 0,
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

    A fleet is the same on every start. Its models belong to the four providers by turns. Versions are up to three years
    old; some have an alias, and some are live. Its ML repos are fraud-repo, credit-repo and pricing-repo; its
    organisation on Cerebras and its account on Replicate are acme.
    """
    try:
        # starlette and uvicorn are an extra, and may not be there
        from ..sandbox.fleet import Size  # noqa: PLC0415
        from ..sandbox.server import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"starlette", "uvicorn"}:
            raise
        raise fail(f"the sandbox needs {error.name}. Install it with: pip install 'expunge[sandbox]'") from None
    try:
        size = None if fleet is None else Size.parse(fleet)
    except ValueError as error:
        raise fail(f"--fleet: {error}.") from None
    try:
        run(port, size)
    except OSError as error:
        raise fail(f"the sandbox cannot listen on port {port}: {error.strerror}", 1) from None
