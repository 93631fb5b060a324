"""The witness server of PyPI's aics-witness on a free port of loopback, watching one log."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firsthand.tlog.note import Verifier
from tests.servers.judges import in_python

SECONDS = 15.0


@dataclass(frozen=True)
class Aics:
    """A running witness: where it listens, and its key."""

    port: int
    verifier: Verifier
    config: Path

    def post(self, body: bytes) -> tuple[int, bytes, str]:
        """Status, body and content type of its answer to add-checkpoint."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("POST", "/add-checkpoint", body)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers.get("Content-Type", "")
        finally:
            connection.close()

    def status(self) -> dict[str, object]:
        """What it remembers of the log."""
        [log] = json.loads(_ask("status", "--json", config=self.config))["logs"]
        return dict(log)


@contextmanager
def running(folder: Path, log: Verifier) -> Iterator[Aics]:
    """The witness in `folder`, until the end of the block."""
    port, config = _free_port(), folder / "witness.json"
    listen = f"127.0.0.1:{port}"
    vkey = _ask("init", "--name", "rev.example/w1", "--listen", listen, config=config).split()[-1]
    _ask("add-log", "--origin", log.name, "--vkey", str(log), config=config)
    with (folder / "stderr").open("wb") as errors:
        server = subprocess.Popen(_command("serve", config=config), stderr=errors)
    try:
        _wait(server, port, folder / "stderr")
        yield Aics(port, Verifier.parse(vkey), config)
    finally:
        server.terminate()
        server.wait(SECONDS)


def _command(*arguments: str, config: Path) -> list[str]:
    first, *others = arguments
    whole = [*in_python(), "-m", "aics_witness", first, "--config", config, *others]
    return [str(part) for part in whole]


def _ask(*arguments: str, config: Path) -> str:
    command = _command(*arguments, config=config)
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], port: int, errors: Path) -> None:
    end = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"The witness did not start: {errors.read_text()}")
