"""A real WordPress with MariaDB and PHP, without root, out of `.servers/wordpress`.

Everything it writes lies in one temporary folder; the database has a socket there and no port, the
site listens on 127.0.0.1. Nothing of it leaves this machine.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).resolve().parents[2]
UNPACKED = PROJECT / ".servers" / "wordpress"
HERE = Path(__file__).with_name("wordpress_site")
START_SECONDS = 60.0
OWN = ("wp-config.php", ".htaccess", "wp-content")
MODULES = "mysqlnd mysqli tokenizer ctype dom xml simplexml iconv fileinfo posix".split()


class NotStarted(Exception):
    """The server did not come up; the message ends with its own log."""


@dataclass(frozen=True, slots=True)
class WordPress:
    """A running blog. `user` is its owner, who signs in with the application password `secret`."""

    base: str
    home: Path
    user: str
    secret: str = field(repr=False)
    web: httpx.Client = field(repr=False)

    def php(self, code: str, **given: object) -> Any:
        """What `code` returns inside this WordPress, with `$given`: the administrator's hand."""
        said = _run(self.home, "act.php", {"code": code, "given": given})
        return json.loads(said)

    def rest(self, method: str, path: str, **more: Any) -> Any:
        """The REST API as the owner's own program uses it."""
        answer = self.web.request(
            method, f"{self.base}/wp-json/wp/v2{path}", auth=(self.user, self.secret), **more
        )
        assert answer.status_code < 300, answer.text[:500]
        return answer.json()

    def post(self, title: str = "On trees", text: str = "<p>They grow.</p>") -> dict[str, Any]:
        made: dict[str, Any] = self.rest(
            "POST", "/posts", json={"title": title, "content": text, "status": "publish"}
        )
        return made

    def comment(
        self,
        post: int,
        text: str,
        *,
        name: str = "Stella",
        email: str = "stella@x.example",
        url: str = "",
        parent: int = 0,
    ) -> int:
        """A reader comments by the blog's own form; the comment's number."""
        said = self.web.post(
            f"{self.base}/wp-comments-post.php",
            data={
                "comment": text, "author": name, "email": email, "url": url,
                "comment_post_ID": str(post), "comment_parent": str(parent), "submit": "Post",
            },
        )  # fmt: skip
        assert said.status_code == 302, said.text[-500:]
        return int(self.php("global $wpdb; return $wpdb->get_var("
                            "\"SELECT max(comment_ID) FROM $wpdb->comments\");"))  # fmt: skip

    def comments(self, post: int) -> list[dict[str, Any]]:
        """All comments of a post as the owner sees them, oldest first."""
        asked = {
            "post": post, "context": "edit", "orderby": "id", "order": "asc", "status": "all",
            "per_page": 100,
        }  # fmt: skip
        found: list[dict[str, Any]] = []
        while True:
            page = self.rest("GET", "/comments", params={**asked, "offset": len(found)})
            found += page
            if len(page) < 100:
                return found


