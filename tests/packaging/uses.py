"""The things that each extra is for, done by an installed wheel against a sandbox of the test's own."""

import json

from expunge.sandbox import Sandbox

REF = "cerebras:acme/gpt-oss-120b@2"
MODEL = REF.partition("@")[0]
LIBRARY = """
import sys
import expunge

with expunge.Client.from_env() as client:
    print(client.delete(sys.argv[1]).status)
"""
SANDBOX = """
import sys
import expunge
from expunge.sandbox import Sandbox

with Sandbox() as sandbox, expunge.Client.from_env(sandbox.environ) as client:
    print(client.delete(sys.argv[1]).status)
"""
POLICY = f"version: 1\nrules:\n  - models: ['{MODEL}']\n    keep: {{last: 1}}\nlimits: {{max_percent: 100}}\n"


def use_library(environment, folder):
    """Delete a version by the library."""
    with Sandbox() as sandbox:
        done = environment.run("python", "-I", "-c", LIBRARY, REF, cwd=folder, environ=sandbox.environ)

        assert (done.stdout, done.stderr) == ("deleted\n", "")
        assert not sandbox.holds(REF)


def use_commands(environment, folder):
    """List, plan by a policy, show the page for those who approve, delete by the plan and by name."""
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    with Sandbox() as sandbox:
        variables = {**sandbox.environ, "XDG_STATE_HOME": str(folder)}

        def expunge(*arguments):
            done = environment.run("expunge", *arguments, cwd=folder, environ=variables)
            assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
            return done.stdout

        assert MODEL in expunge("list", MODEL)
        assert "--from-file" in expunge("delete", "--help")
        expunge("plan", "--policy", "policy.yaml", "-o", "plan.json")
        expunge("report", "plan.json", "--html", "plan.html")
        assert "<html" in (folder / "plan.html").read_text(encoding="utf-8")
        assert json.loads(expunge("delete", REF, "--yes", "--json").splitlines()[0])["status"] == "deleted"
        expunge("execute", "plan.json", "--yes", "--missing-ok")
        assert not sandbox.holds(REF)


def use_sandbox(environment, folder):
    """Start the stand-in, and delete a version there."""
    done = environment.run("python", "-I", "-c", SANDBOX, REF, cwd=folder)

    assert (done.stdout, done.stderr) == ("deleted\n", "")


RUN = "import expunge; print(expunge.Client.from_env().get('baseten:mod3x7q@dep1aaa').ref)"


def run_sandbox(environment, folder):
    """Run a program with the variables of a stand-in, by the command."""
    python = str(environment.python)
    done = environment.run("expunge", "sandbox", "--", python, "-I", "-c", RUN, cwd=folder)

    assert (done.returncode, done.stdout, done.stderr) == (0, "baseten:mod3x7q@dep1aaa\n", "")


USES = {
    "": [use_library],
    "cli": [use_library, use_commands],
    "sandbox": [use_library, use_sandbox, run_sandbox],
    "all": [use_library, use_commands, use_sandbox, run_sandbox],
}
"""The uses of each extra; "" is the wheel without any."""
