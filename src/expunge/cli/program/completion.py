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
from itertools import islice, pairwise
from types import FrameType
from typing import Any, NoReturn

from attrs import frozen
from typer.main import get_command

from ..._client import Client
from ...errors import ExpungeError
from ...providers import PROVIDERS
from ..app import COMMANDS, TOPICS, application
from ..profiles.active import environ, known_profiles

_PROFILE = "--profile"
ONLINE = "EXPUNGE_COMPLETE_ONLINE"
_MOST = 200
SECONDS = 3.0
"""Seconds that reading models and versions may take."""

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
    set -l found (expunge 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command expunge --no-files --arguments "(__expunge_complete)"
""",
}


@frozen
class Candidate:
    """A word that may come next, and its meaning."""

    word: str
    meaning: str = ""


@frozen
class _Reading:
    """Whether providers may be asked, and the profile in the line, if it names one."""

    is_online: bool
    profile: str | None


def answer(instruction: str, environ: Mapping[str, str]) -> NoReturn:
    """Print the candidates that a script of ours asks for, one a line, and end."""
    action, _, shell = instruction.partition("_")
    if shell not in SCRIPTS or action not in {"source", "complete"}:
        sys.exit(2)
    if action == "source":
        sys.stdout.write(SCRIPTS[shell])
        sys.exit(0)
    line = environ.get("_EXPUNGE_LINE", "")
    words, is_quoted = _split(line)
    last = "" if not line or line[-1].isspace() else words.pop()
    # Within quotes, bash replaces the complete word.
    breaks = environ.get("_EXPUNGE_BREAKS", "") if shell == "bash" and not is_quoted else ""
    begun = max((_after(letter, last) for letter in breaks if not letter.isspace()), default=0)
    for candidate in candidates(words[1:], last, is_online=environ.get(ONLINE) == "1"):
        meaning = f"\t{candidate.meaning}" if candidate.meaning and shell != "bash" else ""
        sys.stdout.write(f"{candidate.word[begun:]}{meaning}\n")
    sys.exit(0)


def _after(word_break: str, last: str) -> int:
    """Return where the letters begin that bash replaces; to bash, `@` ends a word and begins the next one."""
    at = last.rfind(word_break)
    return at if word_break == "@" and at > 0 else at + 1


def _split(line: str) -> tuple[list[str], bool]:
    """Split *line* as a shell does, and return whether a quote is still open; it ends at the end."""
    for end in ("", "'", '"'):
        with suppress(ValueError):
            return shlex.split(line + end), end != ""
    return line.split(), False


def candidates(words: list[str], last: str, *, is_online: bool = False) -> list[Candidate]:
    """Return what *last* may become after *words*, which follow the program's name; none leaves files to the shell."""
    program: Any = get_command(application(words))  # the framework has two kinds of these classes
    takes_value = _with_values(program)
    given, words = words, _from_the_command(words, takes_value)
    options = given[: len(given) - len(words)]
    if not words and options and options[-1] in takes_value:
        return _profiles(last) if options[-1] == _PROFILE else []
    name = words[0] if words else None
    if name is not None and name not in program.commands:
        return []
    found = (
        _of_program(program)
        if name is None
        else _of_command(program.commands[name], words, last, _Reading(is_online, _profile_in(options)))
    )
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


def _with_values(command: Any) -> set[str]:  # noqa: ANN401 - as above
    """Return the options of *command* that a value follows."""
    return {
        text
        for parameter in command.params
        for text in parameter.opts
        if text.startswith("-") and not getattr(parameter, "is_flag", False)
    }


def _from_the_command(words: list[str], takes_value: set[str]) -> list[str]:
    """Return *words* from the command's name on, without the options before it; those have no command yet."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        del rest[: 2 if rest[0] in takes_value else 1]
    return rest


def _profile_in(options: list[str]) -> str | None:
    """Return the name of the profile in the *options* before the command; the last one counts."""
    found = None
    for option, value in pairwise([*options, ""]):
        if option == _PROFILE:
            found = value
        elif option.startswith(f"{_PROFILE}="):
            found = option.removeprefix(f"{_PROFILE}=")
    return found


def _profiles(last: str) -> list[Candidate]:
    """Return the profiles whose names begin with *last*."""
    try:
        return [Candidate(name) for name in sorted(known_profiles()) if name.startswith(last)]
    except (ExpungeError, OSError):
        return []


def _of_command(command: Any, words: list[str], last: str, reading: _Reading) -> Iterable[Candidate]:  # noqa: ANN401 - as above
    takes_value = _with_values(command)
    if words[-1] in takes_value or "--" in words:
        return ()
    if last.startswith("-"):
        return _options_of(command)
    arguments = [parameter for parameter in command.params if not parameter.opts[0].startswith("-")]
    given = 0
    after = iter(words[1:])
    for word in after:
        if word in takes_value:
            next(after, None)
        elif not word.startswith("-"):
            given += 1
    if not arguments or (given >= len(arguments) and arguments[-1].nargs != -1):
        return ()
    return _values(command.name, arguments[min(given, len(arguments) - 1)], last, reading)


def _values(name: str, argument: Any, last: str, reading: _Reading) -> Iterable[Candidate]:  # noqa: ANN401 - as above
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
    return _read(last, reading.profile, names_versions=metavar == "REF") if reading.is_online else ()


def _read(last: str, profile: str | None, *, names_versions: bool) -> list[Candidate]:
    """Return the references that begin with *last*, as far as the providers list them in time."""
    found: list[Candidate] = []
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with Client.from_env(environ(profile)) as client:
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
