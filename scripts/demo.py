"""Run the main job as a user would type it, against the sandbox, and check every outcome.

python scripts/demo.py    prints each command and its output
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

_CLASSIFIER = "replicate:acme/classifier@5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
_MANIFEST = """\
name: churn
ml_repo: fraud-repo
version: 8
description: weekly retrain
metadata: {trained: 2026-11-21}
source: {type: external, uri: gs://acme-models/churn/8}
framework: {type: sklearn, serialization_format: joblib}
"""

# The command, the expected exit code, and a text that the output must hold.
_STEPS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("providers", 0, ("truefoundry", "cerebras", "baseten", "replicate")),
    ("list truefoundry:fraud-repo/churn", 0, ("truefoundry:fraud-repo/churn@7", "v7-prod")),
    ("delete truefoundry:fraud-repo/churn@3 --yes", 0, ("deleted",)),
    ("delete cerebras:acme/gpt-oss-120b@v2-fallback --yes", 0, ("deleted", "cerebras:acme/gpt-oss-120b@2")),
    ("delete baseten:mod3x7q@dep2bbb --dry-run", 0, ("would be deleted",)),
    ("delete baseten:mod3x7q@dep2bbb --yes", 0, ("deleted",)),
    (f"delete {_CLASSIFIER} --yes", 0, ("accepted",)),
    (f"delete {_CLASSIFIER} --yes --wait", 0, ("deleted", "read-back")),
    ("delete baseten:mod9z2k --allow-model --yes", 0, ("deleted",)),
    ("apply churn-8.yaml", 0, ("model:acme/fraud-repo/churn:8",)),
    ("show truefoundry:fraud-repo/churn@8", 0, ("truefoundry:fraud-repo/churn@8",)),
    ("delete baseten:mod3x7q@dep1aaa --yes", 1, ("refused", "production")),
    ("delete truefoundry:fraud-repo/churn@3 --yes", 1, ("absent",)),
    ("delete cerebras:acme/..@3 --yes", 2, ("would change the path",)),
)


@contextmanager
def sandbox() -> Generator[dict[str, str], None, None]:
    """Start `expunge sandbox` as a process and return the variables that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "expunge", "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        environ: dict[str, str] = {}
        for line in process.stdout or ():
            if line == "ready\n":
                break
            name, _, value = line.rstrip("\n").partition("=")
            environ[name] = value
        else:
            raise SystemExit("the sandbox did not get ready")
        yield environ
    finally:
        process.terminate()
        process.wait()


def run(console: Console) -> int:
    """Run every step; return how many did not end as expected."""
    wrong = 0
    with sandbox() as environ, tempfile.TemporaryDirectory() as folder:
        Path(folder, "churn-8.yaml").write_text(_MANIFEST, encoding="utf-8")
        for typed, code, words in _STEPS:
            console.print(Text.assemble(("$ ", "dim"), (f"expunge {typed}", "bold")))
            done = subprocess.run(
                [sys.executable, "-m", "expunge", *typed.split()],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                cwd=folder,
                env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | environ,
            )
            for line in done.stdout.splitlines():
                console.print(_coloured(line.replace("\t", "   ")))
            is_right = done.returncode == code and all(word in done.stdout for word in words)
            if not is_right:
                wrong += 1
                console.print(Text(f"expected exit code {code} and {', '.join(words)}", style="bold red"))
            console.print(Text(f"exit code {done.returncode}\n", style="dim"))
    outcome = f"{len(_STEPS) - wrong} of {len(_STEPS)} outcomes as expected"
    console.print(Text(outcome, style="bold red" if wrong else "bold green"))
    return wrong


def _coloured(line: str) -> Text:
    first, gap, rest = line.partition("   ")
    colours = {"deleted": "green", "accepted": "cyan", "would be deleted": "cyan"}
    colours |= {"refused": "yellow", "absent": "yellow"}
    return Text.assemble((first, colours.get(first, "")), gap, rest)


def main() -> int:
    """Run the demo."""
    argparse.ArgumentParser(description="Run the main job on all four providers, against the sandbox.").parse_args()
    return 1 if run(Console(highlight=False, soft_wrap=True)) else 0


if __name__ == "__main__":
    sys.exit(main())
