"""A refusal, the page of an index, and an installation by pip, as the tests of `make publish` read and write them."""

import json
import sys

from tests.packaging.environment import run
from tests.packaging.package_index import PASSWORD, USERNAME, Answer

PAGE = "GET /simple/expunge/"
FILES = {"expunge-0.1.0.tar.gz", "expunge-0.1.0-py3-none-any.whl"}


def refusal(done):
    """Return the one line that says why nothing was uploaded."""
    assert done.returncode != 0, done.stdout
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("error: nothing was uploaded: ")
    assert PASSWORD not in done.stdout + done.stderr
    return done.stderr


def listing(*links):
    return Answer(body="".join(f'<a href="{link}">x</a>' for link in links).encode())


def install(environment, index, folder, *arguments):
    """Have pip install *arguments* from *index* into *environment*; return its report on the one package.

    The password is in a file: it is not in the address, and not in an argument.
    """
    (folder / "netrc").write_text(f"machine 127.0.0.1 login {USERNAME} password {PASSWORD}\n")
    (folder / "netrc").chmod(0o600)
    variables = {"PATH": "/usr/bin:/bin", "NETRC": str(folder / "netrc"), "PIP_CONFIG_FILE": "/dev/null"}
    done = run(
        *(sys.executable, "-m", "pip", "--python", environment.python, "install", "--no-deps", "--no-cache-dir"),
        *("--index-url", index.simple, "--report", folder / "report.json", *arguments),
        cwd=folder,
        environ={**variables, "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads((folder / "report.json").read_text())["install"]
    return report
