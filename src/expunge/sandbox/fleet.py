"""A fleet: many models with many versions, the same ones on every start, for plans over all of them.

Ages are counted from the day of the start, so that a rule such as 90 days selects the same versions on any day.
"""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from .baseten import Baseten
from .cerebras import Cerebras
from .replicate import Replicate, version_id
from .truefoundry import TrueFoundry

REPOS = ("fraud-repo", "credit-repo", "pricing-repo")
"""The ML repos that TrueFoundry's models are in, by turns."""

OWNER = "acme"
"""The organisation on Cerebras, and the account on Replicate."""

MOST_VERSIONS = 1_000_000
"""Versions of a fleet; each is held in memory."""

_OLDEST = timedelta(days=3 * 365)
_LIVE_EVERY = 3  # one model in three has a version in use
_ENDPOINT_EVERY = 10  # each endpoint is read by itself
_PAGE = 100


class Size(NamedTuple):
    """The number of models, of all four providers together, and of versions of each."""

    models: int
    versions: int

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Read `MODELSxVERSIONS`, such as `300x100`.

        Raises:
            ValueError: It is something else, or too large.
        """
        found = re.fullmatch(r"([1-9][0-9]{0,6})x([1-9][0-9]{0,6})", text)
        if not found:
            raise ValueError(f"{text!r} is not a size; write MODELSxVERSIONS, such as 300x100")
        size = cls(int(found[1]), int(found[2]))
        if size.models * size.versions > MOST_VERSIONS:
            raise ValueError(f"{text} is {size.models * size.versions:,} versions; the limit is {MOST_VERSIONS:,}")
        return size


class Fleet:
    """Puts a fleet into empty stand-ins: every fourth model is of the same provider.

    The newest version of each model has the highest number. Ages grow with the square of the place, up to three years,
    so that a model has versions of the last days and of every month.
    """

    def __init__(self, size: Size, now: datetime) -> None:
        self._size = size
        self._today = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def fill(self, truefoundry: TrueFoundry, cerebras: Cerebras, baseten: Baseten, replicate: Replicate) -> None:
        """Put the models in."""
        replicate.page_size = _PAGE
        for index in range(self._size.models):
            number, provider = index // 4 + 1, index % 4
            if provider == 0:
                self._truefoundry(truefoundry, number)
            elif provider == 1:
                self._baseten(baseten, number)
            elif provider == 2:  # noqa: PLR2004 - the third of four
                self._cerebras(cerebras, number)
            else:
                self._replicate(replicate, number)

    def _created(self, place: int, model: int) -> str:
        """Return the creation time of the version at *place*, counted from 1 for the oldest."""
        steps_back = self._size.versions - place
        age = _OLDEST * (steps_back / self._size.versions) ** 2
        # Of two models, and of two versions, none was made in the same minute.
        moment = self._today - age - timedelta(hours=1 + model % 20, minutes=steps_back % 60)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _places(self) -> range:
        return range(1, self._size.versions + 1)

    def _truefoundry(self, provider: TrueFoundry, number: int) -> None:
        """Add a model: the newest version has an alias, and an application may download the one before it."""
        repo, name = REPOS[(number - 1) % len(REPOS)], f"model-{number:03}"
        newest = self._size.versions
        for place in self._places():
            alias = f"v{place}-prod" if place == newest else None
            provider.add_version(repo, name, place, alias=alias, created_at=self._created(place, number))
        if number % _LIVE_EVERY == 0:
            provider.add_app(f"app-{number:03}", f"model:{provider.tenant}/{repo}/{name}:{max(1, newest - 1)}")

    def _baseten(self, provider: Baseten, number: int) -> None:
        """Add a model: the newest deployment is in production, and an old one may be on its way there."""
        model_id = f"mod{number:03}"
        provider.add_model(model_id, name=f"model-{number:03}", created_at=self._created(1, number))
        for place in self._places():
            is_newest = place == self._size.versions
            provider.add_deployment(
                model_id,
                f"dep{number:03}v{place}",
                is_production=is_newest,
                status="ACTIVE" if is_newest else "INACTIVE",
                created_at=self._created(place, number),
            )
        if number % _LIVE_EVERY == 0:
            provider.promote(model_id, f"dep{number:03}v{(self._size.versions + 1) // 2}")

    def _cerebras(self, provider: Cerebras, number: int) -> None:
        """Add an architecture: two versions have aliases, and an endpoint may have deployed the one before them."""
        arch, newest = f"arch-{number:03}", self._size.versions
        for place in self._places():
            aliases = {newest: ["latest"], newest - 1: ["stable"]}.get(place, [])
            provider.add_version(OWNER, arch, place, aliases=aliases)
        if number % _ENDPOINT_EVERY == 0:
            provider.deploy(f"{OWNER}-{arch}", OWNER, arch, max(1, newest - 2))

    def _replicate(self, provider: Replicate, number: int) -> None:
        """Add a private model; a deployment may release a version from the middle."""
        name = f"model-{number:03}"
        provider.add_model(OWNER, name)
        for place in self._places():
            wanted = version_id(f"{OWNER}/{name}/{place}")
            provider.add_version(OWNER, name, wanted, created_at=self._created(place, number))
        if number % _LIVE_EVERY == 0:
            provider.deploy(
                f"deployment-{number:03}", OWNER, name, version_id(f"{OWNER}/{name}/{(1 + self._size.versions) // 2}")
            )
