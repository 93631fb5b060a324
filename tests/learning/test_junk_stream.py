"""The stream of the junk benchmark: time order, labels only after scores, figures by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.cli import main
from firsthand.core.errors import Misuse
from firsthand.learning import junk_bogofilter
from firsthand.learning.bench_junk import run
from firsthand.learning.junk_stream import Opinion, Sorted, came, figures, follow, in_order, read

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "spam"
GOOD, JUNK = DATA / "easy_ham", DATA / "spam"
real = pytest.mark.skipif(
    not GOOD.is_dir(), reason="the public corpus is not in ../shared/data/spam"
)

STREAMS = st.lists(
    st.builds(
        Sorted,
        st.binary(max_size=8),
        st.booleans(),
        st.just(""),
        st.none() | st.integers(0, 50).map(float),
    ),
    max_size=20,
    unique_by=lambda letter: letter.raw,
)


@given(STREAMS, st.randoms(use_true_random=False))
def test_the_order_is_that_of_time_however_the_files_lie(letters, chance) -> None:  # type: ignore[no-untyped-def]
    ordered = in_order(letters)
    times = [letter.at for letter in ordered if letter.at is not None]
    assert times == sorted(times)
    chance.shuffle(letters)
    assert in_order(letters) == ordered


def test_a_letter_came_when_the_last_server_took_it() -> None:
    stamp = b"Received: from b.example by mx; Fri, 01 May 2026 10:00:00 +0200\n"
    older = b"Received: from a.example by b; Fri, 01 May 2026 07:00:00 +0000\n"
    date = b"Date: Mon, 04 May 1970 07:00:00 +0000\n"
    assert came(b"From x Fri May  1\n" + stamp + older + date + b"\na") == 1_777_622_400
    assert came(b"Date: Fri, 01 May 2026 08:00:00 +0000\n\na") == 1_777_622_400
    assert came(b"Subject: none\n\na") is None


def test_figures_by_hand() -> None:
    scores = [0.1, 0.2, 0.9, 0.8, 0.95, 0.3]
    junk = [False, False, False, True, True, True]
    found = figures([Opinion(score, score > 0.85) for score in scores], junk)
    assert found["one_minus_roca_percent"] == pytest.approx(100 * 2 / 9, abs=1e-4)
    assert found["good_lost"] == 1
    assert found["good_lost_per_thousand"] == pytest.approx(333.333)
    assert found["caught_percent"] == found["caught_percent_at_0.1"] == pytest.approx(33.33)


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_no_label_is_told_before_the_score(batch: int) -> None:
    heard: list[str] = []

    class Listener:
        def score(self, raw: bytes) -> Opinion:
            heard.append(f"score {raw.decode()}")
            return Opinion(len(heard), False)

        def learn(self, raw: bytes, junk: bool) -> None:
            heard.append(f"learn {raw.decode()}")

    letters = [Sorted(str(n).encode(), n % 2 == 0, "", None) for n in range(8)]
    follow(letters, Listener(), batch=batch)
    assert len(heard) == 16
    for n in range(8):
        assert heard.index(f"score {n}") < heard.index(f"learn {n}")
    assert heard.index(f"learn {batch - 1}") < heard.index(f"score {batch}")


def test_folders_without_letters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no letter in"):
        read(tmp_path, tmp_path)
    with pytest.raises(Misuse, match="There is no"):
        read(tmp_path / "none", tmp_path)
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b\x08broken")
    with pytest.raises(Misuse, match="cannot be read"):
        read(tmp_path, tmp_path)


def test_letters_are_read_however_they_are_kept(tmp_path: Path) -> None:
    letters = [f"Subject: {n}\nDate: Fri, 01 May 2026 0{n}:00:00 +0000\n\ntext {n}\n".encode()
               for n in range(4)]  # fmt: skip
    postmark = b"From x Fri May  1 08:00:00 2026\n"
    plain, maildir = tmp_path / "plain", tmp_path / "maildir"
    for folder in (plain / "deep", maildir / "cur", maildir / "new", maildir / "tmp"):
        folder.mkdir(parents=True)
    for n, raw in enumerate(letters):
        (plain / "deep" / f"{n}.eml").write_bytes(raw)
        (maildir / ("cur", "new")[n % 2] / f"{n}.host:2,").write_bytes(raw)
    (maildir / "dovecot.index").write_bytes(b"\x01")
    (maildir / "tmp" / "half").write_bytes(b"Subject: ha")
    (tmp_path / "all.mbox").write_bytes(b"\n".join(postmark + raw for raw in letters))
    (tmp_path / "all.mbox.gz").write_bytes(gzip.compress((tmp_path / "all.mbox").read_bytes()))
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "marked").write_bytes(postmark + letters[0])
    for kept in (plain, maildir, tmp_path / "all.mbox", tmp_path / "all.mbox.gz"):
        found = [each for each in read(kept, tmp_path / "one") if not each.junk]
        assert [each.raw.split()[1] for each in found] == [b"0", b"1", b"2", b"3"], kept
        assert [each.raw.rstrip() for each in found] == [raw.rstrip() for raw in letters]
    assert [each.raw for each in read(plain, tmp_path / "one") if each.junk] == [
        postmark + letters[0]
    ]


@real
def test_on_real_mail_next_to_no_good_letter_is_lost_and_most_junk_is_caught() -> None:
    report = run(GOOD, JUNK, alone=True)
    ours = report["filters"]["firsthand"]
    assert ours["at_once"]["one_minus_roca_percent"] < 0.05
    assert ours["at_once"]["caught_percent"] > 75
    for feedback in ours.values():
        assert feedback["good_lost_per_thousand"] < 1
    assert report["model_bytes"] < 8_000_000


@real
@pytest.mark.servers
@pytest.mark.parametrize("shuffle", [None, 7])
def test_on_real_mail_it_is_no_worse_than_bogofilter(shuffle: int | None) -> None:
    if not junk_bogofilter.found():
        pytest.skip("bogofilter is not in .servers (make servers)")
    filters = run(GOOD, JUNK, limit=900, shuffle=shuffle)["filters"]
    for feedback in ("at_once", "in_batches"):
        ours, theirs = filters["firsthand"][feedback], filters["bogofilter"][feedback]
        assert ours["one_minus_roca_percent"] <= theirs["one_minus_roca_percent"]


def test_the_command_answers_with_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("ham", "spam"):
        (tmp_path / kind).mkdir()
        for n in range(3):
            (tmp_path / kind / str(n)).write_bytes(f"Subject: {kind}\n\n{kind} {n}\n".encode())
    folders = ["--ham", str(tmp_path / "ham"), "--spam", str(tmp_path / "spam")]
    with pytest.raises(SystemExit) as done:
        main(["bench", "junk", *folders, "--alone", "--json"])
    assert done.value.code == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["good"], report["junk"], report["dated"]) == (3, 3, 0)
    assert set(report["filters"]) == {"firsthand"}
    with pytest.raises(SystemExit):
        main(["bench", "junk", *folders, "--alone"])
    assert "1-ROCA %" in capsys.readouterr().out
