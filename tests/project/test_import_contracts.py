"""Each import that the architecture forbids is refused, and every module has a place in it."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.trees import ROOT

LAYERS = "The facade: imports go one way, and every module has a layer"
SCRIPTS = "The scripts: imports go one way"
HTTP = "HTTP happens in _http"
SANDBOX = "The command line and the pytest plugin start the sandbox"
CLI = "The extra cli is for the command line"
WITHIN = "The scripts read YAML, texts and settings with the package, and know nothing else of it"
PROGRAMS = "Packages of scripts/ never import its programs"

FORBIDDEN = [
    ("src/expunge/sandbox/_wire.py", "expunge._rules", LAYERS),
    ("src/expunge/sandbox/_rows.py", "expunge.providers", LAYERS),
    ("src/expunge/sandbox/baseten.py", "expunge.refs", LAYERS),
    ("src/expunge/_deletion/answer_meaning.py", "httpx", HTTP),
    ("src/expunge/_http/session.py", "httpcore", HTTP),
    ("src/expunge/_http/proxies.py", "httpx2", HTTP),
    ("src/expunge/_deletion/record.py", "httpcore", HTTP),
    ("src/expunge/cli/delete.py", "httpx", HTTP),
    ("src/expunge/plans/plan.py", "h11", HTTP),
    ("src/expunge/providers/baseten.py", "httpx", HTTP),
    ("src/expunge/_flow.py", "httpx", HTTP),
    ("src/expunge/_deletion/watch.py", "socket", HTTP),
    ("src/expunge/config.py", "ssl", HTTP),
    ("src/expunge/bulk/threads.py", "urllib3", HTTP),
    ("src/expunge/sandbox/_gateway.py", "socket", HTTP),
    ("src/expunge/sandbox/_uvicorn.py", "ssl", HTTP),
    ("src/expunge/_yaml.py", "expunge._deletion.machine", LAYERS),
    ("src/expunge/_deletion/machine.py", "expunge._http.session", LAYERS),
    ("src/expunge/_http/session.py", "expunge._deletion.record", LAYERS),
    ("src/expunge/providers/cerebras.py", "expunge._http.session", LAYERS),
    ("src/expunge/plans/planning.py", "expunge.bulk.engine", LAYERS),
    ("src/expunge/bulk/engine.py", "expunge.plans.plan", LAYERS),
    ("src/expunge/_deletion/watch.py", "expunge.bulk.engine", LAYERS),
    ("src/expunge/journal/journal.py", "expunge.bulk.feed", LAYERS),
    ("src/expunge/bulk/engine.py", "expunge.journal.journal", LAYERS),
    ("src/expunge/journal/database.py", "platformdirs", CLI),
    ("src/expunge/types.py", "expunge.errors", LAYERS),
    ("src/expunge/_system/user.py", "expunge.types", LAYERS),
    ("src/expunge/_client.py", "expunge.cli.app", LAYERS),
    ("src/expunge/_facade.py", "rich", CLI),
    ("src/expunge/plans/file.py", "yaml", CLI),
    ("src/expunge/_client.py", "uvicorn", "The extra sandbox is for the sandbox"),
    ("src/expunge/_facade.py", "expunge.sandbox", SANDBOX),
    ("src/expunge/config.py", "overlay.document", "The facade knows nothing of the scripts"),
    ("generated/expunge_clients/_path.py", "expunge.refs", "Generated clients know neither the facade nor the scripts"),
    ("scripts/overlay/nodes.py", "spec.slice", SCRIPTS),
    ("scripts/tree/git.py", "release.index", SCRIPTS),
    ("scripts/spec/slice.py", "changed.report", SCRIPTS),
    ("scripts/clients/build.py", "release.build", SCRIPTS),
    ("scripts/changed/trees.py", "clients.build", SCRIPTS),
    ("scripts/clients/rule_table.py", "expunge.providers", WITHIN),
    ("scripts/release/upload.py", "expunge._http.session", WITHIN),
    *[
        ("scripts/changed/fragments.py", f"expunge{name}", WITHIN)
        for name in ("", ".refs", ".types", ".events", ".errors", "._answer", "._duplicates", "._text", "._version")
    ],
    ("scripts/overlay/nodes.py", "expunge.config", WITHIN),
    ("scripts/release/index.py", "expunge._yaml", WITHIN),
    ("scripts/tree/git.py", "expunge._json", WITHIN),
    ("scripts/comparison/cases.py", "expunge_clients", WITHIN),
    ("scripts/spec/normalised.py", "generate", PROGRAMS),
    ("scripts/clients/update.py", "changes", PROGRAMS),
]

# These are parts of packages that are otherwise in use, so ruff refuses them.
BANNED = [
    ("src/expunge/_facade.py", "http.client"),
    ("src/expunge/providers/_adapter.py", "urllib.request"),
    ("src/expunge/bulk/tasks.py", "asyncio.open_connection"),
    ("src/expunge/sandbox/_gateway.py", "http.client"),
]


def lint(root: Path) -> str:
    """Run the import linter as `make check` does, in the tree at *root*; return all that it prints."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}/src:{root}/generated:{root}/scripts", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return a copy of what the contracts are about."""
    root = tmp_path_factory.mktemp("imports") / "tree"
    for folder in ("src", "generated", "scripts"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copyfile(ROOT / "pyproject.toml", root / "pyproject.toml")
    return root


@pytest.fixture(scope="module")
def refused(tree):
    """Add every forbidden import to the copy; return the lines of each broken contract, without white space."""
    for path, module, _ in FORBIDDEN:
        with (tree / path).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {module}  # forbidden\n")
    stray = '"""A module that nobody gave a place."""\n'
    (tree / "src/expunge/_stray.py").write_text(stray, encoding="utf-8")
    (tree / "src/expunge/strays").mkdir()
    (tree / "src/expunge/strays/__init__.py").write_text(
        '"""A package that nobody gave a place."""\n', encoding="utf-8"
    )
    broken = lint(tree).partition("Broken contracts")[2]
    titles = [contract["name"] for contract in configuration()["contracts"]]
    places = sorted((broken.index(f"\n{title}\n---"), title) for title in titles)
    ends = [place for place, _ in places[1:]] + [len(broken)]
    return {title: broken[place:end] for (place, title), end in zip(places, ends, strict=True)}


def configuration():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]


def dotted(path: str) -> str:
    return ".".join(Path(path).with_suffix("").parts[1:])


@pytest.mark.parametrize(("path", "module", "contract"), FORBIDDEN, ids=[f"{dotted(p)}-{m}" for p, m, _ in FORBIDDEN])
def test_a_forbidden_import_is_refused(path, module, contract, refused):
    assert f"{dotted(path)} -> {module} (l." in refused[contract]


@pytest.mark.parametrize(("path", "name"), BANNED, ids=[f"{dotted(p)}-{name}" for p, name in BANNED])
def test_a_part_of_a_package_that_sends_requests_is_refused(path, name, tree):
    module = tree / path
    text = module.read_text(encoding="utf-8")
    package, _, part = name.partition(".")
    module.write_text(f"{text}\nfrom {package} import {part}\n", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", path],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )

    module.write_text(text, encoding="utf-8")
    assert f"TID251 `{name}` is banned: {HTTP}" in done.stdout


def test_only_programs_and_the_pytest_plugin_may_start_the_sandbox():
    contracts = {contract["name"]: contract for contract in configuration()["contracts"]}
    layers = {f"expunge.{name.strip()}" for layer in contracts[LAYERS]["layers"] for name in layer.split("|")}

    assert layers - set(contracts[SANDBOX]["source_modules"]) == {
        "expunge.__main__", "expunge.cli", "expunge.testing", "expunge.sandbox",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["_stray", "strays"])
def test_a_module_or_package_without_a_layer_is_refused(name, refused):
    assert f"\n- expunge.{name}\n" in refused[LAYERS]


def test_every_package_of_the_scripts_has_a_layer():
    folders = {path.parent.name for path in (ROOT / "scripts").glob("*/__init__.py")}
    (layers,) = [contract["layers"] for contract in configuration()["contracts"] if contract["name"] == SCRIPTS]

    assert {name.strip() for layer in layers for name in layer.split("|")} == folders


def test_every_program_is_out_of_reach_of_the_packages():
    programs = {path.stem for path in (ROOT / "scripts").glob("*.py")}
    (forbidden,) = [it["forbidden_modules"] for it in configuration()["contracts"] if it["name"] == PROGRAMS]

    assert set(forbidden) == programs
