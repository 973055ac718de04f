"""The generated tree of one provider, for tests to copy."""

import shutil

import pytest
from tests.packaging.environment import once
from tests.trees import one_provider


@pytest.fixture(scope="session")
def baseten(tmp_path_factory):
    """The tree, made once a run, whatever asks for it; nobody changes it."""
    return once(tmp_path_factory, "baseten-tree", one_provider)


@pytest.fixture
def tree(baseten, tmp_path):
    """A copy of the tree that a test may change."""
    return shutil.copytree(baseten, tmp_path / "a tree")
