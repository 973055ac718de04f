"""The program `expunge`: its commands, and the way they end."""

import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from .. import __version__
from .apply import apply
from .delete import delete
from .execute import execute
from .exit_codes import ended, require_streams, say_from_signal
from .list_and_show import list_versions, show
from .plan import plan
from .providers import providers
from .prune import prune
from .report import report
from .sandbox import sandbox

app = typer.Typer(
    name="expunge",
    help="Delete model versions on TrueFoundry, Cerebras, Baseten and Replicate, and know the outcome of each.\n\n"
    "A deletion cannot be undone on any of them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # A traceback with locals would show the credential.
    pretty_exceptions_enable=False,
)


def _example(*lines: str) -> str:
    # \b keeps the lines as they are: a folded command cannot be copied.
    return "\b\n" + "\n".join(["Example:" if len(lines) == 1 else "Examples:", *(f"  {line}" for line in lines)])


app.command(
    "delete",
    epilog=_example(
        "expunge delete cerebras:acme/gpt-oss-120b@3",
        "expunge delete --from-file old.txt --yes --json",
        "expunge delete baseten:mod3x7q --allow-model",
    ),
)(delete)
app.command("apply", epilog=_example("expunge apply churn-7.yaml"))(apply)
app.command("list", epilog=_example("expunge list truefoundry:fraud-repo/churn"))(list_versions)
app.command("show", epilog=_example("expunge show cerebras:acme/gpt-oss-120b@production"))(show)
app.command("plan", epilog=_example("expunge plan baseten:mod3x7q --keep-last 3 --older-than 30d -o plan.json"))(plan)
app.command("execute", epilog=_example("expunge execute plan.json"))(execute)
app.command("prune", epilog=_example("expunge prune cerebras:acme/gpt-oss-120b --keep-last 3"))(prune)
app.command("report", epilog=_example("expunge report plan.json", "expunge report plan.json --html plan.html"))(report)
app.command("sandbox", epilog=_example("expunge sandbox --port 0"))(sandbox)
app.command("providers", epilog=_example("expunge providers"))(providers)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"expunge {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def _interrupted(number: int, _frame: FrameType | None) -> NoReturn:
    # The framework would turn a KeyboardInterrupt into exit code 1.
    say_from_signal("\ninterrupted")
    raise SystemExit(128 + number)


def run() -> NoReturn:
    """Run the program; it ends only here."""
    signal.signal(signal.SIGINT, _interrupted)
    require_streams()
    with ended():
        app()
    sys.exit(0)  # pragma: no cover - typer has ended the program before
