"""A real Dovecot (IMAP, LMTP) without root, out of `.servers/dovecot`, and a submission server.

Everything it writes lies in one temporary folder and everything listens on 127.0.0.1. It must not
use the system's Dovecot: as root and as a plain user the tests talk to the same program.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

PROJECT = Path(__file__).resolve().parents[2]
UNPACKED = PROJECT / ".servers" / "dovecot"
HOST = "127.0.0.1"
START_SECONDS = 15.0


class NotStarted(Exception):
    """The server did not come up; the message ends with its own log."""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running mail server. Addresses must be added before mail to them is taken."""

    host: str
    imap_port: int
    lmtp_port: int
    smtp_port: int
    home: Path

    def add_user(self, address: str, password: str) -> None:
        """A mailbox that IMAP and submission take from now on; a second call sets the password."""
        path = self.home / "users" / address.lower()
        known = path.exists()
        _replace(path, f"{address.lower()}:{{PLAIN}}{password}::::::\n")
        if known:
            time.sleep(1.1)  # Dovecot looks at a file again only after a second

    def add_token(self, address: str, token: str) -> None:
        """A bearer token with which `address` may sign in to IMAP by XOAUTH2 or OAUTHBEARER."""
        with (self.home / "tokens").open("a") as tokens:
            tokens.write(f"{token}:{address.lower()}\n")

    def maildir(self, address: str, folder: str = "INBOX") -> Path:
        root = self.home / "mail" / address.lower() / "Maildir"
        return root if folder == "INBOX" else root / ("." + folder.replace("/", "."))

    def messages(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The raw messages of a folder, oldest first, read from the disk and not through IMAP."""
        where = self.maildir(address, folder)
        files = [f for part in ("new", "cur") for f in (where / part).glob("*")]
        # Maildir names begin with seconds and microseconds of the delivery.
        return [f.read_bytes() for f in sorted(files, key=lambda f: _delivered(f.name))]

    def submissions(self) -> list[dict[str, object]]:
        """What submission took, in order: `sender`, `recipients`, `user`, `message_id`."""
        taken = self.home / "submissions"
        return (
            [json.loads(line) for line in taken.read_text().splitlines()] if taken.exists() else []
        )

    @contextmanager
    def slow(self, *, before: float = 0.0, after: float = 0.0) -> Iterator[None]:
        """Submission waits: seconds `before` it delivers, seconds `after` it, before its reply."""
        _replace(self.home / "delay", f"{before} {after}\n")
        try:
            yield
        finally:
            (self.home / "delay").unlink()


def _delivered(name: str) -> tuple[int, str]:
    seconds, _, rest = name.partition(".")
    micros = rest.partition("M")[2].partition("P")[0]
    return int(seconds) * 1_000_000 + int(micros or 0), name


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.chmod(0o644)
    fresh.replace(path)


@contextmanager
def running() -> Iterator[Dovecot]:
    """Starts both processes and ends them; they also end when this process is killed."""
    if not (UNPACKED / ".stamp").exists():
        raise NotStarted("Dovecot is missing from .servers/dovecot. Run: make servers")
    # Not pytest's tmp_path: nobody may not enter root's folders, and _unbind needs this length.
    home = Path(tempfile.mkdtemp(prefix="dv-", dir="/tmp"))
    processes: list[subprocess.Popen[bytes]] = []
    try:
        _lay_out(home)
        smtp_port, oauth_port = _start_submission(home, processes)
        imap_port, lmtp_port = _start_dovecot(home, oauth_port, processes)
        yield Dovecot(HOST, imap_port, lmtp_port, smtp_port, home)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(timeout=10)
        shutil.rmtree(home, ignore_errors=True)


def _account() -> pwd.struct_passwd:
    """Dovecot refuses to open mail as root, so root's tests run it as nobody."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def _lay_out(home: Path) -> None:
    for name in ("run", "state", "mail", "users"):
        (home / name).mkdir()
    (home / "tokens").touch()
    for part in ("usr/lib", "usr/sbin", "usr/bin"):
        shutil.copytree(UNPACKED / part, home / "program" / part, symlinks=True)
    _unbind(home)
    home.chmod(0o755)
    if os.getuid() == 0:
        for path in (home, home / "run", home / "state", home / "mail"):
            os.chown(path, _account().pw_uid, _account().pw_gid)


def _unbind(home: Path) -> None:
    """Points the compiled-in folder of plug-ins, which no setting moves, at this copy's."""
    built_in, moved = b"/usr/lib/dovecot/modules", bytes(home / "modules")
    if len(moved) != len(built_in):
        raise NotStarted(f"Dovecot cannot run from {home}: the path must have 16 characters.")
    folder = home / "program/usr/lib/dovecot"
    (home / "modules").symlink_to(folder / "modules")
    for path in folder.iterdir():
        if path.is_file() and not path.is_symlink() and built_in in (code := path.read_bytes()):
            path.write_bytes(code.replace(built_in, moved))


def _start_submission(home: Path, processes: list[subprocess.Popen[bytes]]) -> tuple[int, int]:
    """Runs `submission.py` as its own process, which outlives the clients that tests kill."""
    script = Path(__file__).with_name("submission.py")
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", sys.executable, str(script), str(home)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    processes.append(process)
    assert process.stdout is not None
    with process.stdout as output:
        ports = output.readline().split()
    if len(ports) != 2:
        raise NotStarted("The submission server did not start; its error is above.")
    return int(ports[0]), int(ports[1])


def _start_dovecot(
    home: Path, oauth_port: int, processes: list[subprocess.Popen[bytes]]
) -> tuple[int, int]:
    """Tries again when another process took a free port between our look and Dovecot's."""
    for _ in range(5):
        imap_port, lmtp_port = _free_ports(2)
        token = secrets.token_hex(8)
        _configure(home, imap_port, lmtp_port, oauth_port, token)
        process = _launch(home)
        if _greets(process, imap_port, token):
            processes.append(process)
            return imap_port, lmtp_port
        process.kill()
        process.wait()
    log = home / "dovecot.log"
    raise NotStarted("Dovecot did not start:\n" + (log.read_text() if log.exists() else "no log"))


def _configure(home: Path, imap_port: int, lmtp_port: int, oauth_port: int, token: str) -> None:
    program = home / "program"
    values = {
        "host": HOST,
        "home": home,
        "program": program,
        "libraries": _libraries(program),
        "token": token,
        "user": _account().pw_name,
        "uid": _account().pw_uid,
        "gid": _account().pw_gid,
        "group": grp.getgrgid(_account().pw_gid).gr_name,
        "imap_port": imap_port,
        "lmtp_port": lmtp_port,
        "oauth_port": oauth_port,
    }
    for name in ("dovecot.conf", "oauth2.conf"):
        template = Template(Path(__file__).with_name(name).read_text())
        _replace(home / name, template.substitute(values))


def _launch(home: Path) -> subprocess.Popen[bytes]:
    """doveconf passes the settings on: Dovecot alone would look for doveconf in /usr/bin."""
    program, config, account = home / "program", str(home / "dovecot.conf"), _account()
    become = ["setpriv", "--pdeathsig", "TERM"]
    if os.getuid() == 0:
        become += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    doveconf = [f"{program}/usr/bin/doveconf", "-c", config, "-f", "service=master"]
    dovecot = [f"{program}/usr/sbin/dovecot", "-F", "-c", config]
    return subprocess.Popen(
        [*become, *doveconf, "-m", "master", "-p", "-e", *dovecot],
        env={"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": _libraries(program)},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd=home,
    )


def _libraries(program: Path) -> str:
    found = [program / "usr/lib/dovecot", *sorted((program / "usr/lib").glob("*-linux-gnu*"))]
    return ":".join(str(path) for path in found)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def _greets(process: subprocess.Popen[bytes], port: int, token: str) -> bool:
    """Whether our own Dovecot, known by its token, answers on `port` within START_SECONDS."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection((HOST, port), timeout=5) as client:
                return token.encode() in client.recv(1000)
        except OSError:
            time.sleep(0.05)
    return False
