"""The page that a stranger saves checks a post that the stranger saved, and says what the command says."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page, expect

from firsthand.core import record as records
from firsthand.core.revising import Change, Written, proposed
from firsthand.tlog.tiles import CHECKPOINT
from firsthand.verifier import check_post, host_in, read_post
from tests.browser.live import LiveOffice
from tests.browser.test_savable_page import said, told
from tests.core.test_revising import PAIRS
from tests.verifier.site import HOST, KEY, LIES, Site, published

pytestmark = pytest.mark.browser
OURS = records.multikey(KEY.public_key())
OTHER = records.multikey(Ed25519PrivateKey.from_private_bytes(b"\x09" * 32).public_key())
ASK = """async ([raw, keys]) => {
  const post = readPost(ofBytes(atob(raw)));
  if (!post) return null;
  const {checkpoint, ...said} = await checkPost(post, readKeys(keys));
  return {...said, host: post.host, checkpoint: checkpoint ? String(checkpoint.size) : ""};
}"""


def proved(*changes: Callable[[Site], Any]) -> bytes:
    """The post as it is saved, after something was done to what the office shows."""
    site = published()
    site.prove()
    for change in changes:
        change(site)
    return site.raw()


def lighter(site: Site) -> None:
    site.add("It opens in July, I think.", Change.TYPO)
    site.prove()


def put(**values: Any) -> Callable[[Site], None]:
    return lambda site: site.shown[0].update(values)


def first_only(site: Site) -> None:
    del site.shown[:2]


def moved_proof(site: Site) -> None:
    site.shown[1]["proof"] = site.shown[0]["proof"]


def moved_record(site: Site) -> None:
    site.shown[0]["record"] = site.shown[1]["record"]


POSTS = {
    "true": proved(),
    "one revision": proved(first_only),
    "told as less": proved(lighter),
    "without proofs": published().raw(),
    "a proof of another entry": proved(moved_proof),
    "from elsewhere": proved().replace(b"https://ada.example/p/", b"https://eve.example/p/"),
    "from nowhere": proved().replace(b'"post"', b'"past"'),
    "another record": proved(moved_record),
    "no record": proved(put(record="")),
    "no salt": proved(put(byline="https://ada.example/b/n3")),
    "no byline": proved(put(byline="")),
    "a hidden character": proved(put(text="It opens in Ju\u200bne, I think.")),
    "other line ends": proved(put(text="It opens in June, I think. \r\n")),
    "a number with a point": proved(put(number=3.0)),
    "no whole number": proved(put(number=3.5)),
    "no number": proved(put(number="3")),
    "half a character": proved(put(text="\ud800")),
    "no base64": proved(put(record="QUJ")),
    "strange index": proved(put(index=True)),
    "nothing": b"",
    "a letter": b"From: ada@ada.example\n\nHello",
    "a list": b"[1]",
    "no revisions": b'{"revisions": []}',
    "not a list": b'{"revisions": {"0": 1}}',
    "with a mark": b"\xef\xbb\xbf" + proved(),
    **{lie.__name__: proved(lie) for lie in LIES},
}  # fmt: skip


def compare(page: Page, raw: bytes, keys: list[str]) -> str:
    """The verdict, which both must give in the same words; "" where neither takes it for a post."""
    answer = page.evaluate(ASK, [base64.b64encode(raw).decode(), keys])
    shown = read_post(raw)
    assert bool(answer) == bool(shown), raw[:2000]
    if not answer:
        return ""
    assert answer.pop("host") == host_in(raw)
    believed = [records.from_multikey(key) for key in keys]
    verdict = check_post(raw, host=host_in(raw), keys=believed, log=None)
    assert said(answer) == told(verdict), raw[:2000]
    return verdict.verdict


@pytest.mark.parametrize("name", POSTS)
def test_the_page_says_what_the_command_says(page: Page, name: str) -> None:
    for keys in ([], [OURS], [OTHER], [OTHER, OURS]):
        compare(page, POSTS[name], keys)


def test_each_post_gets_its_verdict(page: Page) -> None:
    verdicts = {name: compare(page, raw, [OURS]) for name, raw in POSTS.items()}
    good = {"true", "one revision", "told as less", "other line ends", "a number with a point"}
    assert {name for name, verdict in verdicts.items() if verdict == "verified"} == {
        *good,
        "dropped_newest",  # as in "one revision": only the log knows that there is a newer one
    }
    no_post = {name for name, verdict in verdicts.items() if not verdict}
    assert no_post == {
        "no whole number", "no number", "half a character", "no base64", "strange index", "nothing",
        "a letter", "a list", "no revisions", "not a list", "with a mark",
    }  # fmt: skip
    assert (verdicts["no record"], verdicts["without proofs"]) == ("unknown", "unlogged")


def test_no_mangled_post_is_read_in_two_ways(page: Page) -> None:
    chance = random.Random(2026)
    whole = POSTS["true"]
    verdicts = set()
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            place, width = chance.randrange(len(data)), chance.choice([1, 1, 2, 9])
            match chance.randrange(3):
                case 0:
                    data[place] = chance.choice(b' "{}[],:\\0189aAn=+/-.\xc3')
                case 1:
                    del data[place : place + width]
                case _:
                    data[place:place] = data[place : place + width]
        verdicts.add(compare(page, bytes(data), [OURS]))
    assert verdicts >= {"", "forged", "altered"}


ODD = (
    '3.5 -7 −2 x2 http://a.example/b. [a](<b>\u3000"c") Straße STRASSE ẞ ΣΑΣ σας İx ıx naïve naive '
    "日本。語 न a\u200db 50% it's well-known recieve receive 1) *so* # e\u0301té mailto:a@b.example 😀 "
    "ᏣᎳᎩ ꮳꮃꭹ \x1cx"
).split(" ")
ODD += ["\n\n", "\n- ", "\n> ", "\u2028# "]


def random_pairs(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Texts and what somebody made of them, with what other alphabets and programs put into them."""
    words = " ".join(text for pair in PAIRS for text in pair).split(" ")
    for _ in range(1500):
        before = [
            chance.choice(ODD if chance.random() < 0.3 else words)
            for _ in range(chance.randint(1, 30))
        ]
        after = [*before]
        for _ in range(chance.randint(0, 4)):
            place = chance.randrange(len(after) + 1)
            new = chance.choices(ODD + words, k=chance.randint(0, 2))
            after[place : place + chance.randint(0, 2)] = new
        yield " ".join(before), " ".join(after)
        word = chance.choice(words + ODD)
        place = chance.randrange(len(word) + 1)
        mended = word[:place] + chance.choice("aeß") + word[place + 1 :]
        yield f"So {word} it is.", f"So {mended} it is."


PROPOSE = "(pairs) => pairs.map(([a, b]) => proposedChange(a, b))"


def test_both_propose_the_same_kind_for_any_two_texts(page: Page) -> None:
    pairs = [*PAIRS, *random_pairs(random.Random(2026))]
    for title in ("", "Notes"):
        asked = [[{"title": title, "text": text} for text in pair] for pair in pairs]
        answers = page.evaluate(PROPOSE, asked)
        for (before_, after_), answer in zip(pairs, answers, strict=True):
            expected = proposed(Written(title, before_), Written(title, after_))
            assert answer == (expected.value if expected else None), (before_, after_)


# A person, and the file of a real office.


def ask(page: Page, raw: bytes, key: str = OURS) -> None:
    page.locator("#key").fill(key)
    files = {"name": "when.json", "mimeType": "application/json", "buffer": raw}
    page.locator("#file").set_input_files(files)  # type: ignore[arg-type]


def test_a_reader_gives_the_file_of_a_post(page: Page) -> None:
    heading, verdict = page.locator("#verdict h2"), page.locator("#verdict")
    ask(page, POSTS["told as less"])
    expect(heading).to_have_text("Verified")
    expect(verdict).to_contain_text("4 revisions")
    expect(verdict).to_contain_text("Revision 4 is told as typo; the texts show substance")
    expect(page.locator(".letter")).to_have_text("It opens in July, I think.")
    expect(page.locator("#found")).to_contain_text(HOST)
    ask(page, POSTS["changed_text"])
    expect(heading).to_have_text("Altered")
    expect(verdict).to_contain_text("Revision 2: The text is not the text that was signed.")
    ask(page, POSTS["true"], key=OTHER)
    expect(heading).to_have_text("Forged")
    ask(page, POSTS["true"], key="")
    expect(heading).to_have_text("Unknown")


def test_an_address_is_told_what_to_do_with_it(page: Page) -> None:
    for address in ("https://ada.example/p/when/2", " at://did:plc:x/app.bsky.feed.post/3k\n"):
        page.locator("#source").fill(address)
        page.get_by_role("button", name="Check").click()
        expect(page.locator("#verdict")).to_contain_text("This is an address")
    page.locator("#source").fill("")


def test_a_checkpoint_and_a_proof_from_elsewhere(page: Page) -> None:
    site, other = published(), published()
    other.leaves[0] = other.leaves[1]
    page.locator("details").evaluate("one => { one.open = true }")
    for log, expected in (
        (site.log(), "both readers see one log"),
        (other.log(), "this is a fork"),
    ):
        page.locator("#extra").fill(log.files[CHECKPOINT].decode())
        ask(page, POSTS["true"])
        expect(page.locator("#verdict")).to_contain_text(expected)
    proof = base64.b64decode(json.loads(POSTS["true"])["revisions"][0]["proof"]).decode()
    page.locator("#extra").fill(proof)
    ask(page, POSTS["true"])
    expect(page.locator("#verdict")).to_contain_text("the file of a post brings its own")
    page.locator("#extra").fill("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_has_no_barrier(chromium: Browser, saved: Path, scheme: Any, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(saved.as_uri())
    for name in ("told as less", "a hidden character"):
        ask(page, POSTS[name])
        expect(page.locator(".letter")).to_be_visible()
        faults = Axe().run(page).response["violations"]
        assert [f"{one['id']}: {one['nodes'][0]['target']}" for one in faults] == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.close()


def test_a_post_of_a_real_office_is_saved_and_verified(
    page: Page, live_office: LiveOffice, chromium: Browser
) -> None:
    with live_office.page(chromium) as office:
        office.goto("/posts")
        slug = office.locator("main li a[href^='/p/']").first.get_attribute("href") or ""
        raw = office.request.get(f"{slug}.json").body()
        did = office.request.get("/.well-known/did.json").json()
    key = did["verificationMethod"][0]["publicKeyMultibase"]
    ask(page, raw, key)
    expect(page.locator("#verdict h2")).to_have_text("Verified")
    shown = json.loads(raw)
    assert len(shown["revisions"]) > 1
    shown["revisions"][-1]["text"] += "."
    ask(page, json.dumps(shown).encode(), key)
    expect(page.locator("#verdict h2")).to_have_text("Altered")
