"""`firsthand bench pages`: how long each page takes in an office with very many letters.

The real server in a process of its own; the times are those that a browser on this machine waits.
"""

from __future__ import annotations

import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firsthand.cli.output import json_option, show, table
from firsthand.core.errors import Permanent

if TYPE_CHECKING:
    import httpx

TIMES = 100
_WAIT = 30.0
_OWNER = ("--name", "Bench", "--email", "bench@firsthand.invalid")
_PROGRAM = [sys.executable, "-c", "from firsthand.cli import main; main()"]
_SERVER = [sys.executable, "-m", "uvicorn", "firsthand.project.asgi:application"]


@click.command()
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--messages", type=click.IntRange(min=1), default=100_000, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="A home to keep, and to use again.")
@click.option("--clients", type=click.IntRange(1, 50), default=1, help="So many ask at once.")
@json_option
def pages(path: Path | None, messages: int, keep: Path | None, clients: int, as_json: bool) -> None:
    """How long pages take with so many letters: those of PATH, or the sample's, over and over."""
    with tempfile.TemporaryDirectory(prefix="firsthand-bench-") as folder:
        home = keep or Path(folder, "home")
        os.environ["FIRSTHAND_HOME"] = str(home)
        os.environ.pop("DATABASE_URL", None)
        if not home.exists():
            _build(path, messages, Path(folder, "mail"))
        with _served() as (client, token, server):
            value = _measured(client, token, server, clients)
    show(value, as_json=as_json, text=lambda: _told(value))


def _build(path: Path | None, messages: int, mail: Path) -> None:
    from firsthand.cli import bench_letters, setting_up

    click.echo(f"An office with {messages:,} letters is being made …", err=True)
    bench_letters.write_boxes(path, mail, most=messages, now=setting_up.now())
    subprocess.run([*_PROGRAM, "init", *_OWNER], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*_PROGRAM, "import", str(mail)], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _served() -> Iterator[tuple[httpx.Client, str, int]]:
    """The server of this home: a client for it, a token to sign in with, and its process."""
    import httpx

    from firsthand.cli import setting_up
    from firsthand.cli.owning import sign_in_token

    setting_up.office()
    token = sign_in_token(None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    process = subprocess.Popen([*_SERVER, "--port", port, "--log-level", "warning"])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_WAIT) as client:
            _await(client)
            yield client, token, process.pid
    finally:
        process.terminate()
        process.wait(timeout=_WAIT)


def _await(client: httpx.Client) -> None:
    import httpx

    end = time.monotonic() + _WAIT
    while time.monotonic() < end:
        try:
            client.get("/public")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise Permanent("The server did not come up.")


def _measured(client: httpx.Client, token: str, server: int, clients: int) -> dict[str, Any]:
    from firsthand.office.models import Message, RankRow, Thread

    addresses = _addresses()
    public = {name: _times(client, each, server, clients) for name, each in _PUBLIC.items()}
    _sign_in(client, token)
    own = {name: _times(client, each, server, clients) for name, each in addresses.items()}
    return {
        "messages": Message.objects.count(),
        "threads": Thread.objects.count(),
        "open": RankRow.objects.count(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1),
        "requests": TIMES,
        "clients": clients,
        "pages": {**own, **public},
    }


_PUBLIC = {"public: front": "/public", "public: report": "/report", "public: hands": "/hands"}


def _addresses() -> dict[str, str]:
    """The pages, with the busiest thread, person and words that there are."""
    from firsthand.cli import setting_up
    from firsthand.office import desk
    from firsthand.office.models import Person, RankRow, Thread

    now = setting_up.now()
    busy = Thread.objects.order_by("-messages_count", "pk")[:1].get()
    ranked = RankRow.objects.order_by("-score")[:1].get().thread
    person = Person.objects.order_by("-received", "pk")[:1].get()
    handle = person.handles.order_by("pk")[:1].get()
    draft = desk.draft(
        actor=setting_up.acting(None), thread=ranked, text="Thank you. More soon.", now=now
    )
    lanes = {f"lane {lane}": f"/lane/{lane}" for lane in ("you", "helper", "fyi", "junk")}
    asked = {
        "one word": "please",
        "rare word": "odessa",
        "two words": "meeting thanks",
        "phrase": '"let me know"',
        "prefix": "contr*",
        "from": f"from:{handle.address}",
        "after": "after:2026-01-01",
        "word in a lane": "please in:you",
    }
    return {
        "today": "/",
        **lanes,
        "thread": f"/t/{ranked.pk}",
        "longest thread": f"/t/{busy.pk}",
        "person": f"/people/{person.pk}",
        "desk": "/desk",
        "draft": f"/d/{draft.pk}",
        **{f"search: {name}": f"/search?q={_quoted(query)}" for name, query in asked.items()},
    }


def _quoted(query: str) -> str:
    from urllib.parse import quote

    return quote(query)


def _sign_in(client: httpx.Client, token: str) -> None:
    page = client.get(f"/enter/{token}")
    field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    data = {"csrfmiddlewaretoken": field[1] if field else ""}
    client.post(f"/enter/{token}", data=data)
    if client.get("/desk").status_code != 200:
        raise Permanent("The benchmark could not sign in.")


def _times(client: httpx.Client, address: str, server: int, clients: int) -> dict[str, Any]:
    """The middle and the 99th percentile of the times of one page, in milliseconds, and what one
    page costs the server in time of a processor, which others on the machine change less."""
    answer = client.get(address)
    used = _processor(server)
    with ThreadPoolExecutor(clients) as asking:
        found = sorted(asking.map(lambda _: _asked(client, address), range(TIMES)))
    return {
        "median_ms": round(found[TIMES // 2], 1),
        "p99_ms": round(found[TIMES * 99 // 100], 1),
        "cpu_ms": round((_processor(server) - used) * 1000 / TIMES, 1) if used else None,
        "kb": len(answer.content) // 1024,
    }


def _asked(client: httpx.Client, address: str) -> float:
    """How long one request took, in milliseconds."""
    began = time.perf_counter()
    answer = client.get(address)
    if answer.status_code != 200:
        raise Permanent(f"{address} answered {answer.status_code}.")
    return (time.perf_counter() - began) * 1000


def _number(value: float | None) -> str:
    return "" if value is None else str(value)


def _processor(process: int) -> float:
    """Seconds of a processor that a process has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _told(value: dict[str, Any]) -> str:
    rows = [
        (
            name,
            str(each["median_ms"]),
            str(each["p99_ms"]),
            _number(each["cpu_ms"]),
            str(each["kb"]),
        )
        for name, each in value["pages"].items()
    ]
    about = (
        f"{value['messages']:,} messages, {value['threads']:,} threads, {value['open']:,} open; "
        f"{value['machine']}, load {value['load']}, {value['clients']} at once"
    )
    return f"{about}\n" + table(rows, head=("", "median ms", "99 % ms", "CPU ms", "kB"))
