"""Programs of others judge the SBOM in the wheel, and run our hooks for pre-commit; `make indexes` installs them."""

import json
import os
from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.packaging.devpi import INDEXES
from tests.packaging.environment import ROOT, run
from tests.packaging.repository import environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not INDEXES, reason="EXPUNGE_INDEXES is not set; `make indexes` sets it"),
]

PROGRAMS = Path(INDEXES or "").absolute() / "bin"
ENVIRON = dict(os.environ)
"""The variables of the user, before a fixture takes those for certificates away."""
JUDGE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

judge = JsonStrictValidator(SchemaVersion.V1_6)
print([judge.validate_str(open(name).read()) is None for name in sys.argv[1:]])
"""
SBOM = "expunge-0.1.0.dist-info/sboms/expunge.cdx.json"
GOOD = "version: 1\nrules:\n  - models: ['cerebras:acme/*']\n    keep: {last: 3}\n"


def test_the_bill_of_materials_fits_the_schema(wheel, tmp_path):
    with ZipFile(wheel) as archive:
        bill = json.loads(archive.read(SBOM))
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(bill))
    bad.write_text(json.dumps(bill | {"components": [{"name": "without a type"}]}))

    done = run(PROGRAMS / "python", "-I", "-c", JUDGE, good, bad, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("[True, False]\n", "")


@pytest.mark.parametrize(
    ("kind", "name"), [("config", ".pre-commit-config.yaml"), ("manifest", ".pre-commit-hooks.yaml")]
)
def test_pre_commit_accepts_our_files(kind, name, tmp_path):
    done = run(PROGRAMS / "pre-commit", f"validate-{kind}", ROOT / name, cwd=tmp_path)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_hook_checks_the_policies_of_a_users_repository(repository, template, tmp_path):
    """Two files at once: both are checked, and each mistake is a line with its place."""
    hooks = repository.path
    (hooks / ".pre-commit-hooks.yaml").write_bytes((ROOT / ".pre-commit-hooks.yaml").read_bytes())
    repository.commit("Add hooks")
    user = template.clone(tmp_path / "user")
    user.git("checkout", "--quiet", "--orphan", "users")
    user.git("rm", "-r", "--quiet", "--force", ".")
    revision = repository.git("rev-parse", "HEAD").strip()
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [{"id": "expunge-policy"}]}]}
    (user.path / ".pre-commit-config.yaml").write_text(json.dumps(config))
    (user.path / "expunge-policy.yaml").write_text(GOOD)
    (user.path / "expunge-policies.yaml").write_text(GOOD.replace("keep", "keeep"))
    user.commit("Write policies")
    variables = {**environment(), "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    variables |= {name: value for name, value in ENVIRON.items() if name.startswith(("SSL_", "PIP_"))}

    command = [PROGRAMS / "pre-commit", "run", "--all-files", "--color=never"]
    wrong = run(*command, cwd=user.path, environ=variables)
    (user.path / "expunge-policies.yaml").write_text(GOOD)
    right = run(*command, cwd=user.path, environ=variables)

    assert wrong.returncode == 1
    assert "expunge-policies.yaml:4: " in wrong.stdout, wrong.stdout + wrong.stderr
    assert "expunge-policy.yaml is a policy with 1 rule" in wrong.stdout
    assert right.returncode == 0, right.stdout + right.stderr
