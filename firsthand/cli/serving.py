"""`up`, `demo` and `worker`: pages and workers, started and stopped together."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import click

from firsthand import environment
from firsthand.cli import setting_up
from firsthand.cli.output import say
from firsthand.core.errors import Misuse, Permanent

# A file in the home of a sample office, so that no other office is ever taken for one.
MARK, READY = "sample-office", "ready"

host_option = click.option("--host", default="127.0.0.1", show_default=True)


@click.command()
@host_option
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--name", help="First run: the principal's name.")
@click.option("--email", help="First run: the address that people write to.")
def up(host: str, port: int, name: str | None, email: str | None) -> None:
    """Serve the office. The first run makes it and prints a one-time sign-in link."""
    _check_free(host, port)
    setting_up.django()
    from firsthand.office.models import Office

    if not Office.objects.exists():
        _first_run(name, email, port)
    office = Office.objects.get()
    here = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    behind = "" if office.base == here else f", and listens at {here}"
    say(f"The office of {office.name} is at {office.base}{behind} (stop with Ctrl-C).")
    _serve(host, port)


def _first_run(name: str | None, email: str | None, port: int) -> None:
    from firsthand.cli.owning import open_office, sign_in_token, told_once

    if not (name and email) and not sys.stdin.isatty():
        raise Misuse(
            "There is no office here yet.",
            hint="Tell whose it is: firsthand up --name NAME --email ADDRESS",
        )
    name = name or click.prompt("Your name")
    email = email or click.prompt("The address that people write to")
    office, recovery = open_office(str(name), str(email), f"http://localhost:{port}")
    say(told_once(recovery))
    say(
        f"Sign in once with this link, then choose a password:\n  {office.base}/enter/{sign_in_token(None)}"
    )


@click.command()
@host_option
@click.option("--port", type=click.IntRange(1, 65535), help="A free one from 8000 on, if not told.")
@click.option(
    "--fresh", is_flag=True, help="Begin again: forget what was done in the sample office."
)
def demo(host: str, port: int | None, fresh: bool) -> None:
    """Serve the sample office: Ada, her hands, and 300 letters. In a home of its own."""
    home = _demo_home()
    os.environ["FIRSTHAND_HOME"] = str(home)
    _clear(home, fresh=fresh)
    if not (home / MARK).exists():
        _furnish(home, port or _free_port(host), host)
    setting_up.django()
    from firsthand.office.models import Office

    stays = urlsplit(Office.objects.get().base).port or 0
    if port and port != stays:
        raise Misuse(
            f"The sample office was made at port {stays}, and its log stays there.",
            hint="Begin again with --fresh, or leave out --port.",
        )
    _check_free(host, stays)
    _greet(home)
    _serve(host, stays)


def _demo_home() -> Path:
    home = environment.home()
    return home if os.environ.get("FIRSTHAND_HOME") else home.with_name("firsthand-demo")


def _clear(home: Path, *, fresh: bool) -> None:
    """Forget a sample office that is unwanted or half made; never touch an office that is none."""
    mark = home / MARK
    if not mark.exists():
        if (home / "office.sqlite3").exists():
            raise Misuse(
                f"{home} holds an office that is not the sample.",
                hint="Leave out $FIRSTHAND_HOME, or name an empty folder.",
            )
    elif fresh or mark.read_text() != READY:
        shutil.rmtree(home)


def _furnish(home: Path, port: int, host: str) -> None:
    """Make the sample office; one that was interrupted is recognised by its mark and made again."""
    _check_free(host, port)
    say("Making the sample office…")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / MARK).write_text("half made")
    setting_up.django()
    from firsthand.sample.furnish import furnish

    furnish(base=f"http://localhost:{port}", home=home, now=setting_up.now())
    (home / MARK).write_text(READY)


def _greet(home: Path) -> None:
    from firsthand.cli.owning import sign_in_token
    from firsthand.office.models import Office

    base = Office.objects.get().base
    say(f"The sample office is at {base}. Sign in, each link once:")
    for key, who in (
        ("ada", "Ada, the principal"),
        ("hal", "Hal, her assistant"),
        ("gwen", "Gwen, a ghost-writer"),
    ):
        say(f"  {who:<21} {base}/enter/{sign_in_token(None if key == 'ada' else key)}")
    say(f"What it sends goes nowhere but to {home / 'world'}. Stop with Ctrl-C.")


@click.command()
@click.option("--once", is_flag=True, help="Each stage once, then stop (for cron).")
def worker(once: bool) -> None:
    """Run the stages alone, beside a web server elsewhere."""
    setting_up.office()
    from firsthand.worker.__main__ import main as work

    work(["--once"] if once else [])


def _serve(host: str, port: int) -> None:
    """The web server in this process, the worker in a child; the end of one is the end of both."""
    import uvicorn

    # As Ctrl-C: by its default a SIGTERM would end this process before it has stopped the worker.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    here = str(os.getpid())
    stages = subprocess.Popen([sys.executable, "-m", "firsthand.worker", "--parent", here])
    stopping = threading.Event()
    threading.Thread(target=_watch, args=(stages, stopping), daemon=True).start()
    try:
        uvicorn.run(
            "firsthand.project.asgi:application",
            host=host,
            port=port,
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=5,
        )
    finally:
        ended = stages.poll() is not None and not stopping.is_set()
        stopping.set()
        stages.send_signal(signal.SIGTERM)
        try:
            stages.wait(timeout=30)
        except subprocess.TimeoutExpired:
            stages.kill()
    if ended:
        raise Permanent("The worker ended by itself, so nothing would leave: the office stopped.")


def _watch(stages: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    """Stop the web server when the worker has ended: pages would go on and nothing would leave."""
    stages.wait()
    if not stopping.is_set():
        os.kill(os.getpid(), signal.SIGINT)


def _check_free(host: str, port: int) -> None:
    problem = _bind(host, port)
    if problem is None:
        return
    if problem.errno == errno.EADDRINUSE:
        free = _free_port(host)
        hint = f"Use another: {_program()} {click.get_current_context().info_name} --port {free}"
        raise Misuse(f"Port {port} of {host} is taken.", hint=hint)
    told = problem.strerror or str(problem)
    hint = "Choose others with --host and --port."
    raise Misuse(f"Nothing can listen at port {port} of {host}: {told}.", hint=hint)


def _program() -> str:
    """How this program was called; `make run` calls it by a path that nobody has typed."""
    called = Path(sys.argv[0])
    return (
        str(called) if called.name == "firsthand" and not shutil.which("firsthand") else "firsthand"
    )


def _free_port(host: str) -> int:
    free = (port for port in range(8000, 8100) if _bind(host, port) is None)
    return next(free, 8000)


def _bind(host: str, port: int) -> OSError | None:
    """Why nobody could listen there now; None: it is free."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as problem:
        return problem
    return None
