"""A log as a folder is read whole; one that answers wrongly anywhere proves nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from firsthand.channels.mail.compose import received_parts
from firsthand.core.keys import KeyAct
from firsthand.tlog.store import MemoryStore
from firsthand.verifier import (
    KeyFile,
    Known,
    Verdict,
    check_post,
    check_sealed,
    host_in,
    read_post,
)
from firsthand.verifier.meeting import Asked, Meeting, Trusted
from tests.verifier.letter import OFFICE
from tests.verifier.site import KEY, published
from tests.verifier.test_keyfile import BEGUN, FILLER, SECOND, key, sent

BUNDLE = "tile/entries/000.p/3"
Harm = Callable[[Path], object]


def flipped(place: int) -> Harm:
    def harm(folder: Path) -> None:
        data = bytearray((folder / BUNDLE).read_bytes())
        data[place] ^= 1
        (folder / BUNDLE).write_bytes(bytes(data))

    return harm


def emptied(folder: Path) -> None:
    (folder / BUNDLE).unlink()
    (folder / BUNDLE).mkdir()


HARMS: dict[str, Harm] = {
    "the entry before": flipped(20),
    "the entry itself": flipped(-5),
    "a length": flipped(1),
    "cut off": lambda folder: (folder / BUNDLE).write_bytes((folder / BUNDLE).read_bytes()[:-3]),
    "empty": lambda folder: (folder / BUNDLE).write_bytes(b""),
    "gone": lambda folder: (folder / BUNDLE).unlink(),
    "a folder": emptied,
}
VECTORS = Path("docs/vectors")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VECTORS / "log", tmp_path / "log"))


def letter(folder: Path, raw: bytes, history: bytes | None = None) -> Verdict:
    sealed = received_parts(raw)
    asked = Asked((OFFICE.public_key(),), log=str(folder), online=False, history=history)

    def check(it: Trusted) -> Verdict:
        return check_sealed(sealed, keys=it.keys, log=it.log, office=it.office)

    return Meeting(asked, Known()).verdict(sealed.record or b"", check)


def put(store: MemoryStore, folder: Path) -> Path:
    for path, data in store.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def test_the_folder_as_it_is_verifies(folder: Path) -> None:
    assert letter(folder, (VECTORS / "letter.eml").read_bytes()).ok


@pytest.mark.parametrize("harm", HARMS)
def test_a_letter_is_unlogged_where_an_entry_does_not_fit_the_root(folder: Path, harm: str) -> None:
    HARMS[harm](folder)
    found = letter(folder, (VECTORS / "letter.eml").read_bytes())
    assert found.verdict == "unlogged"
    assert BUNDLE in found.problems[0] and "keys of the office" in found.problems[0]
    assert found.checkpoint == ""


def test_a_file_that_nobody_may_read_is_told(folder: Path) -> None:
    (folder / BUNDLE).unlink()
    (folder / BUNDLE).symlink_to(folder / BUNDLE)  # the system follows it for ever
    found = letter(folder, (VECTORS / "letter.eml").read_bytes())
    assert (found.verdict, "cannot be read" in found.problems[0]) == ("unlogged", True)


def test_an_altered_letter_stays_altered_and_tells_both(folder: Path) -> None:
    HARMS["the entry before"](folder)
    found = letter(folder, (VECTORS / "letter.eml").read_bytes().replace(b"Dear", b"Deer"))
    assert found.verdict == "altered"
    assert [problem[:8] for problem in found.problems] == ["The text", "The log "]


def test_a_post_is_unlogged_too(tmp_path: Path) -> None:
    site = published()
    put(site.log(), tmp_path)

    def verdict() -> str:
        def check(it: Trusted) -> Verdict:
            return check_post(raw, host=host_in(raw), keys=it.keys, log=it.log, office=it.office)

        raw, asked = site.raw(), Asked((KEY.public_key(),), log=str(tmp_path), online=False)
        return Meeting(asked, Known()).verdict(read_post(raw)[0].record, check).verdict

    assert verdict() == "verified"
    flipped(20)(tmp_path)
    assert verdict() == "unlogged"


def test_an_ended_key_is_hidden_neither_by_a_false_entry_nor_by_an_older_file(
    tmp_path: Path,
) -> None:
    late = sent(OFFICE, [BEGUN, key(KeyAct.CHANGED, SECOND, OFFICE, 1)], [FILLER])
    folder, older = put(late.store, tmp_path), KeyFile.of_proofs(late.file.proofs[:1]).encode()
    assert letter(folder, late.raw).verdict == "forged"
    assert letter(folder, late.raw, history=older).verdict == "forged"
    bundle = folder / "tile/entries/000.p/4"
    bundle.write_bytes(bundle.read_bytes().replace(b"office-2", b"office-3"))
    assert letter(folder, late.raw).verdict == "unlogged"
    assert letter(folder, late.raw, history=older).verdict == "unlogged"
