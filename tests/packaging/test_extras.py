"""Each extra, installed without the others, does what it is for; none and all are in test_installed.py."""

import pytest
from tests.packaging.environment import Environment, make_environment
from tests.packaging.uses import USES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("extra", ["cli", "sandbox"])
def test_an_extra_does_what_it_is_for(extra, wheel, tmp_path):
    environment = Environment(tmp_path / "venv")
    make_environment(environment.path, wheel, [extra])

    for use in USES[extra]:
        use(environment, tmp_path)
