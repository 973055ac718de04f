"""Draw the documentation's picture of `expunge report --html`: a plan against the sandbox, in Chromium.

python scripts/picture.py CHROMIUM FILE.png    `make page PICTURE=1` runs this after installing the browser's driver
"""

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from expunge import Client
from expunge._flow import Clock
from expunge.cli.approval_page.render import page_of
from expunge.plans.plan import Plan
from expunge.plans.planning import Planning
from expunge.plans.selection import Selection
from expunge.providers import parse_ref
from expunge.providers._patterns import ModelPattern
from expunge.sandbox import Sandbox

_ROOT = Path(__file__).parents[1]
_MODELS = ("truefoundry:fraud-repo/churn", "baseten:mod3x7q")
_SELECTION = Selection(keep_last=2, older_than="30d", protect=("*-prod",))

# Values that a user would see, and that are the same for every picture.
_NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_WHO = "ana on build-7"
_HOSTS = {"truefoundry": "https://acme.truefoundry.cloud", "baseten": "https://api.baseten.co"}


class _Then(Clock):
    """A clock that stands still, so that the picture does not change with the day."""

    def now(self) -> datetime:
        """Return the day of the picture."""
        return _NOW


def main() -> None:
    """Read the sandbox, plan, and draw the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chromium", help="the browser")
    parser.add_argument("picture", type=Path, help="the PNG file to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "plan.html"
        page.write_text(page_of(_plan()), encoding="utf-8")
        script = _ROOT / "tests" / "page" / "picture.mjs"
        done = subprocess.run(
            ["node", script, options.chromium, page.as_uri(), options.picture],  # noqa: S607 - npm found it before
            check=False,
        )
    if done.returncode:
        sys.exit("the page was not drawn")
    print(f"{options.picture}: {options.picture.stat().st_size} bytes")


def _plan() -> Plan:
    planning = Planning([ModelPattern.parse(text) for text in _MODELS], _SELECTION, _HOSTS, _Then())
    with Sandbox() as sandbox, Client.from_env(sandbox.environ) as client:
        for model in map(parse_ref, _MODELS):
            for version in client.versions(model):
                planning.see(model, version)
            planning.decide(model)
    return evolve(planning.plan(), created_by=_WHO)


if __name__ == "__main__":
    main()
