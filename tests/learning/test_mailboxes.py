"""Mailboxes as they may lie on a disk: found, and known whose they are, however they are kept."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from firsthand.core.errors import Misuse
from firsthand.learning import mailboxes
from firsthand.learning.bench_attention import run
from firsthand.learning.mailbox import read
from tests.learning.people import OWNER, as_mail, year

EVENTS = list(year(3, letters=220))
CAME = [as_mail(each.letter) for each in EVENTS]
SENT = [as_mail(each.answer) for each in EVENTS if each.answer]
ANSWERED = len(SENT)


def mbox(path: Path, *mails: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(mails))


def files(folder: Path, mails: list[bytes], name: str = "{}.") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails):
        (folder / name.format(number + 1)).write_bytes(mail.partition(b"\n")[2])


def as_mboxes(box: Path) -> None:
    mbox(box / "inbox.mbox", *CAME)
    mbox(box / "sent_items.mbox", *SENT)


def as_maildir(box: Path) -> None:
    """Maildir++ as Dovecot keeps it, with its indexes beside."""
    for folder, mails in ((box, CAME), (box / ".Sent", SENT)):
        files(folder / "cur", mails, "17{}.M1.host:2,S")
        (folder / "new").mkdir()
        (folder / "tmp").mkdir()
        (folder / "dovecot.index").write_bytes(b"\x01\x02")


def as_folders(box: Path) -> None:
    files(box / "inbox", CAME)
    files(box / "sent", SENT)


def as_maildirs(box: Path) -> None:
    files(box / "INBOX" / "cur", CAME, "{}.host:2,")
    files(box / "Sent Items" / "cur", SENT, "{}.host:2,S")


def as_one_mbox(box: Path) -> None:
    """Received and sent together, as an export of everything is."""
    mbox(box.with_suffix(".mbox"), *CAME, *SENT)


def as_gzipped(box: Path) -> None:
    mbox(box.with_suffix(".mbox.gz"), gzip.compress(b"".join([*CAME, *SENT])))


def as_archive(box: Path) -> None:
    """A folder with a name of its own, in which nothing says what was sent."""
    mbox(box / "everything.mbox", *CAME, *SENT)


LAYOUTS: tuple[Callable[[Path], None], ...] = (
    as_mboxes, as_maildir, as_folders, as_maildirs, as_one_mbox, as_gzipped, as_archive,
)  # fmt: skip


@pytest.mark.parametrize("lay", LAYOUTS)
def test_a_folder_of_mailboxes(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    for name in ("ada", "bea"):
        lay(tmp_path / name)
    places = mailboxes.find(tmp_path)
    assert [place.name.partition(".")[0] for place in places] == ["ada", "bea"]
    for place in places:
        box = read(place)
        assert box.own == {OWNER}
        assert len(box.answers) == ANSWERED
        assert len(box.letters) == len(CAME) + len(SENT)


@pytest.mark.parametrize("lay", [as_mboxes, as_maildir, as_folders, as_maildirs])
def test_a_mailbox_alone(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    lay(tmp_path / "ada")
    assert mailboxes.find(tmp_path / "ada") == [tmp_path / "ada"]
    assert mailboxes.find(tmp_path) == [tmp_path / "ada"]


def test_a_file_alone_and_a_tree_of_mailboxes(tmp_path: Path) -> None:
    as_one_mbox(tmp_path / "ada")
    assert mailboxes.find(tmp_path / "ada.mbox") == [tmp_path / "ada.mbox"]
    for name in ("ada", "bea"):
        as_folders(tmp_path / "kept" / "maildir" / name)
    assert [place.name for place in mailboxes.find(tmp_path / "kept")] == ["ada", "bea"]


def test_whose_it_is_can_be_told(tmp_path: Path) -> None:
    bo = "friend1@friend.example"
    as_one_mbox(tmp_path / "some")
    assert read(tmp_path / "some.mbox", owner=bo.upper()).own == {bo}
    as_one_mbox(tmp_path / OWNER)
    assert read(tmp_path / f"{OWNER}.mbox").own == {OWNER}
    files(tmp_path / bo / "inbox", CAME)
    assert read(tmp_path / bo).own == {bo}


def test_nobody_is_taken_for_the_owner_by_chance(tmp_path: Path) -> None:
    mbox(tmp_path / "list.mbox", *(as_mail(each.letter, to="team@list.example") for each in EVENTS))
    assert read(tmp_path / "list.mbox").own == frozenset()


def test_what_cannot_be_measured_is_told(tmp_path: Path) -> None:
    mbox(tmp_path / "list.mbox", *(as_mail(each.letter, to="team@list.example") for each in EVENTS))
    mbox(tmp_path / "quiet" / "sent.mbox", *SENT[:3])
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misuse) as refused:
        run(tmp_path)
    told = str(refused.value)
    assert "empty: no letters" in told
    assert "list.mbox: 220 letters, and nothing tells whose they are" in told
    assert f"quiet: 0 answers among 3 letters sent by {OWNER}" in told
    with pytest.raises(Misuse, match="one owner was named"):
        run(tmp_path, owner=OWNER)
    with pytest.raises(Misuse, match="no folder"):
        run(tmp_path / "nowhere")


def test_one_mailbox_is_measured(tmp_path: Path) -> None:
    as_maildir(tmp_path / "ada")
    report = run(tmp_path / "ada")
    (box,) = report["mailboxes"]
    assert (box["name"], box["owner"], box["answered"]) == ("ada", [OWNER], ANSWERED)
    assert 0 <= report["calibration_error"] < 0.2
    assert sum(row["letters"] for row in report["calibration"]) == box["measured"]
    assert box["minutes"]["known"] <= box["measured_answered"]
