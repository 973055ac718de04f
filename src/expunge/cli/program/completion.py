"""Completion for bash, zsh and fish: a small script for each, and the answer to what it asks.

The framework's own completion breaks references in bash, which takes `:` and `@` for ends of words.

A script runs `expunge` with `_EXPUNGE_COMPLETE=complete_bash` and the line so far in `_EXPUNGE_LINE`. Nothing is sent
unless `EXPUNGE_COMPLETE_ONLINE` is 1; then models and versions are read from the configured providers.
"""

import shlex
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from types import FrameType
from typing import Any, NoReturn

from attrs import frozen
from typer.main import get_command

from ..._client import Client
from ...errors import ExpungeError
from ...providers import PROVIDERS
from ..app import COMMANDS, TOPICS, application

ONLINE = "EXPUNGE_COMPLETE_ONLINE"
_MOST = 200
_SECONDS = 3.0

SCRIPTS = {
    "bash": r"""_expunge_complete() {
    local row
    COMPREPLY=()
    while IFS= read -r row; do
        COMPREPLY+=("$row")
    done < <(_EXPUNGE_COMPLETE=complete_bash _EXPUNGE_LINE="${COMP_LINE:0:COMP_POINT}" \
        _EXPUNGE_BREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *[:@/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -F _expunge_complete expunge
""",
    "zsh": r"""#compdef expunge
_expunge() {
    local row
    local -a whole begun
    while IFS= read -r row; do
        row="${row%%$'\t'*}"
        if [[ "$row" == *[:@/] ]]; then begun+=("$row"); else whole+=("$row"); fi
    done < <(_EXPUNGE_COMPLETE=complete_zsh _EXPUNGE_LINE="${(j: :)words[1,CURRENT]}" "${words[1]}" 2>/dev/null)
    (( $#whole )) && compadd -a whole
    (( $#begun )) && compadd -S '' -a begun
    (( $#whole + $#begun )) || _files
}
if [[ "${funcstack[1]}" == "_expunge" ]]; then _expunge "$@"; else compdef _expunge expunge; fi
""",
    "fish": r"""function __expunge_complete
    set -lx _EXPUNGE_COMPLETE complete_fish
    set -lx _EXPUNGE_LINE (commandline -cp)
    expunge 2>/dev/null
end
complete --command expunge --arguments "(__expunge_complete)"
""",
}


@frozen
class Candidate:
    """A word that may come next, and its meaning."""

    word: str
    meaning: str = ""


def answer(instruction: str, environ: Mapping[str, str]) -> NoReturn:
    """Print the candidates that a script of ours asks for, one a line, and end."""
    action, _, shell = instruction.partition("_")
    if shell not in SCRIPTS or action not in {"source", "complete"}:
        sys.exit(2)
    if action == "source":
        sys.stdout.write(SCRIPTS[shell])
        sys.exit(0)
    line = environ.get("_EXPUNGE_LINE", "")
    words = _split(line)
    last = "" if not line or line[-1].isspace() else words.pop()
    breaks = environ.get("_EXPUNGE_BREAKS", "") if shell == "bash" else ""
    # bash replaces only the letters after the last of its word breaks.
    begun = max((last.rfind(letter) + 1 for letter in breaks if not letter.isspace()), default=0)
    for candidate in candidates(words[1:], last, is_online=environ.get(ONLINE) == "1"):
        meaning = f"\t{candidate.meaning}" if candidate.meaning and shell != "bash" else ""
        sys.stdout.write(f"{candidate.word[begun:]}{meaning}\n")
    sys.exit(0)


def _split(line: str) -> list[str]:
    """Split *line* as a shell does; a quote that is still open ends at the end."""
    for end in ("", "'", '"'):
        with suppress(ValueError):
            return shlex.split(line + end)
    return line.split()


