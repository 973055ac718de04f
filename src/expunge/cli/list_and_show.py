"""`expunge models`, `expunge list` and `expunge show`: read without changing anything."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from .._client import Client
from .._text import one_line
from ..config import ProviderSettings
from ..errors import ConfigurationError
from ..providers import PROVIDERS
from ..providers._patterns import pattern_of, version_of
from ..refs import Reference
from ..types import Model, Version
from .exit_codes import say, usage
from .options import AsJson
from .profiles.active import environ, settings_from
from .rendering import MODEL_HEADS, NO_VERSIONS, print_json, print_rows, print_version, print_versions
from .run.unread_states import say_unread, unlisted_models, unread_states


def settings_for(refs: Iterable[Reference]) -> list[ProviderSettings]:
    """Read and check the settings of every provider that *refs* name, before anything is sent."""
    return settings_of(dict.fromkeys(ref.provider for ref in refs))


def settings_of(names: Iterable[str]) -> list[ProviderSettings]:
    """Read and check the settings of the providers with these *names*."""
    from .._http.routes import require_usable  # noqa: PLC0415 - help needs no HTTP

    found: list[ProviderSettings] = []
    problems: list[str] = []
    for name in names:
        try:
            found.append(settings_from(PROVIDERS[name]))
        except ConfigurationError as error:
            problems.append(str(error))
    if problems:  # all at once, so that a person sets all variables at once
        raise ConfigurationError(" ".join(problems))
    for settings in found:
        require_usable(settings.origin)
    return found


def list_versions(
    model_ref: Annotated[str, typer.Argument(metavar="MODEL_REF", help="A model, or a glob such as 'baseten:*'.")],
    as_json: AsJson = False,
) -> None:
    """List the versions of a model, or of all models that a glob fits."""
    with usage():
        pattern = pattern_of(model_ref)
    with Client(*settings_of([pattern.provider])) as client, unread_states(say_unread):
        count = 0

        def counted() -> Iterator[Version]:
            nonlocal count
            for version in client.versions(model_ref):
                count += 1
                yield version

        if as_json:
            for version in counted():
                print_json(version.to_dict())
        else:
            print_versions(counted())
    if not count:
        say(NO_VERSIONS.format(one_line(model_ref)))


def models(
    scope: Annotated[
        str | None,
        typer.Argument(
            metavar="PROVIDER[:SCOPE]",
            help="A provider, an ML repo such as truefoundry:fraud-repo, or an organisation such as cerebras:acme.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the models that the credential can see.

    Without an argument, it reads all configured providers that list models without a further name. Cerebras needs an
    organisation. Replicate documents no list of an account's private models.
    """
    count = 0

    def rows(found: Iterable[Model]) -> Iterator[tuple[str, str]]:
        nonlocal count
        for model in found:
            count += 1
            yield model.ref, "-" if model.versions is None else str(model.versions)

    with Client.from_env(environ()) as client:
        with usage(), unlisted_models():
            found = client.models(scope)
        if as_json:
            for model in found:
                count += 1
                print_json(model.to_dict())
        else:
            print_rows(MODEL_HEADS, rows(found))
    if not count:
        say("No model was found.")


def show(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A version, such as baseten:mod3x7q@dep1aaa.")],
    as_json: AsJson = False,
) -> None:
    """Show one version. An alias is resolved to its number."""
    with usage():
        parsed = version_of(ref)
    with Client(*settings_for([parsed])) as client, unread_states(say_unread):
        version = client.get(parsed)
    if as_json:
        print_json(version.to_dict())
    else:
        print_version(version)
