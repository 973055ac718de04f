"""The site of the documentation has every page, and its reference has every name."""

import json
import re

import pytest
import yaml
from tests.project.markdown import code
from tests.trees import ROOT
from typer.testing import CliRunner

import docs
import expunge.events
import expunge.sandbox
from comparison.cases import CASES
from expunge import errors
from expunge.cli.app import COMMANDS, application
from expunge.testing import pytest_plugin
from manual.commands import page_of_commands

REFERENCE = ROOT / "docs" / "reference"
MADE = {*docs.OF_THE_ROOT.values(), "reference/commands.md"}
"""The pages that scripts/docs.py makes."""


def places(navigation):
    for entry in navigation:
        for value in entry.values():
            yield from [value] if isinstance(value, str) else places(value)


def test_every_page_is_in_the_navigation_once():
    """A page that mkdocs.yml does not name cannot be found by a reader: add it there."""
    text = re.sub(r"!!\S+", "", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = list(places(yaml.safe_load(text)["nav"]))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert sorted(named) == sorted(pages | MADE)


def test_every_public_name_is_in_the_reference_and_nothing_else():
    page = (REFERENCE / "python.md").read_text(encoding="utf-8")
    shown = re.findall(r"^::: expunge\.(\S+)$", page, re.MULTILINE)
    public = {name for name in expunge.__all__ if name != "__version__"}
    for module in (expunge.events, expunge.sandbox):
        public |= {f"{module.__name__}.{name}".removeprefix("expunge.") for name in module.__all__}
    fixtures = {name for name in vars(pytest_plugin) if name.startswith("expunge_")}

    assert len(fixtures) == 3
    assert sorted(shown) == sorted(public | {f"testing.pytest_plugin.{name}" for name in fixtures})


def test_every_error_is_listed_with_its_exit_code():
    page = (REFERENCE / "statuses.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| (\d) \|", page, re.MULTILINE))
    kinds = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and name != "ExpungeError"}
    codes = {name: kind.exit_code for name, kind in kinds.items()} | {"ValidationError": 1}

    assert {name: int(code) for name, code in listed.items()} == codes


def test_every_variable_is_listed():
    """The program lists them too: `expunge help environment`."""
    named = {piece.text for piece in code(REFERENCE / "variables.md")}
    arguments = ["help", "environment", "--json"]
    printed = CliRunner().invoke(application(arguments), arguments).stdout.splitlines()
    read = {name for line in printed for name in json.loads(line)["variable"].split(", ")}

    assert len(read) > 12
    assert read <= named


def test_the_commands_are_those_of_the_program():
    page = page_of_commands()

    assert re.findall(r"^## expunge (\S+)$", page, re.MULTILINE) == list(COMMANDS)
    assert "| <code>--from-file FILE&#124;-</code> |" in page


@pytest.mark.parametrize(
    ("name", "text", "fetched"),
    [
        ("a.html", '<script defer src="https://cdn.example.com/x.js">', "https://cdn.example.com/x.js"),
        ("a.html", "<link rel=stylesheet href=//fonts.example.com/x.css>", "//fonts.example.com/x.css"),
        ("a.svg", 'src: url("https://fonts.example.com/x.woff")', 'https://fonts.example.com/x.woff"'),
        ("a.html", '<a href="https://example.com/">', None),
        ("a.html", '<script src="assets/x.js">', None),
    ],
)
def test_a_fetch_from_the_net_is_found(name, text, fetched, tmp_path):
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert list(docs.from_the_net(tmp_path)) == ([f"{name}: {fetched}"] if fetched else [])


def test_the_comparison_shows_cases_and_sdks_that_are_run():
    """A newer SDK in locks/ needs a new table: run `make compare`."""
    page = (ROOT / "docs" / "explanations" / "sdks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ((?:replicate|baseten|truefoundry-sdk) [\w.]+) \|", page, re.MULTILINE)
    locks = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "locks").glob("sdks*.txt"))

    assert len(rows) > 20
    assert {case for case, _ in rows} <= {case.name for case in CASES}
    assert [sdk for _, sdk in rows if f"\n{sdk.replace(' ', '==')} " not in f"\n{locks}"] == []
