"""Every act from the command line, and the keys of its JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from firsthand.office import attention, staff
from firsthand.office.models import Account, Actor, Draft, Learned, Message, Person, Thread
from tests.doors.shell import Run, refused
from tests.office.conftest import Hire


def test_import_today_show_search(office: object, run: Run, letters: Path) -> None:
    taken = run("import", str(letters), "--json").value
    keys = "read new duplicates set_aside seconds skipped unreadable"
    assert list(taken) == keys.split()
    assert (taken["read"], taken["new"], taken["duplicates"]) == (3, 2, 1)
    again = run("import", str(letters), "--json").value
    assert (again["new"], again["duplicates"]) == (0, 3)
    queue = run("today", "--minutes", "10", "--all", "--json").value
    assert list(queue) == ["minutes", "used", "items", "left", "folded", "kinds"]
    assert queue["minutes"] == 10
    assert set(queue["folded"]) == {"helper", "fyi", "screened", "junk"}
    found = run("search", "chapter", "--json").value["threads"]
    assert {hit["subject"] for hit in found} == {"Chapter 1", "Chapter 2"}
    assert list(found[0]) == ["thread", "subject", "from", "at", "snippet"]
    told = run("show", str(found[0]["thread"]), "--json").value
    assert set(told) == {"thread", "messages"}
    assert "would you read" in told["messages"][0]["text"]
    for words in (["today"], ["search", "chapter"], ["show", str(found[0]["thread"])]):
        said = run(*words)
        assert (said.code, said.err) == (0, "")
        assert said.out.strip()


def test_import_tells_of_files_that_it_could_not_read_or_that_are_no_mail(
    office: object, run: Run, letters: Path
) -> None:
    folder = letters.parent / "all"
    folder.mkdir()
    letters.rename(folder / letters.name)
    (folder / "photo.jpg").write_bytes(b"\xff\xd8 no mail")
    for name in "abcde":
        # A file that opens and then fails with an I/O error, also for root.
        (folder / f"{name}.eml").symlink_to("/proc/self/mem")
    said = run("import", str(folder), "--json")
    assert (said.code, said.value["new"]) == (1, 2)
    assert (said.value["skipped"], said.value["unreadable"]) == (1, 5)
    assert said.err.count("\n") == 1
    assert "5 files could not be read" in said.err
    assert [name for name in "abcde" if f"/{name}.eml" in said.err] == ["a", "b", "c"]
    told = run("import", str(folder))
    assert "Files that are nothing of these: 1." in told.out
    for name in "abcde":
        (folder / f"{name}.eml").unlink()
    assert run("import", str(folder), "--json").code == 0


@pytest.mark.parametrize(("at_once", "learned"), [(2, True), (1, False)])
def test_an_import_learns_at_once_what_is_little(
    office: object,
    run: Run,
    letters: Path,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    learned: bool,
) -> None:
    monkeypatch.setattr(attention, "AT_ONCE", at_once)
    told = run("import", str(letters)).out
    assert ("learned" in told) is not learned
    assert Learned.objects.exists() is learned


def test_the_items_of_today_have_the_promised_keys(
    office: object, run: Run, thread: Thread
) -> None:
    Person.objects.update(screening="yes")
    items = run("today", "--all", "--json").value["items"]
    keys = "thread from subject channel lane score minutes given waiting reasons".split()
    assert [list(item) for item in items] == [keys]
    assert items[0]["from"] == "Stella Kaur"
    assert items[0]["reasons"]


def test_a_draft_from_writing_to_leaving(
    run: Run, thread: Thread, hal: Actor, gwen: Actor, ada: Actor
) -> None:
    made = run("draft", str(thread.pk), "--as", hal.key, "--ask", "--json", text="Gladly.\n")
    keys = ["draft", "thread", "state", "revision", "by", "subject", "to"]
    assert list(made.value) == keys
    assert (made.value["state"], made.value["by"]) == ("waiting", hal.key)
    number = str(made.value["draft"])
    edited = run("edit", number, "--as", gwen.key, "--json", text="Gladly, Stella.").value
    assert (edited["revision"], edited["state"]) == (2, "writing")
    assert run("ask", number, "--as", hal.key).code == 0
    refused(run("approve", number, "--as", hal.key, "--json"), "denied")
    refused(run("approve", number, "--revision", "1", "--json"), "conflict")
    assert run("reject", number, "--reason", "Warmer.", "--json").value["state"] == "rejected"
    run("edit", number, "--as", hal.key, text="Gladly, dear Stella.")
    assert run("approve", number, "--revision", "3", "--json").value["state"] == "approved"
    refused(run("send", number, "--as", hal.key, "--json"), "denied")
    sent = run("send", number, "--as", gwen.key, "--json").value
    assert list(sent) == "submission draft state level ai sentence due_at byline".split()
    assert (sent["state"], sent["level"]) == ("pending", "approved")
    listed = run("drafts", "--json").value["drafts"]
    assert [(d["draft"], d["state"]) for d in listed] == [(int(number), "leaving")]
    back = run("undo", str(sent["submission"]), "--as", gwen.key, "--json").value
    assert back["state"] == "writing"
    refused(run("undo", str(sent["submission"]), "--json"), "not_allowed")


def test_reply_drafts_and_sends_in_one(run: Run, thread: Thread, ada: Actor) -> None:
    sent = run("reply", str(thread.pk), "--json", text="Yes, gladly.").value
    assert sent["level"] == "firsthand"
    assert sent["sentence"] == "Written and sent by Ada Ferrer in person."


def test_an_empty_text_is_no_draft(run: Run, thread: Thread, ada: Actor) -> None:
    assert "empty" in refused(run("draft", str(thread.pk), "--json", text=" \n"), "misuse")
    assert not Draft.objects.exists()


def test_a_text_that_is_no_text(run: Run, thread: Thread, ada: Actor, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("Grüße".encode("latin-1"))
    said = run("draft", str(thread.pk), "--file", str(tmp_path / "old.txt"))
    assert "UTF-8" in refused(said, "misuse")


def test_a_broken_promise_is_told_with_its_sentence(
    run: Run, thread: Thread, gwen: Actor, ada: Actor
) -> None:
    assert run("promise", "add", "approved").code == 0
    said = run("reply", str(thread.pk), "--as", gwen.key, "--json", text="Yes.")
    assert "Ada Ferrer promised" in refused(said, "promise_broken")
    promises = run("promises", "--json").value["promises"]
    assert (promises[0]["floor"], promises[0]["until"]) == ("approved", None)
    assert run("promise", "end", str(promises[0]["id"])).code == 0
    assert run("reply", str(thread.pk), "--as", gwen.key, text="Yes.").code == 0


def test_hands_come_and_go(run: Run, office: object, ada: Actor) -> None:
    words = ["hand", "add", "Hal Brandt", "--email", "hal@ada.example", "--right", "draft"]
    added = run(*words, "--days", "30", "--json").value
    assert "/enter/" in added["link"]
    agent = run("hand", "add", "Otto", "--kind", "agent", "--right", "draft", "--json").value
    assert staff.actor_of_token(token=agent["token"], now=timezone.now())
    granted = run("hand", "grant", added["hand"], "triage", "--lane", "helper")
    assert "in the lane helper" in granted.out
    hands = {hand["hand"]: hand for hand in run("hands", "--json").value["hands"]}
    assert list(hands[agent["hand"]]) == ["hand", "name", "kind", "active", "grants"]
    rights = {grant["right"]: grant for grant in hands[added["hand"]]["grants"]}
    assert rights["triage"]["lanes"] == ["helper"]
    assert rights["draft"]["expires"]
    assert run("hand", "revoke", str(rights["draft"]["id"])).code == 0
    refused(run("hand", "revoke", str(rights["draft"]["id"])), "not_allowed")
    assert "--yes" in run("hand", "offboard", agent["hand"]).out
    assert staff.actor_of_token(token=agent["token"], now=timezone.now())
    assert run("hand", "offboard", agent["hand"], "--yes").code == 0
    assert staff.actor_of_token(token=agent["token"], now=timezone.now()) is None
    assert "Otto" in run("hands").out


def test_a_right_for_longer_than_a_calendar_is_refused_before_a_hand_is_made(
    run: Run, office: object
) -> None:
    refused(run("hand", "add", "Ina Roth", "--right", "draft", "--days", "99999999"), "misuse")
    assert not Actor.objects.filter(name="Ina Roth").exists()


def test_no_hand_is_left_behind_by_a_right_that_is_refused(run: Run, office: object) -> None:
    staffs = run("hand", "add", "Una Staal", "--right", "staff", "--json").value["hand"]
    words = ["hand", "add", "Ina Roth", "--right", "staff", "--right", "send", "--as", staffs]
    assert "cannot give it to others" in refused(run(*words, "--json"), "denied")
    assert not Actor.objects.filter(name="Ina Roth").exists()
    assert run(*words[:5], "--as", staffs).code == 0


def test_mail_is_taken_in_for_an_address_only(office: object, run: Run, letters: Path) -> None:
    said = refused(run("import", str(letters), "--as", "nobody", "--json"), "misuse")
    assert "“nobody” is no e-mail address" in said
    assert not Message.objects.exists()


def test_a_hand_cannot_give_what_it_has_not(run: Run, hal: Actor, otto: Actor) -> None:
    said = run("hand", "grant", otto.key, "send", "--as", hal.key)
    assert "no right to invite, grant" in refused(said, "denied")


def test_accounts_and_sync(run: Run, office: object, account: Account) -> None:
    listed = run("accounts", "--json").value["accounts"]
    assert list(listed[0]) == ["id", "channel", "address", "state", "problem", "usage"]
    assert "ada@ada.example" in run("accounts").out


def test_settle_only_what_is_uncertain(run: Run, thread: Thread, ada: Actor) -> None:
    sent = run("reply", str(thread.pk), "--json", text="Yes.").value
    words = ["settle", str(sent["submission"]), "--arrived", "--json"]
    refused(run(*words), "not_allowed")


def test_the_log_is_audited_and_exported(
    run: Run, office: object, ada: Actor, hire: Hire, tmp_path: Path
) -> None:
    hire("Lena Wolf", *())
    assert run("log", "export", str(tmp_path / "out")).code == 0
    assert (tmp_path / "out" / "checkpoint").exists()
    sound = run("log", "fsck", "--json")
    assert sound.code == 0
    assert sound.value["ok"] is True
    assert sound.value["problems"] == []
    needs = run("log", "fsck", "--folder", str(tmp_path / "out"), "--json")
    assert "--vkey" in refused(needs, "misuse")


def test_the_doctor_finds_what_is_wrong(run: Run, office: object, account: Account) -> None:
    assert run("doctor", "--json").value == {"ok": True, "problems": []}
    Account.objects.update(state="failing", problem="The password is refused.")
    said = run("doctor", "--json")
    assert said.code == 1
    assert "The password is refused." in said.value["problems"][0]


def test_the_doctor_names_what_was_set_aside_and_why(
    run: Run, office: object, thread: Thread
) -> None:
    Message.objects.update(set_aside="It has no beginning.", folder="Work")
    (told,) = run("doctor", "--json").value["problems"]
    assert told.startswith("1 message could not be understood")
    assert f"{thread.latest} (“Your essay” in Work): It has no beginning." in told


def test_rebuild_keeps_what_there_is(run: Run, office: object, letters: Path) -> None:
    run("import", str(letters))
    before = run("search", "chapter", "--json").value
    assert run("rebuild").code == 0
    assert run("search", "chapter", "--json").value == before


def test_a_new_link_signs_in_once(run: Run, office: object, hal: Actor) -> None:
    for who in ([], [hal.key]):
        token = run("link", *who).out.strip().rpartition("/")[2]
        assert staff.accept(token=token, now=timezone.now())


def test_a_reply_that_may_not_leave_is_kept_and_its_number_told(
    run: Run, thread: Thread, otto: Actor
) -> None:
    said = run("reply", str(thread.pk), "--as", otto.key, text="Not mine to send.")
    kept = Draft.objects.get()
    assert f"Your text is kept as draft {kept.pk}." in said.err
    assert kept.current.text == "Not mine to send."


def test_a_draft_is_thrown_away_by_who_may(
    office: object, run: Run, thread: Thread, hal: Actor, stan: Actor, rev: Actor
) -> None:
    made = run("draft", str(thread.pk), "--as", hal.key, "--json", text="Gladly.").value
    number = str(made["draft"])
    for actor in (stan, rev):
        refused(run("discard", number, "--as", actor.key, "--json"), "denied")
    assert run("discard", number, "--json").value["state"] == "discarded"
    assert run("drafts", "--json").value["drafts"] == []


def test_a_time_that_no_calendar_has_is_told(office: object, run: Run, thread: Thread) -> None:
    made = run("draft", str(thread.pk), "--json", text="Gladly.").value
    at = ("--at", "0001-01-01T00:00", "--json")
    assert "year 1." in refused(run("send", str(made["draft"]), *at), "misuse")
    assert "year 1." in refused(run("post", *at, text="A note."), "misuse")
    assert len(run("drafts", "--json").value["drafts"]) == 1


def test_a_time_that_is_over_or_far_ahead_is_refused_with_its_year(
    office: object, run: Run, thread: Thread
) -> None:
    made = run("draft", str(thread.pk), "--json", text="Gladly.").value
    for at, why in (("9998-01-01T00:00", "year 9998 is too far"), ("2020-01-01T00:00", "is over")):
        assert why in refused(run("send", str(made["draft"]), "--at", at, "--json"), "misuse")
        assert why in refused(run("post", "--at", at, "--json", text="A note."), "misuse")
    year = timezone.now().year + 2
    said = run("send", str(made["draft"]), "--at", f"{year}-01-01T12:00")
    assert f"leaves 01 Jan {year} 12:00:00." in said.out


def test_a_nul_is_refused_and_not_taken_out(office: object, run: Run, thread: Thread) -> None:
    said = refused(run("draft", str(thread.pk), "--json", text="It is n\0ot so."), "misuse")
    assert "NUL character after “It is n”" in said
    refused(run("post", "--json", text="A\0B"), "misuse")
    refused(run("post", "--title", "A\0B", "--json", text="Words."), "misuse")
    assert not Draft.objects.exists()


def test_a_limit_that_was_not_understood_is_told(office: object, run: Run, letters: Path) -> None:
    run("import", str(letters))
    said = run("search", "chapter", "after:9999-99-99", "--json")
    assert (said.code, said.value["threads"]) == (0, [])
    [hint] = said.value["hints"]
    assert "after:9999-99-99" in hint
    assert said.err == f"firsthand: {hint}\n"
