"""`make generate` and `make update`, stopped or killed on their way: the tree is complete, and nothing stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.forks import PROGRAMS
from tests.trees import FROZEN, change, contents, program

from tree.work_folder import work_folder

pytestmark = pytest.mark.slow

STOPPED = Path(__file__).with_name("stopped.py")
SPEC = Path("specs", "baseten.yaml")
OTHER_DISK = Path("/dev/shm")  # noqa: S108 - a disk in memory, on Linux


@pytest.fixture
def spec(tree, tmp_path):
    """Return a changed spec."""
    path = Path(shutil.copyfile(tree / SPEC, tmp_path / "spec.yaml"))
    change(path, "Whether the model was deleted", "Whether the model is gone")
    return path


def state(tree):
    return {name: text for name, text in contents(tree).items() if not {"__pycache__", ".cache"} & set(name.parts)}


def stopped(tree, number, event, ending, name, *arguments):
    """Run the program *name* until it sends itself the signal *number*."""
    command = [STOPPED, tree / "scripts" / f"{name}.py", str(int(number)), event, ending, *arguments]
    return PROGRAMS.run(command, env=os.environ)


def left(tree):
    return [path.name for purpose in ("generate", "update") for path in (tree / ".cache").glob(f"{purpose}-*")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_generation_that_is_stopped_leaves_nothing(number, tree):
    change(tree / SPEC, "Whether the model was deleted", "Whether the model is gone")
    before = state(tree)

    done = stopped(tree, number, "subprocess.Popen", "", "generate")

    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")
    assert state(tree) == before
    assert left(tree) == []


def test_a_spec_that_does_not_fit_is_refused_before_any_generator_starts(tree, spec):
    change(spec, "    delete:", "    patch:")
    for name in ("specs/replicate.yaml", "overlays/replicate.overlay.yaml"):
        shutil.copyfile(FROZEN / name, tree / name)  # a provider that fits

    done = stopped(tree, signal.SIGKILL, "subprocess.Popen", "", "update", "baseten", spec)

    assert done.returncode == 2
    assert "overlays/baseten.overlay.yaml: 'x-operations' names DELETE" in done.stderr


def test_what_a_killed_run_left_is_removed_by_the_next_one_and_what_a_living_one_has_is_not(tree, spec):
    with work_folder(tree, "update", to_swap=False) as living:
        done = stopped(tree, signal.SIGKILL, "subprocess.Popen", "", "update", "baseten", spec)
        assert done.returncode == -signal.SIGKILL
        assert len(left(tree)) == 2

        assert program(tree, "generate").returncode == 0

        assert left(tree) == [living.name]
    assert left(tree) == []


@pytest.mark.parametrize(
    ("program_after", "arguments"), [("generate", ()), ("generate", ("--check",)), ("update", ("baseten", SPEC))]
)
def test_a_swap_that_was_killed_half_way_is_undone_by_whatever_runs_next(program_after, arguments, tree, spec):
    before = state(tree)
    done = stopped(tree, signal.SIGKILL, "os.rename", f"{tree.name}/generated", "update", "baseten", spec)
    assert done.returncode == -signal.SIGKILL
    assert state(tree) != before

    given = [str(tree / it) if isinstance(it, Path) else it for it in arguments]
    done = program(tree, program_after, *given)

    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("settled: a swap was killed halfway")
    assert state(tree) == before
    assert left(tree) == []


def test_a_stop_that_comes_while_swapping_comes_too_late(tree, spec):
    """Else the tree would have the new spec, and the line would say that nothing has changed."""
    done = stopped(tree, signal.SIGINT, "os.rename", f"{tree.name}/generated", "update", "baseten", spec)

    assert done.returncode == 0, done.stderr
    assert "Taken in." in done.stderr
    assert "is gone" in (tree / SPEC).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["generate", "update"])
def test_while_one_run_is_to_swap_another_is_refused(name, tree, spec):
    """Each works on what it found: the later swap would put back what the earlier one replaced."""
    if name == "generate":
        change(tree / SPEC, "Whether the model was deleted", "Whether the model is gone")
    before = state(tree)

    with work_folder(tree, "update", to_swap=True):
        done = program(tree, name, *(["baseten", str(spec)] if name == "update" else []))

    assert done.returncode == {"generate": 1, "update": 2}[name]
    (line,) = done.stderr.splitlines()
    assert "at work on this tree" in line
    assert state(tree) == before


LIMITED = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def test_too_little_memory_is_one_line(tree, tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text((tree / SPEC).read_text(encoding="utf-8") + f"x-more: {'words ' * 10_000_000}\n", encoding="utf-8")
    before = state(tree)
    limit = str(250 << 20)

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, limit, tree / "scripts" / "update.py", "baseten", path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == f"error: {path}: not taken in, nothing has changed: not enough memory\n"
    assert state(tree) == before


@pytest.mark.parametrize(("name", "exit_code"), [("generate", 1), ("update", 2)])
def test_a_cache_on_another_disk_is_one_line(name, exit_code, tree, spec):
    if not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == tree.stat().st_dev:
        pytest.skip("there is no other disk")
    shutil.rmtree(tree / ".cache")
    if name == "generate":
        change(tree / SPEC, "Whether the model was deleted", "Whether the model is gone")
    before = state(tree)

    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as elsewhere:
        (tree / ".cache").symlink_to(elsewhere)
        done = program(tree, name, *(["baseten", str(spec)] if name == "update" else []))

    assert done.returncode == exit_code
    (line,) = done.stderr.splitlines()
    assert ".cache is on another disk" in line
    assert state(tree) == before


def test_a_cache_that_is_a_file_is_one_line(tree):
    shutil.rmtree(tree / ".cache")
    (tree / ".cache").write_text("", encoding="utf-8")
    change(tree / SPEC, "Whether the model was deleted", "Whether the model is gone")

    done = program(tree, "generate")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
