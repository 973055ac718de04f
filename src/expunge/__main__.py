"""The command line's way in: `expunge`, or `python -m expunge`."""

import sys


def main() -> None:
    """Run the command line, or say how to get what it needs."""
    try:
        from .cli.app import run  # noqa: PLC0415 - typer and rich are an extra, and may not be there
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"typer", "rich", "yaml"}:
            raise
        sys.stderr.write(f"expunge: the command line needs {error.name}. Install it with: pip install 'expunge[cli]'\n")
        sys.exit(2)
    run()


if __name__ == "__main__":
    main()
