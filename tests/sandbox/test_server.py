"""The sandbox in the foreground, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

_COMMAND = [
    sys.executable,
    "-W",
    "error",
    "-c",
    "import sys; from expunge.sandbox.server import run; run(int(sys.argv[1]))",
]
_VARIABLES = [
    "TFY_HOST",
    "TFY_API_KEY",
    "CEREBRAS_MANAGEMENT_API_KEY",
    "CEREBRAS_MANAGEMENT_BASE_URL",
    "BASETEN_API_KEY",
    "BASETEN_BASE_URL",
    "REPLICATE_API_TOKEN",
    "REPLICATE_BASE_URL",
]


@pytest.fixture
def process():
    with subprocess.Popen([*_COMMAND, "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def _lines_until_ready(process: "subprocess.Popen[str]") -> list[str]:
    lines = []
    for line in process.stdout or ():
        lines.append(line.rstrip("\n"))
        if lines[-1] == "ready":
            break
    return lines


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_the_variables_serves_and_ends_quietly(number, process):
    lines = _lines_until_ready(process)
    environ = dict(line.split("=", 1) for line in lines[:-1])
    answer = httpx.get(
        f"{environ['REPLICATE_BASE_URL']}/v1/models/acme/churn",
        headers={"Authorization": f"Bearer {environ['REPLICATE_API_TOKEN']}"},
        trust_env=False,
    )
    process.send_signal(number)
    rest = process.communicate(timeout=30)

    assert lines[-1] == "ready"
    assert sorted(environ) == sorted(_VARIABLES)
    assert answer.status_code == 200
    assert rest == ("", "")
    assert process.returncode == 0


def test_named_ports_are_used_in_a_row():
    for _ in range(5):  # another process may take one of the ports first
        first = _four_free_ports()
        with subprocess.Popen([*_COMMAND, str(first)], stdout=subprocess.PIPE, text=True) as process:
            lines = _lines_until_ready(process)
            process.kill()
        if lines:
            break

    ports = sorted(int(line.rpartition(":")[2]) for line in lines if "=http://127.0.0.1:" in line)
    assert ports == list(range(first, first + 4))


def test_a_taken_port_ends_it_before_anything_is_printed():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = subprocess.run(
            [*_COMMAND, str(taken.getsockname()[1])], capture_output=True, text=True, check=False, timeout=30
        )

    assert ended.returncode != 0
    assert ended.stdout == ""
    assert "it is in use" in ended.stderr


def _four_free_ports() -> int:
    for first in range(20000, 60000, 4):
        sockets = []
        try:
            sockets = [socket.create_server(("127.0.0.1", first + place)) for place in range(4)]
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
        return first
    raise AssertionError("there are no four free ports in a row")
