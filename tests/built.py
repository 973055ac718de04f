"""A build by `python -m build`, once for each tree: one test shows that the same tree gives the same bytes."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path


def build_once(
    command: Sequence[str], known: Path, *, env: Mapping[str, str], cwd: Path, **options: object
) -> "subprocess.CompletedProcess[str]":
    """Run *command*, a build of the tree *cwd*, unless the folder *known* has what that made of an equal tree.

    All that a build may depend on decides what is equal: the files, their modes, and the variables *env*.
    """
    out = Path(command[command.index("--outdir") + 1])
    kept = known / _digest(cwd, env)
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "done").exists():
            done = subprocess.run(command, env=env, cwd=cwd, **options)  # noqa: PLW1510 - the caller says it
            if done.returncode != 0:
                return done
            shutil.copytree(out, kept / "done.part", dirs_exist_ok=True)
            (kept / "done.part").rename(kept / "done")
            return done
    shutil.copytree(kept / "done", out)
    return subprocess.CompletedProcess(list(command), 0, "", "")


def _digest(tree: Path, env: Mapping[str, str]) -> str:
    files = {
        path.relative_to(tree).as_posix(): (path.stat().st_mode, sha256(path.read_bytes()).hexdigest())
        for path in tree.rglob("*")
        if path.is_file()
    }
    return sha256(json.dumps([files, dict(env)], sort_keys=True).encode()).hexdigest()
