"""`firsthand key`, and what it does to strangers who knew the keys before."""

from __future__ import annotations

import json
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from firsthand.office.models import Office
from tests.doors.living import Living, firsthand, python, served
from tests.doors.shell import Run, refused
from tests.doors.test_verify_by_address import RELEASE
from tests.verifier.test_pins import PAGES, SECOND, Page


def written(out: str) -> str:
    """The recovery key in what a command printed: the line of fourteen groups."""
    return next(line.strip() for line in out.splitlines() if len(line.split()) == 14)


def letter(office: Living, thread: str) -> str:
    """The address of a byline that is logged."""
    said = office.run("reply", thread, "--json", text="Yes, gladly: come on Friday.")
    assert python(office.home, RELEASE).returncode == 0
    return str(json.loads(said.stdout)["byline"])


def verdict(reader: Path, address: str, *options: str) -> tuple[str, str]:
    """What a reader with a memory of their own is told, and all of it as text."""
    said = firsthand(reader, "verify", address, "--json", *options)
    value = json.loads(said.stdout)
    assert (said.returncode == 0) == (value["verdict"] == "verified")
    return value["verdict"], " ".join([*value["problems"], *value["notices"]])


def test_init_prints_the_recovery_key_once_and_keeps_it_nowhere(tmp_path: Path) -> None:
    said = firsthand(tmp_path, "init", "--name", "Ada", "--email", "ada@ada.example", "--json")
    told = json.loads(said.stdout)
    secret = told["recovery_key"]
    listed = json.loads(firsthand(tmp_path, "key", "list", "--json").stdout)
    assert listed["recovery"] == told["office"]["recovery"] != ""
    seed = secret.replace(" ", "")
    for file in tmp_path.rglob("*"):
        if file.is_file():
            kept = file.read_bytes()
            assert secret.encode() not in kept and seed.encode() not in kept
    assert firsthand(tmp_path, "key", "recovery").returncode == 1


def test_readers_follow_a_change_and_a_recovery(tmp_path: Path) -> None:
    reader, late = tmp_path / "reader", tmp_path / "late"
    (tmp_path / "office").mkdir()
    with served(tmp_path / "office") as office:
        secret = written(office.run("key", "recovery").stdout)
        first = letter(office, "1")
        assert verdict(reader, first)[0] == "verified"
        assert office.run("key", "change").returncode == 0
        second = letter(office, "2")
        assert verdict(reader, second) == ("verified", verdict(reader, second)[1])
        assert verdict(late, first)[0] == "verified"
        listed = json.loads(office.run("key", "list", "--json").stdout)["keys"]
        assert [row["name"] for row in listed] == ["office-1", "office-2"]
        # Somebody had the keys since the second letter.
        since = str(index_of(second))
        said = firsthand(office.home, "key", "recover", "--from", since, text="AAAA\n")
        assert (said.returncode, "no recovery key" in said.stderr) == (2, True)
        said = firsthand(office.home, "key", "recover", "--from", since, text=f"{secret}\n")
        assert (said.returncode, "believed no more: 1." in said.stdout) == (0, True)
        assert written(said.stdout) != secret
        told = verdict(reader, second)
        assert (told[0], "ended its key office-2" in told[1]) == ("forged", True)
        assert (verdict(reader, first)[0], verdict(late, first)[0]) == ("verified", "verified")
        file = tmp_path / "keys"
        file.write_bytes(httpx.get(f"{office.base}/key-history").content)
        key = listed[0]["key"]
        assert (
            verdict(tmp_path / "third", second, "--key", key, "--key-history", str(file))[0]
            == "forged"
        )
        published = httpx.get(f"{office.base}/.well-known/did.json").json()
        assert [m.get("cutOff") for m in published["verificationMethod"]][:3] != [None] * 3
        assert published["assertionMethod"][0].endswith("#office-3")


def test_an_office_that_tells_less_than_before_is_not_believed(tmp_path: Path) -> None:
    reader = tmp_path / "reader"
    (tmp_path / "office").mkdir()
    with served(tmp_path / "office") as office:
        office.run("key", "recovery")
        address = letter(office, "1")
        office.run("key", "change")
        assert verdict(reader, address)[0] == "verified"
        memory = reader / ".local" / "state" / "firsthand" / "known.json"
        known = json.loads(memory.read_text())
        [(did, told)] = known["histories"].items()
        head, index, rest = told.rpartition("index ")
        known["histories"][did] = f"{head}{index}9{rest}"
        memory.write_text(json.dumps(known))
        assert known["histories"][did] != told
        assert "another history of its keys" in verdict(reader, address)[1]


def test_a_page_pins_the_office_and_another_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    profile = f"http://127.0.0.1:{server.server_port}/ada"
    try:
        with served(tmp_path / "office") as office:
            address = letter(office, "1")
            office.run("key", "change")
            old, new = (
                row["key"] for row in json.loads(office.run("key", "list", "--json").stdout)["keys"]
            )
            for path, fragment in (("/ada", f"#{old}"), ("/new", f"#{new}"), ("/plain", "")):
                PAGES[path] = f'<a rel="me" href="{office.base}/{fragment}">office</a>'
            for pin in (
                profile,
                profile.replace("/ada", "/new"),
                profile.replace("/ada", "/plain"),
            ):
                told = verdict(tmp_path / "reader", address, "--pin", pin)
                assert (told[0], f"The pin {pin} agrees" in told[1]) == ("verified", True)
            PAGES["/ada"] = f'<a rel="me" href="{office.base}/#{SECOND}">office</a>'
            told = verdict(tmp_path / "reader", address, "--pin", profile)
            assert (told[0], "names another key" in told[1]) == ("forged", True)
            PAGES["/ada"] = "<p>nothing</p>"
            told = verdict(tmp_path / "reader", address, "--pin", profile)
            assert (told[0], "does not name this office" in told[1]) == ("unknown", True)
    finally:
        server.shutdown()
        server.server_close()


def index_of(address: str) -> int:
    proof = httpx.get(address.partition("#")[0] + ".proof").text
    return int(proof.splitlines()[1].removeprefix("index "))


@pytest.mark.parametrize("words", [["key", "change"], ["key", "recovery"], ["key", "list"]])
def test_the_commands_tell_what_they_did(office: Office, run: Run, words: list[str]) -> None:
    said = run(*words)
    assert (said.code, said.err) == (0, "") and said.out.strip()


def test_a_wrong_recovery_key_is_refused_in_one_line(office: Office, run: Run) -> None:
    run("key", "recovery")
    refused(run("key", "recover", text="not a key\n"), "misuse")