@contextmanager
def running() -> Iterator[WordPress]:
    """A blog with its owner; the servers also end when this process is killed."""
    if not (UNPACKED / ".stamp").exists():
        raise NotStarted("WordPress is missing from .servers/wordpress. Run: make servers")
    # A short path: a socket's may have 107 characters.
    home = Path(tempfile.mkdtemp(prefix="wp-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        port = _free_port()
        _lay_out(home, port)
        _database(home, stack)
        password = _run(home, "install.php", {})
        _site(home, port, stack)
        web = stack.enter_context(httpx.Client(timeout=60, trust_env=False))
        blog = WordPress(f"http://127.0.0.1:{port}", home, "ada", password, web)
        _await_site(blog)
        yield blog


def _lay_out(home: Path, port: int) -> None:
    """The programs by links, and beside them what is this blog's own."""
    for each in (UNPACKED / "usr/share/wordpress").iterdir():
        if each.name not in OWN:
            (home / each.name).symlink_to(each)
    content = home / "wp-content"
    content.mkdir()
    (content / "themes").symlink_to(UNPACKED / "usr/share/wordpress/wp-content/themes")
    (content / "mu-plugins").symlink_to(HERE / "mu-plugins")
    (home / "wp-config.php").symlink_to(HERE / "config.php")
    settings = {"home": str(home), "port": port, "salt": secrets.token_hex(16)}
    (home / "settings.json").write_text(json.dumps(settings))
    (home / "act").mkdir()


def _database(home: Path, stack: ExitStack) -> None:
    share = UNPACKED / "usr/share/mysql"
    options = [
        "--no-defaults", f"--datadir={home}/data", f"--socket={home}/db.sock", "--skip-networking",
        "--skip-grant-tables", f"--lc-messages-dir={share}", f"--character-sets-dir={share}/charsets",
        f"--tmpdir={home}", f"--pid-file={home}/db.pid", "--innodb-buffer-pool-size=64M",
        "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--skip-log-bin",
        "--performance-schema=0", "--innodb-log-file-size=16M", "--aria-log-file-size=8M",
        "--character-set-server=utf8mb4",
    ]  # fmt: skip
    if os.getuid() == 0:
        options.append("--user=root")
    (home / "data").mkdir()
    process = _spawn([UNPACKED / "usr/sbin/mariadbd", *options], home, "db.log", stack)
    _await(process, home / "db.log", lambda: _accepts(home / "db.sock"))


def _site(home: Path, port: int, stack: ExitStack) -> None:
    command = [*_php(home), "-S", f"127.0.0.1:{port}", "-t", home]
    # Without workers: those would outlive a killed test.
    process = _spawn(command, home, "php.log", stack)
    _await(process, home / "php.log", lambda: _accepts(port))


def _await_site(blog: WordPress) -> None:
    answer = blog.web.get(f"{blog.base}/wp-json/")
    if answer.status_code != 200 or r"wp\/v2" not in answer.text:
        log = (blog.home / "php.log").read_text()[-3000:]
        raise NotStarted(
            f"WordPress did not answer: {answer.status_code} {answer.text[:500]}\n{log}"
        )


def _php(home: Path) -> list[str | Path]:
    modules = UNPACKED / "usr/lib/php/20220829"
    given = {
        "extension_dir": modules, "auto_prepend_file": HERE / "prepend.php",
        "sendmail_path": "/bin/true", "memory_limit": "256M", "display_errors": "0",
        "log_errors": "1", "max_execution_time": "60", "date.timezone": "UTC",
        "opcache.file_cache": "", "session.save_path": home,
    }  # fmt: skip
    options: list[str | Path] = [UNPACKED / "usr/bin/php8.2", "-n"]
    for name, value in given.items():
        options += ["-d", f"{name}={value}"]
    for module in MODULES:
        options += ["-d", f"extension={module}"]
    return [*options, "-d", "zend_extension=opcache"]


def _run(home: Path, script: str, given: object) -> str:
    done = subprocess.run(
        [*_php(home), HERE / script],
        input=json.dumps(given),
        env=_environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise NotStarted(f"{script} failed: {done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout.strip()


def _spawn(command: list[Any], home: Path, log: str, stack: ExitStack) -> subprocess.Popen[bytes]:
    with (home / log).open("wb") as out:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            env=_environment(home),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait(timeout=20)


def _await(process: subprocess.Popen[bytes], log: Path, ready: Any) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if ready():
            return
        time.sleep(0.05)
    raise NotStarted(f"{log.stem} did not start:\n{log.read_text()[-3000:]}")


def _accepts(place: Path | int) -> bool:
    family = socket.AF_INET if isinstance(place, int) else socket.AF_UNIX
    with socket.socket(family) as probe:
        address: Any = ("127.0.0.1", place) if isinstance(place, int) else str(place)
        return probe.connect_ex(address) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(home: Path) -> dict[str, str]:
    libraries = ":".join(map(str, UNPACKED.glob("usr/lib/*-linux-gnu*")))
    return {
        "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": libraries,
        "BLOG_HOME": str(home),
    }  # fmt: skip
