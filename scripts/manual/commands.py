"""The reference of the commands, from the help of the program itself."""

import inspect
from collections.abc import Iterator
from html import escape

import typer
from typer.core import TyperGroup
from typer.main import get_group

from expunge.cli.app import COMMANDS, application

_HEAD = """\
# Every command and option

The program itself wrote this page: it is the text of `expunge COMMAND --help`. [The command line](../command-line.md)
explains the commands in their context.
"""


def page_of_commands() -> str:
    """Return the page as Markdown."""
    program = get_group(application(COMMANDS))
    return "\n".join([_HEAD, *(part for name in program.commands for part in _command(program, name))])


def _command(program: TyperGroup, name: str) -> Iterator[str]:
    command = program.commands[name]
    with typer.Context(program, info_name="expunge") as parent, typer.Context(command, parent, name) as context:
        yield f"## expunge {name}\n"
        yield f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n"
        yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
        yield "| argument or option | meaning |\n|---|---|"
        for names, meaning in filter(None, (each.get_help_record(context) for each in command.get_params(context))):
            yield f"| <code>{_cell(names)}</code> | {_cell(meaning)} |"
        yield ""
    if command.epilog:
        head, _, examples = command.epilog.removeprefix("\b\n").partition("\n")
        yield f"{head}\n\n```sh\n{inspect.cleandoc(examples)}\n```\n"


def _cell(text: str) -> str:
    return escape(" ".join(text.split()), quote=False).replace("|", "&#124;")
