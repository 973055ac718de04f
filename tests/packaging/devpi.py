"""A real devpi with a password, in an environment of its own: `make indexes` installs it."""

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from attrs import frozen
from tests.packaging.environment import run
from tests.packaging.package_index import PASSWORD, USERNAME, free_port, is_up
from tests.packaging.repository import environment

INDEXES = os.environ.get("EXPUNGE_INDEXES")
"""The environment that `make indexes` names; None if the tests run without it."""

ROOT_PASSWORD = "Nur-fuer-diesen-Test"
_JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


@frozen
class Devpi:
    """A running devpi with one index, `stable`, to which only the releaser uploads."""

    server: str

    @property
    def url(self) -> str:
        """The address to give as INDEX."""
        return self.simple

    @property
    def simple(self) -> str:
        return f"{self.server}/{USERNAME}/stable/+simple/"

    def files(self) -> dict[str, bytes]:
        with httpx.Client(trust_env=False, headers=_JSON) as client:
            answer = client.get(f"{self.simple}expunge/")
            listed = answer.json()["files"] if answer.status_code == 200 else []
            return {file["filename"]: client.get(answer.url.join(file["url"])).content for file in listed}


@contextmanager
def devpi(folder: Path) -> Iterator[Devpi]:
    """Run a devpi below *folder*, which mirrors nothing, with the index of the releaser."""
    programs, data = Path(INDEXES).absolute() / "bin", folder / "data"
    init = (programs / "devpi-init", "--serverdir", data, "--no-root-pypi", "--root-passwd", ROOT_PASSWORD)
    done = run(*init, cwd=folder, environ=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    for _ in range(5):
        port = free_port()
        command = [programs / "devpi-server", "--serverdir", data, "--host", "127.0.0.1", "--port", str(port)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen([*command, "--offline-mode"], env=environment(), stdout=log, stderr=log)
        try:
            if is_up(process, port):
                _make_index(f"http://127.0.0.1:{port}")
                yield Devpi(f"http://127.0.0.1:{port}")
                return
        finally:
            process.terminate()
            process.wait(timeout=60)
    raise AssertionError((folder / "log").read_text())


def _make_index(server: str) -> None:
    """Create the releaser, and an index that takes each version once."""
    with httpx.Client(base_url=server, trust_env=False, timeout=60) as client:
        login = client.post("/+login", json={"user": "root", "password": ROOT_PASSWORD}).raise_for_status().json()
        token = base64.b64encode(f"root:{login['result']['password']}".encode()).decode()
        stable = {"type": "stage", "bases": [], "volatile": False, "acl_upload": [USERNAME]}
        for path, content in ((f"/{USERNAME}", {"password": PASSWORD}), (f"/{USERNAME}/stable", stable)):
            client.put(path, json=content, headers={"X-Devpi-Auth": token}).raise_for_status()
