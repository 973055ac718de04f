"""`expunge help`: the grammar of references, the environment and the exit codes; or the help of a command."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ...providers import PROVIDERS
from ..app import COMMANDS, TOPICS
from ..exit_codes import fail
from ..options import AsJson
from ..rendering import print_json, print_rows

_REFERENCES = (
    ("truefoundry:ML_REPO/NAME@VERSION", "truefoundry:fraud-repo/churn@7", "a number, or an alias that begins with v"),
    ("model:TENANT/ML_REPO/NAME:VERSION", "model:acme/fraud-repo/churn:7", "TrueFoundry's own name (FQN)"),
    ("cerebras:ORG/MODEL_ARCH@VERSION", "cerebras:acme/gpt-oss-120b@3", "a number, or an alias"),
    ("orgs/ORG/models/ARCH/versions/V", "orgs/acme/models/gpt-oss-120b/versions/3", "Cerebras's own name"),
    ("baseten:MODEL_ID@DEPLOYMENT_ID", "baseten:mod3x7q@dep1aaa", "an id; never production or development"),
    ("baseten:MODEL_ID", "baseten:mod3x7q", "the complete model; delete needs --allow-model"),
    ("replicate:OWNER/NAME@VERSION_ID", "replicate:acme/classifier@5c7d…", "64 characters of 0-9 and a-f"),
    ("OWNER/NAME:VERSION_ID", "acme/classifier:5c7d…", "Replicate's own name"),
    ("PROVIDER:MODEL", "cerebras:acme/gpt-oss-120b", "a model, without @, for list, plan and prune"),
    ("PROVIDER:GLOB", "'truefoundry:fraud-repo/*'", "models by * ? [abc] [!abc], for list, plan and prune"),
)

_VARIABLES = (
    ("EXPUNGE_PROFILE", "the profile to use, as --profile names it", ""),
    ("EXPUNGE_COMPLETE_ONLINE", "1 lets the shell's completion ask providers for models and versions", ""),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "the proxy, and hosts that need none", ""),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "certificate authorities in place of the usual ones", ""),
    ("NO_COLOR", "any value: no colours", ""),
    ("XDG_CONFIG_HOME", "the folder above that of the file of profiles, on Linux", ""),
    ("XDG_STATE_HOME", "the folder of journals that no --journal names", ""),
)

_EXIT_CODES = (
    ("0", "all deleted, planned, accepted (without --wait), or absent with --missing-ok"),
    ("1", "any refused, failed or absent; a model that is not there"),
    ("2", "wrong use or settings: nothing was sent"),
    ("3", "any unknown: it may be gone; this wins over 1"),
    ("130", "Ctrl-C (SIGTERM 143, SIGHUP 129, SIGQUIT 131); deletions under way are settled first"),
)


def explain(
    context: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(metavar="[TOPIC]", help="references, environment, exit-codes, or a command."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain references, the environment or exit codes, or show a command's help."""
    if topic is None:
        _print(("topic",), [(name,) for name in (*TOPICS, *COMMANDS)], as_json=as_json)
    elif topic == "references":
        _print(("form", "example", "meaning"), _REFERENCES, as_json=as_json)
    elif topic == "environment":
        _print(("variable", "meaning", "default"), [*_settings(), *_VARIABLES], as_json=as_json)
    elif topic == "exit-codes":
        _print(("code", "condition"), _EXIT_CODES, as_json=as_json)
    elif topic in COMMANDS:
        program: Any = context.find_root().command  # the framework has two kinds of these classes
        typer.echo(program.commands[topic].get_help(type(context)(program.commands[topic], context.parent, topic)))
    else:
        raise fail(f"there is no help on {topic!r}. {_near(topic)}")


def _settings() -> list[tuple[str, str, str]]:
    """Return the variables of each provider."""
    rows: list[tuple[str, str, str]] = []
    for name, adapter in PROVIDERS.items():
        credential, base = adapter.settings.variables
        rows.append((base, f"{name}: scheme and host", adapter.settings.default_base or "required"))
        rows.append((credential, f"{name}: the credential", "required"))
    return rows


def _print(heads: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json(dict(zip(heads, row, strict=True)))
    else:
        print_rows(heads, rows)


def _near(topic: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for an error

    near = get_close_matches(topic, [*TOPICS, *COMMANDS], n=1)
    return f"Did you mean expunge help {near[0]}?" if near else f"Name one of {', '.join((*TOPICS, *COMMANDS))}."
