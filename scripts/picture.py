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
from expunge.cli.approval_page.render import page_of
from expunge.plans.plan import Plan
from expunge.sandbox import Sandbox

_ROOT = Path(__file__).parents[1]
_MODELS = ("truefoundry:fraud-repo/churn", "baseten:mod3x7q")

# Values that a user would see, and that are the same for every picture.
_NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_WHO = "ana on build-7"
_HOSTS = {"truefoundry": "https://acme.truefoundry.cloud", "baseten": "https://api.baseten.co"}


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
    # The same plan on every later day: the sandbox's versions have fixed dates, and the two newest stay anyway.
    with Sandbox() as sandbox, Client.from_env(sandbox.environ) as client:
        plan = client.plan(_MODELS, keep_last=2, older_than="30d", protect=("*-prod",))
    return evolve(plan, created_at=_NOW, created_by=_WHO, origins=_HOSTS)


if __name__ == "__main__":
    main()
