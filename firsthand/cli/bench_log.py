"""`firsthand bench log`: how fast the log is written, read and audited, beside what the machine can do.

Measured in a process and a home of its own, on the disk of the temporary folder. No figure means
anything without the raw ones of the same run.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from firsthand.cli.output import json_option, show, table
from firsthand.core.errors import Permanent

SECONDS = 1.0
BATCH = 500
CHUNK = 65_536
DAY = date(2026, 11, 22)


@click.command()
@click.option("--entries", type=click.IntRange(min=1), default=100_000, show_default=True)
@json_option
def log(entries: int, as_json: bool) -> None:
    """How fast the log is: appends, checks, and an audit of ENTRIES, beside raw Ed25519 and fsync."""
    with tempfile.TemporaryDirectory(prefix="firsthand-bench-") as home:
        environment = {**os.environ, "FIRSTHAND_HOME": home, "LOG_LEVEL": "ERROR"}
        for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "firsthand.cli.bench_log", str(entries)]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode:
        raise Permanent("The benchmark did not end.", hint="Its last words are above.")
    value = json.loads(done.stdout)
    show(value, as_json=as_json, text=lambda: _told(value))


def _told(value: dict[str, Any]) -> str:
    rows = [
        (name, f"{each['rate']:,}", each["unit"], each["beside"])
        for name, each in value["figures"].items()
    ]
    machine = f"{value['machine']}, {value['cores']} cores, Python {value['python']}"
    return f"{machine}\n" + table(rows, head=("", "in a second", "", "beside the machine"))


# In the process of its own.


def main(entries: int) -> None:
    """Measure, and print JSON."""
    home = Path(os.environ["FIRSTHAND_HOME"])
    raw = {"sign": _signs(), "verify": _verifies(), "fsync": _fsyncs(home / "raw")}
    figures = {f"raw Ed25519 {name}": _figure(raw[name], "times") for name in ("sign", "verify")}
    figures["raw fsync"] = _figure(raw["fsync"], "times")
    _open_office()
    figures["appended and durable, one by one"] = _beside(_appends(1, 200), raw["fsync"], "fsync")
    figures[f"appended and durable, {BATCH} at a time"] = _beside(
        _appends(BATCH, 10), raw["fsync"], "fsync"
    )
    figures["letters verified: record and log"] = _beside(_letters(300), raw["verify"], "verify")
    built, audited, counted = _audit(home / "big", entries)
    figures[f"built, {entries:,} entries"] = _figure(built, "entries")
    figures[f"audited, {entries:,} entries"] = _beside(audited, raw["verify"], "verify", "entries")
    figures[f"report counted, {entries:,} entries"] = _figure(counted, "entries")
    value = {
        "machine": _machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "entries": entries,
        "figures": figures,
    }
    print(json.dumps(value))


def _figure(rate: float, unit: str, beside: str = "") -> dict[str, Any]:
    return {"rate": round(rate), "unit": unit, "beside": beside}


def _beside(rate: float, raw: float, what: str, unit: str = "entries") -> dict[str, Any]:
    return _figure(rate, unit, f"{rate / raw:.2f} of raw {what}")


def _rate(act: Callable[[], object], many: int = 1) -> float:
    """How often in a second; `many` in each call."""
    start, done = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < SECONDS:
        act()
        done += many
    return done / passed


def _signs() -> float:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    return _rate(lambda: key.sign(b"x" * 200))


def _verifies() -> float:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    signature, public = key.sign(b"x" * 200), key.public_key()
    return _rate(lambda: public.verify(signature, b"x" * 200))


def _fsyncs(place: Path) -> float:
    with place.open("wb", buffering=0) as file:

        def write() -> None:
            file.write(b"x" * 200)
            os.fsync(file.fileno())

        return _rate(write)


def _open_office() -> None:
    from firsthand.cli import setting_up

    setting_up.django()
    from firsthand.office import staff

    staff.open_office(
        name="Ada Ferrer", email="ada@ada.example", base="https://ada.example", now=_now()
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _leaf(number: int) -> bytes:
    from firsthand.core.byline import Ai, Level
    from firsthand.core.entry import byline_entry

    levels = list(Level)
    return byline_entry(
        level=levels[number % 4], ai=Ai.NONE, channel="mail", day=DAY, record=number.to_bytes(8)
    )


def _appends(batch: int, times: int) -> float:
    """Through the office's ledger: committed, fsynced, published, and shown, each time."""
    from firsthand.office import ledger

    start = time.perf_counter()
    for turn in range(times):
        ledger.append(leaves=[_leaf(turn * batch + n) for n in range(batch)], now=_now())
        ledger.publish()
    return batch * times / (time.perf_counter() - start)


def _letters(count: int) -> float:
    """What a stranger does for each letter: signature, entry, inclusion in the log's own files."""
    from firsthand.core.envelope import Address
    from firsthand.core.record import from_multikey
    from firsthand.office import desk, ledger, outbox
    from firsthand.office.models import Account, Actor, Office, Submission
    from firsthand.verifier import check_record

    ada, now = Actor.objects.get(is_principal=True), _now()
    account = Account.objects.create(
        channel="memory", address="ada@ada.example", state="ok", made_at=now
    )
    for _ in range(count):
        draft = desk.draft(
            actor=ada, text="Gladly.", now=now, account=account,
            to=[Address("stella@elsewhere.example", "")], subject="Essay",
        )  # fmt: skip
        desk.send(draft=draft, actor=ada, revision=1, seen=0, now=now)
    outbox.log_due(now=now + timedelta(minutes=1), limit=count)
    keys, store = [from_multikey(Office.objects.get().public_key)], ledger.store()
    rows = [(bytes(s.record), s.entry_id) for s in Submission.objects.exclude(entry=None)]
    start = time.perf_counter()
    if not all(check_record(record, keys=keys, index=at, log=store).ok for record, at in rows):
        raise AssertionError("A true letter was not verified.")
    return len(rows) / (time.perf_counter() - start)


def _leaves(size: int) -> Callable[[int, int], list[bytes]]:
    return lambda start, end: [_leaf(number) for number in range(start, min(end, size))]


def _audit(folder: Path, entries: int) -> tuple[float, float, float]:
    """A log of so many entries, made in pieces; then what an auditor and a reader of it do."""
    from firsthand.tlog.merkle import Frontier
    from firsthand.tlog.note import Signer
    from firsthand.tlog.store import LocalStore
    from firsthand.tlog.verify import fsck
    from firsthand.tlog.writer import publish, sequence, sign_checkpoint
    from firsthand.verifier.recount import recount

    signer, store, frontier = Signer("ada.example/log", bytes(32)), LocalStore(folder), Frontier()
    start = time.perf_counter()
    for first in range(0, entries, CHUNK):
        last = min(first + CHUNK, entries)
        frontier = sequence(frontier, map(_leaf, range(first, last)))
        head = sign_checkpoint(signer.name, frontier, signer)
        publish(store, entries=_leaves(last), size=last, checkpoint=head)
    built = time.perf_counter()
    audit = fsck(store, signer.verifier)
    audited = time.perf_counter()
    counted = recount(store, signer.verifier).report()
    if not audit.ok or audit.entries != entries or counted.left != entries:
        raise AssertionError(f"The log is not sound: {audit.problems[:3]}")
    end = time.perf_counter()
    return entries / (built - start), entries / (audited - built), entries / (end - audited)


def _machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main(int(sys.argv[1]))
