"""Upload a release with twine, and prove that the index then has the same bytes."""

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

_PATIENCE = 30.0  # seconds; some indexes list a file a moment after its upload
_PAUSE = 1.0
_STATUS = re.compile(r"HTTPError: (\d{3})")
_NOT_LET_IN = {"401", "403"}


class UploadError(Exception):
    """The index lacks a file, or has other bytes."""


def upload(distributions: Sequence[Path], index: Index, credentials: Credentials, environ: Mapping[str, str]) -> None:
    """Upload *distributions*; the credentials are only in twine's environment.

    Raises:
        UploadError: The upload failed; the message has the index's answer and the files that it has now.
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
            # Not ~/.pypirc, which could name another index or another user.
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
    """Download *distributions* from the index, and compare every byte.

    Raises:
        UploadError: The index does not have them, or has other bytes.
    """
    deadline = time.monotonic() + _PATIENCE
    try:
        found = _listed(index)
        while missing := [path.name for path in distributions if path.name not in found]:
            if time.monotonic() > deadline:
                raise UploadError(
                    f"uploaded, but {index.address.simple} does not list {', '.join(missing)} yet: look there"
                )
            time.sleep(_PAUSE)
            found = _listed(index)
        wrong = [path.name for path in distributions if _hash(index, found[path.name]) != sha256(path)]
    except IndexFailure as error:
        raise UploadError(f"uploaded, but it is not proved that the index has the files: {error}") from None
    if wrong:
        raise UploadError(f"{index.address.host} has another {', '.join(wrong)} than was uploaded: do not install it")


def _environment(url: str, credentials: Credentials, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for twine, without variables that would lead it elsewhere."""
    astray: set[str] = set()
    if is_loopback(url):  # no proxy stands before this machine itself
        astray |= {name for name in environ if name.lower().endswith("_proxy")}
    if environ.get("TWINE_CERT"):  # requests, which twine uses, would trust these instead
        astray |= {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    return {
        **{name: value for name, value in environ.items() if name not in astray},
        "TWINE_USERNAME": credentials.username,
        "TWINE_PASSWORD": credentials.password,
        "COLUMNS": "2000",  # twine wraps its lines to the terminal
    }


def _why(said: str) -> str:
    """Return the index's answer to twine in words."""
    match = _STATUS.search(said)
    if match and match[1] in _NOT_LET_IN:
        return f"the upload was refused (HTTP {match[1]}): TWINE_USERNAME and TWINE_PASSWORD may not upload there"
    # If there was no answer, twine prints a traceback; its last line is the reason.
    words = said[match.start() :] if match else (said.strip().splitlines() or ["twine printed nothing"])[-1]
    return f"the upload failed: {' '.join(words.split())[:400]}"


def _what_is_there(distributions: Sequence[Path], index: Index) -> str:
    """Return a sentence on which of *distributions* the index has now, from this upload or another."""
    ours = {path.name: sha256(path) for path in distributions}
    try:
        there = {name: _hash(index, file) for name, file in _listed(index).items() if name in ours}
    except IndexFailure as error:
        return f"It is not known what the index has now: {error}"
    if not there:
        return "Nothing was uploaded"
    parts = [f"{name} ({'these bytes' if ours[name] == digest else 'other bytes'})" for name, digest in there.items()]
    return f"Nothing was overwritten; the index now has {', '.join(parts)}: raise the version"


def _listed(index: Index) -> dict[str, IndexFile]:
    return {file.name: file for file in index.files()}


def _hash(index: Index, file: IndexFile) -> str:
    return hashlib.sha256(index.download(file)).hexdigest()
