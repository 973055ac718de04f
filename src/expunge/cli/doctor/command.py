"""`expunge doctor`: check each configured provider."""

from pathlib import Path
from typing import Annotated

import typer

from ...providers import PROVIDERS
from ...providers._models import ModelScope
from ..exit_codes import fail, say, usage
from ..options import AsJson
from ..profiles.active import with_profile
from ..rendering import print_json, print_rows, reading
from .checkup import Checkup, check, is_configured
from .recording import require_new, write_recording

_HEADS = ("provider", "host", "TLS", "credential", "clock", "proxy", "problem")


def doctor(
    scopes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROVIDER[:SCOPE]]…",
            help="Check only these. A scope is an ML repo, or an organisation such as cerebras:acme.",
        ),
    ] = None,
    as_json: AsJson = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="DIR", help="Write each exchange to a file in DIR, without what is private."),
    ] = None,
) -> None:
    """Check each configured provider with one GET: host, TLS, credential, clock and proxy.

    The credential is never shown. Cerebras needs an organisation, such as cerebras:acme, to accept a credential for
    certain. Exit code 1 means that a provider has a problem, and 2 that none is configured.
    """
    named = dict(map(_scope_of, scopes or []))
    wanted = named or {name: None for name in PROVIDERS if is_configured(PROVIDERS[name])}
    if not wanted:
        raise fail(f"no provider is configured{with_profile()}. List the variables with: expunge providers")
    if record is not None:
        require_new(record)
    checkups: list[Checkup] = []
    for name, scope in wanted.items():
        with reading(name):
            checkups.append(
                check(
                    PROVIDERS[name],
                    scope,
                    None
                    if record is None
                    else lambda exchanged: say(f"recorded: {write_recording(record, exchanged)}"),
                )
            )
        if as_json:
            print_json(checkups[-1].to_dict())
    if not as_json:
        print_rows(_HEADS, map(_row, checkups))
        if len(wanted) < len(PROVIDERS) and not named:
            say(f"Not configured{with_profile()}: {', '.join(name for name in PROVIDERS if name not in wanted)}.")
    if record is not None:
        say("Read the recordings before you send them: they show the form of an answer, and none of its texts.")
    if not any(each.configured for each in checkups):
        raise typer.Exit(2)
    raise typer.Exit(0 if all(each.is_well for each in checkups) else 1)


def _scope_of(text: str) -> tuple[str, str | None]:
    if text in PROVIDERS:
        return text, None
    with usage():
        scope = ModelScope.parse(text)
    return scope.provider, scope.name


def _row(found: Checkup) -> tuple[str, ...]:
    source = f" (from {found.credential_from})" if found.credential_from else ""
    return (
        found.provider,
        found.host or "-",
        found.tls or "-",
        f"{found.credential}{source}" if found.credential else "-",
        "-" if found.clock_difference is None else f"{found.clock_difference:+.1f} s",
        found.proxy or "no proxy",
        found.problem or "",
    )
