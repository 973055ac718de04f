"""A repository of its own for each test, with this tree as its first commit."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen
from tests.forks import PROGRAMS
from tests.packaging.environment import LEADS_ASTRAY, ROOT, run

BIN = Path(sys.executable).parent
FOLDERS = ["src", "generated", "specs", "overlays", "scripts"]
FILES = [
    *(".gitattributes", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md"),
    *("hatch_build.py", "pyproject.toml"),
]
LEFT_OVER = shutil.ignore_patterns("__pycache__", "*.egg-info")


def copy_tree(into: Path) -> None:
    """Copy what building and publishing need of the tree, as it stands now."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, into / name, ignore=LEFT_OVER)
    for name in FILES:
        shutil.copyfile(ROOT / name, into / name)


@frozen
class Repository:
    """A tree under git, and programs that run in it as a developer runs them."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> "Repository":
        repository = cls(path)
        copy_tree(path)
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit("Begin")
        return repository

    def clone(self, path: Path) -> "Repository":
        self.git("clone", "--quiet", self.path, path)
        return Repository(path)

    def commit(self, subject: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)

    def git(self, *arguments: str | Path) -> str:
        done = run("git", *arguments, cwd=self.path, environ=environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def replace(self, name: str, old: str, new: str) -> None:
        """Change the one place of the file *name* that says *old*."""
        path = self.path / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} says {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def release(self, version: str) -> None:
        """Commit the tree as it stands, as *version*."""
        path = self.path / "src/expunge/_version.py"
        first, _, _ = path.read_text(encoding="utf-8").partition("__version__")
        path.write_text(f'{first}__version__ = "{version}"\n', encoding="utf-8")
        self.commit(f"Release {version}")

    def program(self, name: str, *arguments: str | Path, environ: Mapping[str, str] | None = None):
        """Run a program of `scripts/`."""
        command = (self.path / f"scripts/{name}.py", *arguments)
        return PROGRAMS.run(command, cwd=self.path, env=environment(**(environ or {})))

    def make(self, *arguments: str, environ: Mapping[str, str] | None = None):
        """Run a target with the development environment, which need not be made again, in forks."""
        command = ("make", "--no-print-directory", f"BIN={PROGRAMS.programs}", "READY=", *arguments)
        return run(*command, cwd=self.path, environ=environment(**(environ or {})))


def environment(**more: str) -> dict[str, str]:
    """Return a developer's variables: no credentials, a name for commits, nothing of this machine's git."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in LEADS_ASTRAY and not name.startswith(("TWINE_", "GIT_", "MAKE", "MFLAGS", "INDEX"))
    }
    who = {"NAME": "A developer", "EMAIL": "developer@example.com"}
    return {
        **kept,
        **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **more,
    }
