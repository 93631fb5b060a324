"""Messages on disk: every one found once, whole, at its offset; everything else told with a reason."""

from __future__ import annotations

import gzip
import io
import mailbox
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.mail import mbox
from firsthand.channels.mail.files import Found, guess_sent, walk

POSTMARK = b"From stan@x.example Mon Apr 18 14:18:11 2022\n"
FIRST = b"From: stan@x.example\nSubject: one\n\nHello Ada.\n"
SECOND = b"From: hal@ada.example\nSubject: two\n\nFrom here on, it rains.\n\nFrom: me\n"


def found(path: Path) -> list[Found]:
    return list(walk(path))


def split(data: bytes) -> list[tuple[int, bytes]]:
    return list(mbox.messages(io.BytesIO(data)))


def test_an_mbox_is_split_at_postmarks_only() -> None:
    data = POSTMARK + FIRST + b"\n" + POSTMARK + SECOND + b"\n"
    assert split(data) == [(0, FIRST), (len(POSTMARK + FIRST) + 1, SECOND)]


@pytest.mark.parametrize(
    "line",
    [
        b"From here on, it rains.",
        b"From Monday to Friday at 10:30 I am away",
        b"From: stan@x.example",
        b"From stan@x.example",
    ],
)
def test_a_sentence_is_no_separator(line: bytes) -> None:
    data = POSTMARK + FIRST + b"\n" + line + b"\nmore text\n"
    assert len(split(data)) == 1


def test_a_postmark_inside_a_paragraph_is_text() -> None:
    data = POSTMARK + FIRST + b"quoting:\n" + POSTMARK + b"X: y\n"
    assert len(split(data)) == 1


@pytest.mark.parametrize(
    "postmark",
    [
        b"From - Mon Apr 18 14:18:11 2022\n",
        b"From MAILER-DAEMON Mon Apr  8 14:18:11 2022\n",
        b"From a@b Mon Apr 18 14:18:11 +0200 2022\n",
        b"From a@b Mon Apr 18 14:18:11 2022 +0200\n",
        b"From 1234@xxx Mon Apr 18 14:18:11 +0000 2022\r\n",
        b"From a@b  Mon, 18 Apr 2022 14:18:11 GMT\n",
        b'From "a b"@c Mon Apr 18 14:18 2022\n',
    ],
)
def test_postmarks_of_many_writers(postmark: bytes) -> None:
    assert mbox.starts_mbox(postmark)
    assert [raw for _, raw in split(postmark + FIRST + b"\n" + postmark + SECOND)] == [
        FIRST,
        SECOND,
    ]


def test_dos_line_ends() -> None:
    data = (POSTMARK + FIRST + b"\n" + POSTMARK + SECOND).replace(b"\n", b"\r\n")
    assert [raw for _, raw in split(data)] == [
        FIRST.replace(b"\n", b"\r\n"),
        SECOND.replace(b"\n", b"\r\n"),
    ]


def test_one_level_of_quoting_is_removed() -> None:
    data = POSTMARK + b"A: b\n\n>From me\n>>From you\n> From\n"
    assert split(data) == [(0, b"A: b\n\nFrom me\n>From you\n> From\n")]


bodies = st.text("Fromabc>:. \n2", max_size=60).map(lambda text: text.encode())


@given(st.lists(bodies, min_size=1, max_size=8), st.integers(1, 200))
def test_every_message_that_is_written_comes_back(texts: list[bytes], chunk: int) -> None:
    wanted = [b"Subject: x\n\n" + text.rstrip(b"\n") + b"\n" for text in texts]
    written = [b"\n".join(quoted(line) for line in raw.split(b"\n")) for raw in wanted]
    data = b"".join(POSTMARK + raw + b"\n" for raw in written)
    whole = split(data)
    assert [raw for _, raw in whole] == wanted
    before = mbox.CHUNK
    try:
        mbox.CHUNK = chunk  # wherever a block ends, the result is the same
        assert split(data) == whole
    finally:
        mbox.CHUNK = before
    for offset, _ in whole:
        assert data[offset:].startswith(POSTMARK)


def quoted(line: bytes) -> bytes:
    return b">" + line if line.lstrip(b">").startswith(b"From ") else line


def test_what_the_standard_library_writes_is_read(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "Gesendete Objekte")
    for text in ("eins", "zwei"):
        message = mailbox.mboxMessage(f"From: ada@ada.example\nSubject: {text}\n\n{text}\n")
        message.set_flags("RO")
        box.add(message)
    box.close()
    first, second = found(tmp_path)
    assert (first.folder, first.sent, first.seen, first.offset) == (
        "Gesendete Objekte",
        True,
        True,
        0,
    )
    assert b"Subject: zwei" in second.raw
    assert second.size_done == second.size_total


