"""Arguments and options of commands, each declared once, and the library's words for them."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

ModelRefs = Annotated[list[str], typer.Argument(metavar="MODEL_REF…", help="Models, such as baseten:mod3x7q.")]
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="A file that expunge plan has written.")]

OptionalModelRefs = Annotated[
    list[str] | None,
    typer.Argument(metavar="MODEL_REF…", help="Models, such as baseten:mod3x7q, or globs, such as 'baseten:*'."),
]
FromFile = Annotated[
    list[str] | None,
    typer.Option("--from-file", metavar="FILE|-", help="Read references, one per line; - is stdin. May be repeated."),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a merge request.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. Required without a terminal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only read, and show what would be deleted.")]
MaxAge = Annotated[str, typer.Option("--max-age", metavar="AGE", help="Refuse an older plan.")]
Concurrency = Annotated[
    int, typer.Option("--concurrency", metavar="N", min=1, max=128, help="Number under way at once on each provider.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Read back until each version is gone.")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="S", help="Seconds for each reference.")]
MissingOk = Annotated[bool, typer.Option("--missing-ok", help="Treat missing versions as deleted.")]
FailedTo = Annotated[
    Path | None,
    typer.Option("--failed-to", metavar="FILE", help="Write all references that are not done to this file."),
]
JournalFile = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help="Write the run down in this new file. Several references always have a journal, by default a state file.",
    ),
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Begin nothing more after the first failure.")]
MaxDelete = Annotated[
    int | None, typer.Option("--max-delete", metavar="N", min=0, help="Send nothing if there are more versions.")
]
MaxSelected = Annotated[
    int | None, typer.Option("--max-delete", metavar="N", help="Make no plan if more versions would be deleted (50).")
]
PolicyOption = Annotated[
    list[Path] | None,
    typer.Option("--policy", metavar="FILE", help="Take models, selectors and limits from the rules in this file."),
]
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy: rules for models, in YAML.")]

KeepLast = Annotated[
    int | None, typer.Option("--keep-last", metavar="N", help="Keep the newest N versions of each model.")
]
KeepDaily = Annotated[
    int | None, typer.Option("--keep-daily", metavar="N", help="Keep the newest of each of the last N days with any.")
]
KeepWeekly = Annotated[int | None, typer.Option("--keep-weekly", metavar="N", help="The same for ISO weeks.")]
KeepMonthly = Annotated[int | None, typer.Option("--keep-monthly", metavar="N", help="The same for months.")]
KeepYearly = Annotated[int | None, typer.Option("--keep-yearly", metavar="N", help="The same for years.")]
KeepWithin = Annotated[
    str | None, typer.Option("--keep-within", metavar="AGE", help="Keep versions that are not older, such as 30d.")
]
OlderThan = Annotated[
    str | None, typer.Option("--older-than", metavar="AGE", help="Select older versions: 12h, 30d, 2w, 3mo or 1y.")
]
Match = Annotated[
    list[str] | None,
    typer.Option("--match", metavar="GLOB", help="Select versions by number, id or alias. May be repeated."),
]
Protect = Annotated[
    list[str] | None,
    typer.Option("--protect", metavar="GLOB", help="Keep versions by number, id or alias. May be repeated."),
]
IncludeAliased = Annotated[bool, typer.Option("--include-aliased", help="Also select versions with an alias.")]
AssumeNotLive = Annotated[
    list[str] | None,
    typer.Option(
        "--assume-not-live",
        metavar="GLOB",
        help="In models whose reference matches, let versions go although their live state is not known.",
    ),
]
AtMost = Annotated[
    int | None, typer.Option("--at-most", metavar="N", help="Of all that may go, delete only the oldest N.")
]
MaxPercent = Annotated[
    float | None,
    typer.Option(
        "--max-percent",
        metavar="P",
        help="Largest share of a model to delete (50; unlimited with a rule that keeps a number of versions).",
    ),
]


def as_options(text: str, settings: Iterable[str]) -> str:
    """Return *text* with the library's *settings* as options: `max_delete=62` becomes `--max-delete 62`.

    A setting's name inside a reference, a path or quotes is somebody else's word, and stays.
    """
    for name in settings:
        text = re.sub(rf"(?<![\w'\"/:@.-]){name}(?![\w'\"/:@-])(?:=([\w.]+),?)?", _as_option(name), text)
    return text


def _as_option(name: str) -> Callable[[re.Match[str]], str]:
    option = f"--{name.replace('_', '-')}"
    return lambda found: option if found[1] is None else f"{option} {found[1]}"
