"""The site of the documentation, as a real browser has it: on a telephone, on a screen, in print, and searched.

`make look` builds the site, installs what drives the browser, and names both.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

CHROMIUM, SITE = os.environ.get("EXPUNGE_PAGE"), os.environ.get("EXPUNGE_SITE")


@pytest.mark.skipif(not (CHROMIUM and SITE), reason="EXPUNGE_SITE names no site; `make look` sets it")
def test_every_page_fits_fetches_nothing_and_can_be_searched():
    """The pages are opened as files, so nothing else than a file may be asked for."""
    command = ["node", "site.mjs", CHROMIUM, str(Path(SITE).absolute()), "resume"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["wrong"] == []
    assert seen["pages"] > 30
    assert seen["found"] > 1
