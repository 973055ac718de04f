"""The program `expunge`: its commands, and the way they end."""

import os
import signal
import sys
from collections.abc import Callable, Collection
from importlib import import_module
from types import FrameType
from typing import Annotated, NoReturn

import typer

from .. import __version__
from .._system.ending_signals import ending_signals
from .exit_codes import ended, fail, require_streams, say_from_signal, silence_memory_errors
from .program import framework


class Command:
    """One command: the *module* and the *function* that do it, its docstring's first line, and examples of its use."""

    def __init__(
        self,
        module: str,
        function: str,
        summary: str,
        *examples: str,
        form: type[framework.Command] = framework.Command,
    ) -> None:
        self._module = module
        self._function = function
        self.summary = summary
        self.form = form
        self._examples = examples

    def load(self) -> Callable[..., None]:
        """Import the function."""
        function: Callable[..., None] = getattr(import_module(f".{self._module}", __package__), self._function)
        return function

    def stand_in(self) -> Callable[[], None]:
        """Return a function with only the summary, for the list of commands."""

        def unused() -> None:
            raise NotImplementedError

        unused.__doc__ = self.summary
        return unused

    @property
    def epilog(self) -> str:
        """The examples, at the end of the command's help."""
        # \b keeps the lines as they are: a folded command cannot be copied.
        head = "Example:" if len(self._examples) == 1 else "Examples:"
        return "\b\n" + "\n".join([head, *(f"  {line}" for line in self._examples)])


COMMANDS = {
    "delete": Command(
        "delete",
        "delete",
        "Delete model versions, and show the outcome of each.",
        "expunge delete cerebras:acme/gpt-oss-120b@3",
        "expunge delete --from-file old.txt --yes --json",
        "expunge delete baseten:mod3x7q --allow-model",
    ),
    "apply": Command(
        "apply",
        "apply",
        "Create or update a TrueFoundry model version, and print its fully qualified name.",
        "expunge apply churn-7.yaml",
    ),
    "list": Command(
        "list_and_show",
        "list_versions",
        "List the versions of a model, or of all models that a glob fits.",
        "expunge list truefoundry:fraud-repo/churn",
        "expunge list 'truefoundry:fraud-repo/*'",
    ),
    "models": Command(
        "list_and_show",
        "models",
        "List the models that the credential can see.",
        "expunge models truefoundry:fraud-repo",
        "expunge models cerebras:acme",
    ),
    "show": Command(
        "list_and_show",
        "show",
        "Show one version. An alias is resolved to its number.",
        "expunge show cerebras:acme/gpt-oss-120b@production",
    ),
    "plan": Command(
        "plans.plan",
        "plan",
        "Select the versions to delete, and write them to a plan. Sends only GET requests.",
        "expunge plan baseten:mod3x7q --keep-last 3 --older-than 30d -o plan.json",
        "expunge plan 'truefoundry:fraud-repo/*' --keep-last 3 -o plan.json",
    ),
    "execute": Command(
        "plans.execute",
        "execute",
        "Delete the versions that a plan selected, skipping any version that has changed.",
        "expunge execute plan.json",
    ),
    "prune": Command(
        "plans.prune",
        "prune",
        "Select versions, show them, ask, and delete them: plan and execute in one command.",
        "expunge prune cerebras:acme/gpt-oss-120b --keep-last 3",
    ),
    "resume": Command(
        "resume",
        "resume",
        "Finish a run that was interrupted: read the versions that were under way, and delete what is left.",
        "expunge resume clean-up.journal",
    ),
    "report": Command(
        "report",
        "report",
        "Show what a plan would delete, or what became of the run in a journal. Nothing is sent.",
        "expunge report plan.json",
        "expunge report plan.json --html plan.html",
        "expunge report plan.json --markdown",
        "expunge report clean-up.journal --csv",
    ),
    "diff": Command(
        "plans.diff",
        "diff",
        "Show the versions that would newly go, would no longer go, are gone, or have another reason. Nothing is sent.",
        "expunge diff old.json new.json",
    ),
    "policy": Command(
        "plans.policy",
        "policy",
        "Check a policy, or explain what it says about one version. Deletes nothing.",
        "expunge policy check policy.yaml",
        "expunge policy explain policy.yaml baseten:mod3x7q@dep1aaa",
    ),
    "sandbox": Command(
        "sandbox",
        "sandbox",
        "Serve a stand-in for all four providers on 127.0.0.1, until Ctrl-C.",
        "expunge sandbox --port 0",
        "expunge sandbox --fleet 300x100",
        "expunge sandbox -- expunge models",
        form=framework.Runner,
    ),
    "doctor": Command(
        "doctor.command",
        "doctor",
        "Check each configured provider with one GET: host, TLS, credential, clock and proxy.",
        "expunge doctor",
        "expunge doctor cerebras:acme",
        "expunge doctor --record recordings",
    ),
    "providers": Command(
        "providers",
        "providers",
        "Show the abilities, the host and missing settings of each provider.",
        "expunge providers",
    ),
    "help": Command(
        "program.topics",
        "explain",
        "Explain references, the environment or exit codes, or show a command's help.",
        "expunge help references",
        "expunge help environment",
        "expunge help exit-codes",
    ),
}


