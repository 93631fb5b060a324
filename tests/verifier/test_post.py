"""A post and its past: what an office shows is believed only as far as its records and its log agree."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.core.entry import correction_entry
from firsthand.core.revising import Change
from firsthand.verifier import check_post, host_in
from tests.verifier.site import (
    AT,
    HOST,
    KEY,
    LIES,
    Lie,
    Site,
    changed_kind,
    changed_text,
    dropped_newest,
    first_alone_as_second,
    published,
)


@pytest.fixture
def site() -> Site:
    return published()


def test_a_whole_history_is_verified_and_told(site: Site) -> None:
    verdict = site.check()
    assert (verdict.verdict, verdict.problems) == ("verified", ())
    assert verdict.notices[0].startswith(
        "First published on 2026-11-22 (as the office says); 3 rev"
    )
    assert "Revision 3 is a correction." in verdict.notices


def test_a_kind_that_says_too_little_is_told_by_the_texts(site: Site) -> None:
    site.add("It opens in July, I think.", Change.TYPO)
    verdict = site.check()
    assert verdict.ok
    assert any("told as typo; the texts show substance" in each for each in verdict.notices)


def test_an_earlier_revision_is_checked_as_itself_and_told_to_be_no_longer_the_newest(
    site: Site,
) -> None:
    for number in (1, 2):
        verdict = site.check(number=number)
        assert (verdict.verdict, verdict.about) == ("verified", "post")
        assert (verdict.revision, verdict.newest) == (number, 3)
        assert verdict.url.endswith(f"/b/n{number}")
        told = f"This is revision {number}. A newer one exists: revision 3."
        assert verdict.notices[0] == told
        assert "Revision 3 is a correction." in verdict.notices
    newest = site.check(number=3)
    assert newest == site.check()
    assert (newest.revision, newest.newest) == (3, 3)


def test_a_text_that_was_changed_speaks_against_its_own_revision(site: Site) -> None:
    changed_text(site)  # of revision 2
    assert site.check(number=2).verdict == "altered"
    first = site.check(number=1)
    assert first.verdict == "verified", "what came later does not make it untrue"
    assert any(each.startswith("Revision 2 does not hold: The text") for each in first.notices)
    assert first.notices[0] == "This is revision 1. A newer one is shown: revision 3."


def test_a_revision_with_a_bad_past_is_altered_too(site: Site) -> None:
    site.shown[2]["text"] = "It opens in March."
    verdict = site.check(number=2)
    assert (verdict.verdict, verdict.revision) == ("altered", 2)
    assert verdict.problems[0].startswith("Revision 1: ")


def test_a_break_after_it_and_a_hidden_newer_one_are_told_with_an_earlier_revision(
    site: Site,
) -> None:
    dropped_newest(site)
    told = site.check(number=1)
    assert told.ok
    assert any("has a newer revision (entry 2), which is not" in each for each in told.notices)
    assert site.check(number=2).verdict == "altered"
    other = published()
    other.prove()
    changed_kind(other)
    early = other.check(number=1, log=False)
    assert any("was not signed as the one after revision 2" in each for each in early.notices)
    assert "Whether the log has a newer revision was not looked up." in early.notices


@pytest.mark.parametrize("number", [0, 2, 7])
def test_the_first_one_alone_passes_for_no_other_number(site: Site, number: int) -> None:
    site.prove()
    first_alone_as_second(site)
    site.shown[0]["number"] = number
    verdict = site.check(log=False)
    assert verdict.verdict == "altered"
    assert verdict.problems[0].startswith(f"Revision {number} was signed as the first one")


@pytest.mark.parametrize("index", [2, 10**6])
def test_a_false_index_hides_no_newer_revision(site: Site, index: int) -> None:
    site.prove()
    dropped_newest(site)
    site.shown[0]["index"] = index
    verdict = site.check()
    assert verdict.verdict == "altered"
    assert any("has a newer revision (entry 2)" in each for each in verdict.problems)


@pytest.mark.parametrize("number", [0, 4, 10**9])
def test_a_revision_that_is_not_there_is_not_answered_with_another(site: Site, number: int) -> None:
    verdict = site.check(number=number)
    assert verdict.verdict == "unknown"
    why = f"It has no revision {number}: the newest is revision 3."
    assert (verdict.problems, verdict.revision) == ((why,), None)


@pytest.mark.parametrize("lie", LIES)
def test_a_past_that_was_tidied_up_is_found_out(site: Site, lie: Lie) -> None:
    lie(site)
    verdict = site.check()
    assert verdict.verdict == "altered", verdict
    assert verdict.problems


def test_a_revision_that_was_stopped_before_it_was_public_is_no_lie(site: Site) -> None:
    del site.shown[0]
    site.leaves.append(correction_entry(of=2, why="stopped", day=AT.date()))
    assert site.check().ok


def test_what_is_not_in_the_log_is_said_so(site: Site) -> None:
    site.leaves[0] = correction_entry(of=9, why="stopped", day=AT.date())
    verdict = site.check()
    assert verdict.verdict == "unlogged"
    assert verdict.problems[0].startswith("Revision 1: ")
    assert site.check(log=False).verdict == "unlogged"


def test_a_log_that_answers_wrongly_behind_it_hides_no_newer_revision(site: Site) -> None:
    log, bundle = site.log(), "tile/entries/000.p/3"
    del site.shown[0]
    raw, keys = site.raw(), [KEY.public_key()]
    for data in (log.files[bundle].replace(b'"correction"', b'"retraction"'), b""):
        log.files[bundle] = data
        found = check_post(raw, host=HOST, keys=keys, log=log)
        assert (found.verdict, bundle in found.problems[0]) == ("unlogged", True)
        earlier = check_post(raw, host=HOST, keys=keys, log=log, number=1)
        assert earlier.ok and any(bundle in each for each in earlier.notices)


def test_a_saved_post_is_verified_by_its_own_proofs_and_says_what_was_not_looked_up(
    site: Site,
) -> None:
    site.prove()
    assert host_in(site.raw()) == HOST
    verdict = site.check(log=False)
    assert verdict.ok
    assert "Whether the log has a newer revision was not looked up." in verdict.notices
    assert not any("looked up" in each for each in site.check().notices)
    del site.shown[0]  # an older copy is as good, and says no more
    assert site.check(log=False).ok


def test_a_saved_post_with_the_proof_of_another_entry_is_unlogged(site: Site) -> None:
    site.prove()
    site.shown[1]["proof"] = site.shown[0]["proof"]
    assert site.check(log=False).verdict == "unlogged"
    assert site.check(log=False).problems[0].startswith("Revision 2: The proof does not hold")


def test_a_post_that_was_saved_from_elsewhere_is_altered(site: Site) -> None:
    site.prove()
    raw = site.raw().replace(b"https://ada.example/p/", b"https://eve.example/p/")
    keys = [KEY.public_key()]
    assert check_post(raw, host=host_in(raw), keys=keys, log=None).verdict == "altered"


def test_a_record_by_another_key_is_forged(site: Site) -> None:
    raw = json.dumps({"revisions": site.shown}).encode()
    other = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32).public_key()
    assert check_post(raw, host=HOST, keys=[other], log=site.log()).verdict == "forged"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"revisions": []}',
        b'{"revisions": [1]}',
        b'{"revisions": {"a": 1}}',
        b'{"revisions": [{"number": "x"}]}',
        b"[" * 100_000,
        b'{"revisions": [{"number": 1, "title": "", "text": "", "change": "", "byline": "", '
        b'"index": true, "record": "!!"}]}',
        b'{"v": NaN, "revisions": []}',
        b'\xef\xbb\xbf{"revisions": []}',
    ],
)
def test_anything_else_is_no_post(raw: bytes) -> None:
    assert check_post(raw, host=HOST, keys=[KEY.public_key()], log=None).verdict == "unknown"
