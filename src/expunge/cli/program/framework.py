"""Commands as the framework has them, with a guess at a mistyped option, and with words after --."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperCommand, TyperGroup

COMMAND_AFTER = "expunge.command_after"
"""The key in a context's `meta` with the words after `--`, for a command that runs another one."""


class Group(TyperGroup):
    """The program itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - the framework has two kinds of contexts
        """Read the options before the command's name."""
        with _guesses():
            return super().parse_args(ctx, args)


class Command(TyperCommand):
    """One command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        """Read the arguments and options."""
        with _guesses():
            return super().parse_args(ctx, args)


class Runner(Command):
    """A command that runs another command, which stands after `--`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - as above
        """Return the words of the line that shows how to use it."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND…]"]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        """Read the options before `--`, and keep the words after it."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[COMMAND_AFTER] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)


@contextmanager
def _guesses() -> Generator[None, None, None]:
    """Word the framework's guess at a mistyped option as a question."""
    try:
        yield
    except Exception as error:
        near: list[str] = getattr(error, "possibilities", None) or []
        if near:
            error.message = f"{error.message.rstrip('.')}. Did you mean {' or '.join(sorted(near))}?"  # type: ignore[attr-defined]
            error.possibilities = []  # type: ignore[attr-defined]
        raise
