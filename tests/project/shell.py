"""A shell for examples: `expunge` is a fork, every provider is a stand-in, and other programs are recorded."""

import os
import subprocess

from tests.forks import COMMAND_LINE

EXPUNGE = '#!/bin/sh\nexec {python} -m expunge "$@"\n'

ANSWERS_YES = """\
#!/bin/sh
case "$* " in
    *" --yes "* | *" -y "* | *" --dry-run "*) ;;
    "delete "* | "execute "* | "prune "*) set -- "$@" --yes ;;
esac
exec {python} -m expunge "$@"
"""

RECORDED = '#!/bin/sh\necho "$(basename "$0") $*" >>"$RECORD"\n'
"""A program that only writes down how it was called."""


class Shell:
    """A shell that runs in *folder* with the variables of *sandbox*.

    Args:
        folder: An empty folder.
        sandbox: The stand-in.
        expunge: The text of the program `expunge`.
        recorded: Programs that are only recorded.
    """

    def __init__(self, folder, sandbox, *, expunge=EXPUNGE, recorded=()):
        self.folder = folder
        self._record = folder.with_name("record")
        programs = folder.with_name("bin")
        folder.mkdir()
        programs.mkdir()
        python = COMMAND_LINE.programs / "python"
        for name, text in {"expunge": expunge.format(python=python), **dict.fromkeys(recorded, RECORDED)}.items():
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        self._environ = {name: os.environ[name] for name in ("LANG", "HOME") if name in os.environ}
        self._environ |= {"PATH": f"{programs}:{os.environ['PATH']}", "RECORD": str(self._record)}
        self._environ |= {"XDG_STATE_HOME": str(folder.with_name("state"))} | sandbox.environ

    def run(self, text, *arguments, **environ):
        """Run *text* in a bash of its own that ends at the first failure."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text, *arguments],
            cwd=self.folder,
            env=self._environ | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def record(self):
        """The calls of the recorded programs, one a line."""
        return self._record.read_text(encoding="utf-8") if self._record.exists() else ""
