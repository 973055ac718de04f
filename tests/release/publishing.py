"""The words of a refusal, and the page of an index, as the tests of `make publish` read and write them."""

from tests.packaging.package_index import PASSWORD, Answer

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