TOPICS = ("references", "environment", "exit-codes")
"""Subjects of `expunge help`, beside the commands."""


def application(arguments: Collection[str]) -> typer.Typer:
    """Return the program. Of its commands, only those that *arguments* name are imported: each takes time to import."""
    app = typer.Typer(
        name="expunge",
        help="Delete model versions on TrueFoundry, Cerebras, Baseten and Replicate, and know the outcome of each.\n\n"
        "A deletion cannot be undone on any of them.",
        epilog="\b\n" + "\n".join(["More help:", *(f"  expunge help {topic}" for topic in TOPICS)]),
        cls=framework.Group,
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        # A traceback with locals would show the credential.
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name, command in COMMANDS.items():
        app.command(name, cls=command.form, epilog=command.epilog)(
            command.load() if name in arguments else command.stand_in()
        )
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"expunge {__version__}\n")
        raise typer.Exit


def _print_completion(shell: str | None) -> None:
    if shell is not None:
        from .program.completion import SCRIPTS  # noqa: PLC0415 - only a shell that begins needs it

        if shell not in SCRIPTS:
            raise fail(f"there is no completion for {shell!r}; name bash, zsh or fish.")
        sys.stdout.write(SCRIPTS[shell])
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
    _shell: Annotated[
        str | None,
        typer.Option(
            "--show-completion",
            metavar="SHELL",
            help="Print the completion for bash, zsh or fish and exit.",
            callback=_print_completion,
            is_eager=True,
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="Use the hosts and credentials of this profile only."),
    ] = None,
) -> None:
    if profile is not None:
        if not profile:  # an empty variable counts as unset, and this is no choice of the environment
            raise fail("--profile needs a name; nothing was sent.")
        os.environ["EXPUNGE_PROFILE"] = profile


def _interrupted(number: int, _frame: FrameType | None) -> NoReturn:
    # The framework would turn a KeyboardInterrupt into exit code 1.
    say_from_signal("\ninterrupted")
    raise SystemExit(128 + number)


def run() -> NoReturn:
    """Run the program; it ends only here."""
    silence_memory_errors()
    with ended():
        require_streams()
        if shell := os.environ.get("_EXPUNGE_COMPLETE"):
            from .program.completion import answer  # noqa: PLC0415 - as above

            answer(shell, os.environ)
        app = application(sys.argv[1:])
        for number in ending_signals():  # only now: an exception could strike the import of a command
            signal.signal(number, _interrupted)
        app(prog_name="expunge")
    sys.exit(0)  # pragma: no cover - typer has ended the program before
