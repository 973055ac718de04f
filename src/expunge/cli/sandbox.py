"""`expunge sandbox`: the embedded stand-in for all four providers."""

from typing import Annotated

import typer

from .exit_codes import fail


def sandbox(
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65_532, help="The first of four ports; 0 selects free ones."),
    ] = 0,
) -> None:
    """Serve a stand-in for all four providers on 127.0.0.1, until Ctrl-C.

    Prints NAME=value for every variable to set, then a line "ready". A deleted version stays deleted.
    """
    try:
        from ..sandbox.server import run  # noqa: PLC0415 - starlette and uvicorn are an extra, and may not be there
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"starlette", "uvicorn"}:
            raise
        raise fail(f"the sandbox needs {error.name}. Install it with: pip install 'expunge[sandbox]'") from None
    try:
        run(port)
    except OSError as error:
        raise fail(f"the sandbox cannot listen on port {port}: {error.strerror}", 1) from None