def candidates(words: list[str], last: str, *, is_online: bool = False) -> list[Candidate]:
    """Return what *last* may become after *words*, which follow the program's name; none leaves files to the shell."""
    program: Any = get_command(application(words))  # the framework has two kinds of these classes
    name = next((word for word in words if not word.startswith("-")), None)
    if name is not None and name not in program.commands:
        return []
    found = _of_program(program) if name is None else _of_command(program.commands[name], words, last, is_online)
    if not last.startswith("-"):
        found = (each for each in found if not each.word.startswith("-"))
    return sorted({each for each in found if each.word.startswith(last)}, key=lambda each: each.word)


def _of_program(program: Any) -> Iterator[Candidate]:  # noqa: ANN401 - as above
    yield from (Candidate(name, command.summary) for name, command in COMMANDS.items())
    yield from _options_of(program)


def _options_of(command: Any) -> Iterator[Candidate]:  # noqa: ANN401 - as above
    yield from (Candidate(text) for text in ("-h", "--help"))
    for parameter in command.params:
        for text in (*parameter.opts, *parameter.secondary_opts):
            if text.startswith("-"):
                yield Candidate(text, getattr(parameter, "help", "") or "")


def _of_command(command: Any, words: list[str], last: str, is_online: bool) -> Iterable[Candidate]:  # noqa: ANN401 - as above
    takes_value = {
        text
        for parameter in command.params
        for text in parameter.opts
        if text.startswith("-") and not getattr(parameter, "is_flag", False)
    }
    if words[-1] in takes_value or "--" in words:
        return ()
    if last.startswith("-"):
        return _options_of(command)
    arguments = [parameter for parameter in command.params if not parameter.opts[0].startswith("-")]
    given = 0
    after = iter(words[words.index(command.name) + 1 :])
    for word in after:
        if word in takes_value:
            next(after, None)
        elif not word.startswith("-"):
            given += 1
    if not arguments or (given >= len(arguments) and arguments[-1].nargs != -1):
        return ()
    return _values(command.name, arguments[min(given, len(arguments) - 1)], last, is_online)


def _values(name: str, argument: Any, last: str, is_online: bool) -> Iterable[Candidate]:  # noqa: ANN401 - as above
    """Return the values of the *argument* of the command *name*."""
    if name == "help":
        return [*map(Candidate, TOPICS), *(Candidate(each, command.summary) for each, command in COMMANDS.items())]
    if choices := getattr(argument.type, "choices", ()):
        return [Candidate(str(getattr(each, "value", each))) for each in choices]
    metavar = str(argument.metavar).strip("[]…")
    if metavar not in {"REF", "MODEL_REF", "PROVIDER[:SCOPE"}:
        return ()
    provider, colon, _ = last.partition(":")
    if not colon or provider not in PROVIDERS:
        end = "" if metavar.startswith("PROVIDER") else ":"
        return [Candidate(each + end) for each in PROVIDERS]
    return _read(last, names_versions=metavar == "REF") if is_online else ()


def _read(last: str, *, names_versions: bool) -> list[Candidate]:
    """Return the references that begin with *last*, as far as the providers list them in time."""
    found: list[Candidate] = []
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        with Client.from_env() as client:
            for ref in islice(_listed(client, last, names_versions=names_versions), _MOST):
                found.append(ref)  # noqa: PERF402 - what came in time counts
    except (ExpungeError, TimeoutError, OSError):
        pass  # a completion says nothing of errors: the command will
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return found


def _listed(client: Client, last: str, *, names_versions: bool) -> Iterator[Candidate]:
    model, at, _ = last.partition("@")
    if at:
        yield from (Candidate(version.ref, ", ".join(version.aliases)) for version in client.versions(model))
        return
    provider, _, rest = model.partition(":")
    scope, slash, _ = rest.partition("/")
    for each in client.models(f"{provider}:{scope}" if slash else provider):
        yield Candidate(each.ref + ("@" if names_versions else ""))


def _give_up(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError
