"""`firsthand verify http://…/b/NUMBER`: what a stranger without the letter can check over the web."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.doors.living import Living, python, served

RELEASE = """
from firsthand.cli import setting_up
setting_up.django()
from datetime import timedelta
from firsthand.office import outbox
outbox.log_due(now=setting_up.now() + timedelta(hours=1))
"""


WORK = """
from firsthand.cli import setting_up
setting_up.django()
from datetime import timedelta
from firsthand.office import intake, outbox
now = setting_up.now() + timedelta(hours=1)
outbox.log_due(now=now)
while submission := outbox.claim(now=now):
    outbox.deliver(submission, clock=lambda: now)
outbox.file_sent(now=now, take=intake.take)
"""


def test_a_post_is_checked_by_its_address_with_all_its_past(tmp_path: Path) -> None:
    with served(tmp_path) as office:
        said = office.run("post", "--title", "When", "--json", text="We recieve it in May.")
        made = json.loads(said.stdout)
        assert (made["revision"], made["level"]) == (1, "firsthand")
        assert office.run("verify", made["url"]).returncode == 1, "it is not public yet"
        assert python(office.home, WORK).returncode == 0
        told = json.loads(office.run("verify", made["url"], "--json").stdout)
        assert (told["verdict"], told["problems"]) == ("verified", [])
        (tmp_path / "new.txt").write_text("We receive it in May.")
        again = office.run("revise", "when", str(tmp_path / "new.txt"), "--json")
        assert json.loads(again.stdout)["change"] == "typo"
        assert python(office.home, WORK).returncode == 0
        (tmp_path / "wrong.txt").write_text("We receive it in June.")
        office.run("revise", "when", str(tmp_path / "wrong.txt"), "--change", "typo")
        assert python(office.home, WORK).returncode == 0
        checked = office.run("verify", f"{made['url']}/history", "--json")
        verdict = json.loads(checked.stdout)
        assert (checked.returncode, verdict["verdict"], verdict["problems"]) == (0, "verified", [])
        assert any("3 revisions" in notice for notice in verdict["notices"])
        assert any("told as typo; the texts show substance" in n for n in verdict["notices"])
        an_earlier_revision_is_itself(office, made["url"])
        saved = tmp_path / "when.json"
        saved.write_bytes(httpx.get(f"{made['url']}.json").content)
        by_file = json.loads(office.run("verify", str(saved), "--json").stdout)
        assert by_file == verdict, "its file says what its address says"
        no_proof = office.run("verify", str(saved), "--offline", str(saved))
        assert (no_proof.returncode, "brings its proofs" in no_proof.stderr) == (2, True)
        saved.write_text(saved.read_text().replace("in May", "in Mar"))
        assert json.loads(office.run("verify", str(saved), "--json").stdout)["verdict"] == "altered"
        listed = json.loads(office.run("posts", "--json").stdout)["posts"]
        assert [(each["post"], each["revision"], each["state"]) for each in listed] == [
            ("when", 3, "sent")
        ]


def an_earlier_revision_is_itself(office: Living, post: str) -> None:
    second = office.run("verify", f"{post}/2", "--json")
    early, newest = (
        json.loads(each.stdout) for each in (second, office.run("verify", post, "--json"))
    )
    assert (second.returncode, early["verdict"], early["about"]) == (0, "verified", "post")
    assert (early["revision"], early["newest"], newest["revision"]) == (2, 3, 3)
    assert early["url"] != newest["url"], "the record of revision 2 itself"
    assert "A newer one exists: revision 3." in " ".join(early["notices"])
    said = office.run("verify", f"{post}/2/").stdout
    assert said.startswith("VERIFIED  The byline is true to this post,")
    assert "revision   2 of 3\n" in said
    for page, why in (("9", "no revision 9: the newest is revision 3"), ("x", "no page “x”")):
        none = office.run("verify", f"{post}/{page}")
        assert (none.returncode, why in none.stdout) == (1, True), none


def test_a_byline_is_checked_by_its_address(tmp_path: Path) -> None:
    with served(tmp_path) as office:
        said = office.run("reply", "1", "--json", text="Yes, gladly: come on Friday.")
        address = json.loads(said.stdout)["byline"]
        assert httpx.get(f"{address}.proof").status_code == 404
        assert python(office.home, RELEASE).returncode == 0
        proof = httpx.get(f"{address}.proof")
        assert (proof.status_code, proof.text.splitlines()[0]) == (200, "c2sp.org/tlog-proof@v1")
        told = office.run("verify", address, "--json")
        verdict = json.loads(told.stdout)
        assert (told.returncode, verdict["verdict"], verdict["problems"]) == (0, "verified", [])
        assert any("for the first time" in notice for notice in verdict["notices"])
        alone = office.run("verify", address).stdout
        assert alone.startswith("VERIFIED  The byline is signed and logged.\n")
        assert office.run("verify", f"{address}x").returncode == 1
