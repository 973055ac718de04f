"""`expunge providers`: the abilities and the configuration of each provider."""

from attrs import asdict

from ..config import ProviderSettings
from ..errors import ConfigurationError
from ..providers import PROVIDERS
from .options import AsJson
from .profiles.active import settings_from
from .rendering import print_json, print_rows


def providers(as_json: AsJson = False) -> None:
    """Show the abilities, the host and missing settings of each provider.

    Nothing is sent.
    """
    rows: list[tuple[str, str, str]] = []
    for name, adapter in PROVIDERS.items():
        settings: ProviderSettings | None = None
        problem = ""
        try:
            settings = settings_from(adapter)
        except ConfigurationError as error:
            problem = str(error)
        can = asdict(adapter.capabilities)
        if as_json:
            print_json(
                {
                    "provider": name,
                    "configured": settings is not None,
                    "host": settings.origin if settings else None,
                    "problem": problem or None,
                    "variables": list(adapter.settings.variables),
                    "capabilities": can,
                }
            )
        else:
            words = ", ".join(key.replace("_", " ") for key, value in can.items() if value)
            rows.append((name, settings.origin if settings else f"not configured: {problem}", words))
    if rows:
        print_rows(("provider", "host", "can"), rows)
