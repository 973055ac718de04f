"""Earlier releases on an index: from where one is downloaded, and which of them binds a new version."""

from hashlib import sha256

import pytest
from packaging.version import Version
from tests.packaging.package_index import PASSWORD, USERNAME, Answer, scripted_index

from release.index import Credentials, Index, IndexFailure, parse_address
from release.index_page import IndexFile
from release.version_check import UnfitVersionError, check_version


@pytest.fixture(scope="module")
def scripted():
    with scripted_index() as running:
        yield running


@pytest.fixture
def index(scripted):
    return Index(parse_address(scripted.url), Credentials(USERNAME, PASSWORD), {})


def file(version, url="https://files.example.com/x", kind="-py3-none-any.whl", content=b""):
    return IndexFile(f"expunge-{version}{kind}", Version(version), url, {"sha256": sha256(content).hexdigest()})


def test_a_download_may_be_redirected_to_another_place_on_this_machine(index, scripted):
    scripted.tell("GET /x", Answer(302, headers={"Location": f"{scripted.url}y"}))
    scripted.tell("GET /y", Answer(200, b"content"))

    assert index.download(file("1.0", f"{scripted.url}x", content=b"content")) == b"content"


def test_a_download_is_not_redirected_to_plain_http_elsewhere(index, scripted):
    """Somebody on the way could put another release there, and the new version would be compared with it."""
    scripted.tell("GET /x", Answer(302, headers={"Location": "http://192.0.2.1/x"}))

    with pytest.raises(IndexFailure, match=r"^the index redirects to http://192\.0\.2\.1.*, which is not https$"):
        index.download(file("1.0", f"{scripted.url}x"))


def test_a_download_with_another_hash_is_refused(index, scripted):
    scripted.tell("GET /x", Answer(200, b"other"))

    with pytest.raises(IndexFailure, match="has another sha256 than its page"):
        index.download(file("1.0", f"{scripted.url}x", content=b"content"))


def test_a_pre_release_binds_no_later_version(index, tmp_path):
    found = check_version(Version("0.9"), tmp_path, index, [file("0.9rc1"), file("0.8.dev1")])

    assert found.startswith("the first release on ")


def test_a_final_release_binds_also_beside_a_later_pre_release(index, tmp_path):
    with pytest.raises(UnfitVersionError, match=r"^release 0\.8 on .* has no sdist to compare with"):
        check_version(Version("0.9"), tmp_path, index, [file("0.8"), file("0.9rc1")])


def test_a_version_below_a_pre_release_is_too_old(index, tmp_path):
    with pytest.raises(UnfitVersionError, match=r"^version 0\.9 is older than 1\.0rc1"):
        check_version(Version("0.9"), tmp_path, index, [file("1.0rc1")])