def test_a_maildir_is_read_with_its_flags_and_folders(tmp_path: Path) -> None:
    for folder in ("", ".Sent", ".Work.2024", ".&AMk-l&AOk-ments envoy&AOk-s"):
        for kind in ("cur", "new", "tmp"):
            (tmp_path / folder / kind).mkdir(parents=True)
    (tmp_path / "cur" / "1.a.host:2,FS").write_bytes(FIRST)
    (tmp_path / "new" / "2.a.host").write_bytes(FIRST)
    (tmp_path / "tmp" / "3.a.host").write_bytes(b"half")
    (tmp_path / ".Sent" / "cur" / "4.a.host:2,RS").write_bytes(FIRST)
    (tmp_path / ".Work.2024" / "cur" / "5.a.host:2,").write_bytes(SECOND)
    (tmp_path / ".&AMk-l&AOk-ments envoy&AOk-s" / "cur" / "6.a").write_bytes(SECOND)
    (tmp_path / "dovecot-uidlist").write_bytes(b"3 V1")
    seen = {each.path.name[0]: each for each in found(tmp_path)}
    assert {name: (each.folder, each.seen, each.sent) for name, each in seen.items()} == {
        "1": ("INBOX", True, False),
        "2": ("INBOX", False, False),
        "4": ("Sent", True, True),
        "5": ("Work/2024", False, None),
        "6": ("Éléments envoyés", False, True),
        "d": (tmp_path.name, False, None),
    }
    assert seen["d"].problem == "This is a mail program's own file, not a message."


def test_a_tree_of_everything(tmp_path: Path) -> None:
    (tmp_path / "Work").mkdir()
    (tmp_path / "a.eml").write_bytes(FIRST)
    (tmp_path / "Work" / "sent.mbox.gz").write_bytes(
        gzip.compress(POSTMARK + FIRST + b"\n" + POSTMARK + SECOND)
    )
    (tmp_path / "Work" / "00001.7c53").write_bytes(POSTMARK + FIRST)
    (tmp_path / "Work" / "1.emlx").write_bytes(b"%d\n" % len(FIRST) + FIRST + b"<?xml?>")
    (tmp_path / "Inbox.msf").write_bytes(b"// <!-- <mdb:mork:z v=1>")
    (tmp_path / "old.pst").write_bytes(b"!BDN....")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\x00")
    (tmp_path / "empty.mbox").write_bytes(b"")
    everything = found(tmp_path)
    read = sorted(
        (each.folder.replace(tmp_path.name, ""), each.raw)
        for each in everything
        if not each.problem
    )
    assert read == [
        ("", FIRST),
        ("Work", FIRST),
        ("Work", FIRST),
        ("Work/sent", SECOND),
        ("Work/sent", FIRST),
    ]
    aside = {each.path.name: each.problem for each in everything if each.problem}
    assert aside == {
        "Inbox.msf": "This is a mail program's index, not a message.",
        "old.pst": "This is an Outlook archive (PST): export it as mbox first.",
        "photo.jpg": "It begins like neither a message nor a mailbox.",
        "empty.mbox": "It is empty.",
    }
    assert [each.size_done for each in everything] == sorted(each.size_done for each in everything)
    assert everything[-1].size_done == everything[-1].size_total


def test_nothing_raises(tmp_path: Path) -> None:
    assert found(tmp_path / "gone")[0].problem == "There is no such file or folder."
    (tmp_path / "cut.mbox.gz").write_bytes(gzip.compress(POSTMARK + FIRST * 9000)[:-50])
    (tmp_path / "bad.gz").write_bytes(b"\x1f\x8bnonsense")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    told = {each.path.name: each.problem for each in found(tmp_path)}
    assert all(told.values())
    assert told["pipe"] == "This is not a regular file."
    assert told["bad.gz"].startswith("It could not be read (")


def test_labels_of_an_archive_tell_sent_and_read(tmp_path: Path) -> None:
    (tmp_path / "All mail.mbox").write_bytes(
        POSTMARK + b"X-Gmail-Labels: Sent,Opened\n" + FIRST + b"\n"
        + POSTMARK + b"X-Gmail-Labels: Inbox,Unread\n" + FIRST
    )  # fmt: skip
    assert [(each.sent, each.seen) for each in found(tmp_path)] == [(True, True), (False, False)]


@pytest.mark.parametrize(
    ("folder", "sent"),
    [(name, True) for name in ("sent", "_sent_mail", "sent_items", "Sent Messages", "'sent", "Gesendet",
      "Gesendete Elemente", "[Gmail]/Sent Mail", "INBOX.Sent", "Envoyés", "Éléments envoyés", "Enviados",
      "Elementos enviados", "Itens Enviados", "Posta inviata", "Verzonden items", "Skickat",
      "Sendte elementer", "Отправленные", "送信済み")]
    + [(name, False) for name in ("inbox", "INBOX", "Posteingang", "Spam")]
    + [(name, None) for name in ("all_documents", "Sentiment", "absent", "Presents", "Work/2024", "")],
)  # fmt: skip
def test_sent_is_guessed_from_the_name(folder: str, sent: bool | None) -> None:
    assert guess_sent(folder) is sent


def test_a_large_mbox_is_read_fast_and_in_little_memory(tmp_path: Path) -> None:
    message = FIRST + b"A line of ordinary words, as there are many.\n" * 100 + b"\n"
    path = tmp_path / "large.mbox"
    with path.open("wb") as file:
        for _ in range(20):
            file.write((POSTMARK + message) * 700)
    start = time.process_time()
    count = sum(1 for _ in walk(path))
    assert count == 14_000
    assert path.stat().st_size / (time.process_time() - start) > 50e6  # four times that is usual
    tracemalloc.start()
    for each in walk(path):
        if each.size_done > 30e6:
            break
    assert tracemalloc.get_traced_memory()[1] < 6 * mbox.CHUNK
    tracemalloc.stop()
