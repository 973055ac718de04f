"""The options by which `plan` and `prune` choose."""

from typing import Annotated

import typer

ModelRefs = Annotated[list[str], typer.Argument(metavar="MODEL_REF…", help="Models, such as baseten:mod3x7q.")]
KeepLast = Annotated[
    int | None, typer.Option("--keep-last", metavar="N", help="Keep the newest N versions of each model.")
]
OlderThan = Annotated[
    str | None, typer.Option("--older-than", metavar="AGE", help="Choose what is older: 12h, 30d, 2w, 3mo or 1y.")
]
Match = Annotated[
    list[str] | None,
    typer.Option("--match", metavar="GLOB", help="Choose versions whose number, id or alias fits; may be repeated."),
]
Protect = Annotated[
    list[str] | None,
    typer.Option("--protect", metavar="GLOB", help="Keep versions whose number, id or alias fits; may be repeated."),
]
IncludeAliased = Annotated[bool, typer.Option("--include-aliased", help="Let versions go that have an alias.")]
MaxPercent = Annotated[
    float | None,
    typer.Option("--max-percent", metavar="P", help="Percent of a model that may go (50; with --keep-last, any)."),
]
