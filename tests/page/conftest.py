"""A browser's findings on a page, each page looked at once."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest
from tests.page.subjects import JOURNALS, LIGHT, PLANS

from expunge.cli.approval_page.render import page_of
from expunge.journal.reading import Reading

CHROMIUM = os.environ.get("EXPUNGE_PAGE")
LOOK = Path(__file__).with_name("look.mjs")


def pytest_collection_modifyitems(items):
    """Leave out what needs a browser if there is none."""
    without = pytest.mark.skip(reason="EXPUNGE_PAGE names no Chromium; `make page` sets it")
    for item in items:
        if not CHROMIUM and "looked_at" in getattr(item, "fixturenames", ()):
            item.add_marker(without)


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory):
    """Return a browser's findings on the page about the subject of a name, the plan if it is one, and the page."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def look(name):
        page = folder / f"{name}.html"
        plan = PLANS[name]() if name in PLANS else None
        if plan is not None:
            page.write_text(page_of(plan), encoding="utf-8")
        else:
            JOURNALS[name](folder / f"{name}.journal")
            with Reading(folder / f"{name}.journal") as reading:
                page.write_text(page_of(reading), encoding="utf-8")
        done = subprocess.run(
            ["node", LOOK, CHROMIUM, page.as_uri(), "light" if name in LIGHT else "whole"],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), plan, page

    return look
