"""Upload a release with twine, and prove afterwards that the index has those bytes."""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from expunge.config import is_loopback

from .build import sha256
from .index import Credentials, Index, IndexFailure
from .index_page import IndexFile

_PATIENCE = 30.0  # seconds; some indexes list a file a moment after they took it
_PAUSE = 1.0
_STATUS = re.compile(r"HTTPError: (\d{3})")
_NOT_LET_IN = {"401", "403"}


class UploadError(Exception):
    """The index has not got all of it, or has something else."""


def upload(distributions: Sequence[Path], index: Index, credentials: Credentials, environ: Mapping[str, str]) -> None:
    """Upload *distributions*; the credentials are in twine's environment alone.

    Raises:
        UploadError: With what the index said, and what it has now.
    """
    done = subprocess.run(
        (
            *(
                sys.executable,
                "-P",
                "-m",
                "twine",
                "--no-color",
                "upload",
                "--non-interactive",
                "--disable-progress-bar",
            ),
            # Nothing of ~/.pypirc: neither another index nor another user.
            *("--config-file", os.devnull, "--repository-url", index.address.upload),
            *map(str, distributions),
        ),
        env=_environment(index.address.upload, credentials, environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise UploadError(f"{_why(done.stdout + done.stderr)}. {_what_is_there(distributions, index)}")


def prove(distributions: Sequence[Path], index: Index) -> None:
    """Read the index again, and compare every byte of *distributions* with what it gives.

    Raises:
        UploadError: It does not have them, or has others.
    """
    deadline = time.monotonic() + _PATIENCE
    try:
        found = _listed(index)
        while missing := [path.name for path in distributions if path.name not in found]:
            if time.monotonic() > deadline:
                raise UploadError(
                    f"uploaded, but {index.address.simple} does not list {', '.join(missing)}: look there"
                )
            time.sleep(_PAUSE)
            found = _listed(index)
        wrong = [path.name for path in distributions if _hash(index, found[path.name]) != sha256(path)]
    except IndexFailure as error:
        raise UploadError(f"uploaded, but not proved to be there: {error}") from None
    if wrong:
        raise UploadError(f"{index.address.host} gives another {', '.join(wrong)} than was uploaded: do not install it")


def _environment(url: str, credentials: Credentials, environ: Mapping[str, str]) -> dict[str, str]:
    """Give twine the environment without what would lead it elsewhere."""
    astray: set[str] = set()
    if is_loopback(url):  # this machine itself is never behind a proxy
        astray |= {name for name in environ if name.lower().endswith("_proxy")}
    if environ.get("TWINE_CERT"):  # requests, below twine, would trust these instead of what it is told to trust
        astray |= {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    return {
        **{name: value for name, value in environ.items() if name not in astray},
        "TWINE_USERNAME": credentials.username,
        "TWINE_PASSWORD": credentials.password,
        "COLUMNS": "2000",  # twine breaks its lines for a terminal
    }


def _why(said: str) -> str:
    """Say in words what twine was answered."""
    match = _STATUS.search(said)
    if match and match[1] in _NOT_LET_IN:
        return f"the upload was refused (HTTP {match[1]}): TWINE_USERNAME and TWINE_PASSWORD may not upload there"
    # Where there was no answer, twine gives a traceback, whose last line says what happened.
    words = said[match.start() :] if match else (said.strip().splitlines() or ["twine said nothing"])[-1]
    return f"the upload failed: {' '.join(words.split())[:400]}"


def _what_is_there(distributions: Sequence[Path], index: Index) -> str:
    """Say which of *distributions* the index has now, whoever uploaded them."""
    ours = {path.name: sha256(path) for path in distributions}
    try:
        there = {name: _hash(index, file) for name, file in _listed(index).items() if name in ours}
    except IndexFailure as error:
        return f"What it has now is not known: {error}"
    if not there:
        return "Nothing was uploaded"
    parts = [f"{name} ({'these bytes' if ours[name] == digest else 'other bytes'})" for name, digest in there.items()]
    return f"Nothing was overwritten; it has now {', '.join(parts)}: raise the version"


def _listed(index: Index) -> dict[str, IndexFile]:
    return {file.name: file for file in index.files()}


def _hash(index: Index, file: IndexFile) -> str:
    return hashlib.sha256(index.download(file)).hexdigest()
