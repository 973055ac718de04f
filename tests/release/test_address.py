"""The address of an index is judged before anything is asked, built or uploaded."""

import pytest
from tests.packaging.package_index import CREDENTIALS, PASSWORD

from publish import main


@pytest.mark.parametrize(
    ("index", "words"),
    [
        pytest.param("", "INDEX is missing", id="none"),
        pytest.param("http://pypi.example.com/", "use https", id="plain-http"),
        pytest.param("http://0.0.0.0/", "use https", id="every-address"),
        pytest.param("https://me:geheim@pypi.example.com/", "TWINE_USERNAME", id="password-in-it"),
        pytest.param("https://me@pypi.example.com/", "TWINE_USERNAME", id="user-in-it"),
        pytest.param("pypi.example.com", "not an address", id="no-scheme"),
        pytest.param("ftp://pypi.example.com/", "not an address", id="other-scheme"),
        pytest.param("https://pypi.example.com:port/", "not an address", id="no-port"),
        pytest.param("https:///simple/", "not an address", id="no-host"),
        pytest.param("https://pypi.example.com/?a=b", "leave out", id="query"),
        pytest.param("https://pypi.example.com/\n", "not an address", id="line-break"),
    ],
)
def test_an_index_that_is_none_or_not_safe_is_refused(index, words, capsys):
    exit_code = main([index], CREDENTIALS)

    printed, said = capsys.readouterr()
    assert (exit_code, printed) == (2, "")
    assert said.startswith("error: nothing was uploaded: ")
    assert said.count("\n") == 1
    assert words in said
    assert "geheim" not in said
    assert PASSWORD not in said
