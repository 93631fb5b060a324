"""The page that a stranger saves says, from a file and without a network, what `firsthand verify` says."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from playwright.sync_api import Browser, Page, expect

from firsthand.channels.mail.compose import compose, received_parts
from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making
from firsthand.core.entry import byline_entry
from firsthand.core.envelope import Address, Attachment
from firsthand.core.header import Header
from firsthand.core.passkey import PublicKey, published
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.tiles import CHECKPOINT
from firsthand.tlog.verify import prove_offline
from firsthand.tlog.writer import publish, sequence, sign_checkpoint
from firsthand.verifier import Verdict, check_mail
from firsthand.verifier.consent import Assertion, batch_challenge, shared_out
from firsthand.verifier.look import notices
from firsthand.web.savable import page as savable
from tests.browser.live import LiveOffice
from tests.verifier.authenticator import Authenticator
from tests.verifier.letter import (
    ADA,
    BASE,
    HAL,
    ISSUER,
    NOW,
    OFFICE,
    OUTBOUND,
    SALT,
    SIGNER,
    THIEF,
    content,
    seal,
)

pytestmark = pytest.mark.browser
VECTORS = Path(__file__).resolve().parents[2] / "docs" / "vectors"
LETTER = seal()
KEY = records.multikey(OFFICE.public_key())
STAMP = VECTORS / "log" / "timestamp" / "3"
VECTOR_KEY = "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"
FIELD = str(Header(BASE, "n1", 2, Level.APPROVED, SALT))
SEALED = replace(OUTBOUND, byline=FIELD, record=LETTER.record, proof=LETTER.proof)
ADAS, HALS = Authenticator(), Authenticator("ed25519", private=THIEF)
PASSKEYS = {"ada-passkey-1": ADAS.public, "hal-passkey-1": HALS.public}
ASK = """async (asked) => {
  const answers = [];
  for (const {raw, keys} of asked) {
    const known = readKeys(keys);
    const {checkpoint, ...said} = await checkSealed(readLetter(ofBytes(atob(raw))), known);
    answers.push({...said, checkpoint: checkpoint ? String(checkpoint.size) : ""});
  }
  return answers;
}"""


def in_browser(page: Page, raws: list[bytes], keys: list[str]) -> list[dict[str, Any]]:
    asked = [{"raw": base64.b64encode(raw).decode(), "keys": keys} for raw in raws]
    return [dict(answer) for answer in page.evaluate(ASK, asked)]


def in_python(raw: bytes, keys: list[Ed25519PublicKey], **known: Any) -> dict[str, Any]:
    return told(check_mail(raw, keys=keys, **known))


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict in the words of the page, where both must say the same."""
    value = asdict(verdict)
    size = verdict.checkpoint.split(" ")[1] if verdict.checkpoint else ""
    return {
        **{name: value[name] for name in ("verdict", "level", "ai", "url", "strength")},
        **{name: [*value[name]] for name in ("people", "signers", "notices")},
        "problems": [_cut(problem) for problem in verdict.problems],
        "signedBy": verdict.signed_by,
        "loggedAt": verdict.logged_at,
        "checkpoint": size,
    }


def _cut(sentence: str) -> str:
    """Without how a key is given here and there, and what either JSON reader takes offence at first."""
    for strange in ("The byline is not readable", "The byline is not in canonical form"):
        if strange in sentence:
            return f"{sentence.partition(strange)[0]}The byline is not as it was signed."
    return sentence.partition(" Give one")[0]


def said(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The same of an answer of the page."""
    return {
        **{name: value for name, value in answer.items() if name != "believed"},
        "problems": [_cut(problem) for problem in answer["problems"]],
    }


def hand_signed(
    by: Mapping[str, Authenticator], *, batch: bool = False, other: bytes = b"", **wrong: Any
) -> bytes:
    """The letter, with the passkeys of `by` (actor keys) under its statement, or under `other`."""
    making = Making((ADA, HAL), {"hal": 9}, ("hal",), sent_by="ada", approved_by=("ada",))
    statement = records.statement(
        issuer=ISSUER, number="n1", content=content(), making=making,
        level=Level.APPROVED, ai=Ai.NONE,
    )  # fmt: skip
    mine = other or records.consent_challenge(statement)
    all_three = [b"x" * 32, mine, b"y" * 32]
    evidence = []
    for key, device in by.items():
        touched = device.assertion(batch_challenge(all_three) if batch else mine, **wrong)
        one: Assertion = shared_out(touched, all_three)[1] if batch else touched
        name = f"{ISSUER.did}#{key}-passkey-1"
        evidence.append(one.evidence(signer=ISSUER.actor(key), key=name, entry=0))
    return logged(statement, evidence)


def logged(statement: dict[str, Any], evidence: list[Any]) -> bytes:
    record = records.seal(
        statement, seq=7, at=NOW, issuer=ISSUER, evidence=evidence,
        key=records.OfficeKey("office-1", OFFICE),
    )  # fmt: skip
    leaf = byline_entry(
        level=Level.APPROVED, ai=Ai.NONE, channel="mail", day=NOW.date(), record=record
    )
    frontier, store = sequence(Frontier(), [b"{}", leaf]), MemoryStore()
    head = sign_checkpoint(SIGNER.name, frontier, SIGNER)
    publish(store, entries=lambda a, b: [b"{}", leaf][a:b], size=2, checkpoint=head)
    proof = prove_offline(store, SIGNER.verifier, 1).encode()
    return compose(replace(SEALED, record=record, proof=proof))


def changed(before: bytes, after: bytes) -> bytes:
    assert before in LETTER.raw
    return LETTER.raw.replace(before, after, 1)


def proved(before: bytes, after: bytes) -> bytes:
    """The letter with another proof."""
    assert before in LETTER.proof
    return compose(replace(SEALED, proof=LETTER.proof.replace(before, after, 1)))


def of_another_office() -> bytes:
    """Signed by the trusted key, but in the name of somebody else's office."""
    fields = {**records.read(LETTER.record), "issuer": "did:web:bank.example"}
    statement = {k: v for k, v in fields.items() if k not in {"seq", "validFrom", "proof"}}
    key = records.OfficeKey("office-1", OFFICE)
    record = records.seal(statement, seq=7, at=NOW, issuer=ISSUER, key=key)
    return compose(replace(SEALED, record=record))


def with_record(before: bytes, after: bytes) -> bytes:
    assert before in LETTER.record
    return compose(replace(SEALED, record=LETTER.record.replace(before, after, 1)))


LETTERS = {
    "true": LETTER.raw,
    "lines end with LF": LETTER.raw.replace(b"\r\n", b"\n"),
    "a postmark before": b"From ada Sat Nov 22\n" + LETTER.raw.replace(b"\r\n", b"\n"),
    "another word": changed(b"at nine", b"at nina"),
    "another sentence": changed(b"read it and sent it", b"wrote it and sent it"),
    "another recipient": changed(b"friederike@haus.example", b"mallory@haus.example"),
    "another thread": changed(b"In-Reply-To: <q1@", b"In-Reply-To: <q2@"),
    "another id": changed(b"Message-ID: <n1@", b"Message-ID: <n2@"),
    "two From": changed(b"\r\nTo: ", b"\r\nFrom: Stan <stan@reader.example>\r\nTo: "),
    "two subjects": changed(b"\r\nMessage-ID: ", b"\r\nSubject: I resign\r\nMessage-ID: "),
    "another address": changed(b"ada@ada.example", b"ada@bank.example"),
    "another name": changed(b"Ada Ferrer <", b"Eva Ferrer <"),
    "another subject": compose(replace(SEALED, subject="Das Schiff")),
    "no files": compose(replace(SEALED, attachments=())),
    "another file": compose(replace(SEALED, attachments=(Attachment("m", "text/plain", b"x"),))),
    "no copy": compose(replace(SEALED, cc=())),
    "hidden character": compose(replace(SEALED, text=OUTBOUND.text.replace("Ada", "A\u200bda"))),
    "false letter": compose(replace(SEALED, text=OUTBOUND.text.replace("Ada", "Ad\u0430"))),
    "false subject": compose(replace(SEALED, subject="\u202eFähre \u0440aid")),
    "thief": seal(THIEF).raw,
    "unlogged": seal(logged=False).raw,
    "no proof": compose(replace(SEALED, proof=b"")),
    "no proof, altered": compose(replace(SEALED, proof=b"", subject="x")),
    "proof of another index": proved(b"index 2", b"index 3"),
    "proof with a hash less": proved(LETTER.proof.split(b"\n")[2] + b"\n", b""),
    "proof of another size": proved(b"\n4\n", b"\n5\n"),
    "proof of another log": proved("\u2014 ada".encode(), "\u2014 eve".encode()),
    "proof of another kind": proved(b"@v1", b"@v2"),
    "proof with a zero": proved(b"index 2", b"index 02"),
    "proof without checkpoint": compose(replace(SEALED, proof=LETTER.proof.split(b"\n\n")[0])),
    "field lost": compose(replace(SEALED, byline="")),
    "field and salt lost": compose(replace(SEALED, byline="", text="Dear F.,\n\nno.\n")),
    "field damaged": compose(replace(SEALED, byline=FIELD.replace("salt=", "salt=B"))),
    "record lost": compose(replace(SEALED, record=b"")),
    "level raised": with_record(b'"approved"', b'"firsthand"'),
    "record with a blank": with_record(b'"seq":7', b'"seq": 7'),
    "record with a fraction": with_record(b'"seq":7', b'"seq":7.5'),
    "record with a key twice": with_record(b'"seq":7', b'"seq":7,"seq":7'),
    "record of an array": compose(replace(SEALED, record=b"[1]")),
    "record of nothing": compose(replace(SEALED, record=b"\xff")),
    "of another office": of_another_office(),
    "plain": compose(OUTBOUND),
    "empty": b"",
    "touched": hand_signed({"ada": ADAS}),
    "touched by both": hand_signed({"ada": ADAS, "hal": HALS}),
    "touched for three": hand_signed({"ada": ADAS}, batch=True),
    "touched by the assistant": hand_signed({"hal": HALS}),
    "touched by another": hand_signed({"ada": Authenticator()}),
    "touched elsewhere": hand_signed({"ada": ADAS}, origin="https://evil.example"),
    "touched for another site": hand_signed({"ada": ADAS}, site="evil.example"),
    "touched for another text": hand_signed({"ada": ADAS}, other=b"z" * 32),
    "not touched": hand_signed({"ada": ADAS}, flags=4),
}  # fmt: skip
VERDICTS = {
    "verified": {"true", "lines end with LF", "a postmark before", "another name", "field lost",
                 "field damaged",
                 "touched", "touched by both", "touched for three", "touched by the assistant"},
    "unknown": {"record lost", "plain", "empty"},
    "unlogged": {"unlogged", "no proof", "proof of another index", "proof with a hash less",
                 "proof of another size", "proof of another log", "proof of another kind",
                 "proof with a zero", "proof without checkpoint"},
    "forged": {"thief", "level raised", "record with a blank", "record with a fraction",
               "record with a key twice", "record of an array", "record of nothing",
               "touched by another", "touched elsewhere", "touched for another site",
               "touched for another text", "not touched", "of another office"},
}  # fmt: skip
LINES = [KEY, *(f"{name}={published(k)['publicKeyMultibase']}" for name, k in PASSKEYS.items())]


@pytest.mark.parametrize("keys", [[], [KEY], LINES], ids=["no key", "the key", "passkeys too"])
def test_the_page_says_what_the_command_says(page: Page, keys: list[str]) -> None:
    believed: dict[str, PublicKey] = PASSKEYS if len(keys) > 1 else {}
    office = [OFFICE.public_key()] if keys else []
    answers = in_browser(page, [*LETTERS.values()], keys)
    for (name, raw), answer in zip(LETTERS.items(), answers, strict=True):
        assert said(answer) == in_python(raw, office, passkeys=believed), name


def test_each_letter_gets_its_verdict(page: Page) -> None:
    answers = in_browser(page, [*LETTERS.values()], LINES)
    for name, answer in zip(LETTERS, answers, strict=True):
        expected = {word for word, names in VERDICTS.items() if name in names} or {"altered"}
        assert answer["verdict"] in expected, name


def _mangled(raw: bytes, chance: random.Random) -> bytes:
    """The letter after an accident or an attempt: bytes changed, cut out, doubled, or swapped."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        end = chance.choice([1000, 1000, len(data)])  # mostly before the record
        at, width = chance.randrange(min(end, len(data))), chance.choice([1, 1, 1, 2, 9, 80])
        match chance.randrange(4):
            case 0:
                data[at] = chance.choice(b' \t\r\n=?"<>:;,-_/()[]@\\\x00\xe9aA0' + bytes([255]))
            case 1:
                del data[at : at + width]
            case 2:
                data[at:at] = data[at : at + width]
            case _:
                to = chance.randrange(len(data))
                data[to : to + width] = data[at : at + width]
    return bytes(data)


def test_no_mangled_letter_is_read_in_two_ways(page: Page) -> None:
    chance = random.Random(2026)
    touched = LETTERS["touched by the assistant"]  # signed the same way each time
    raws = [_mangled(chance.choice([LETTER.raw, touched]), chance) for _ in range(600)]
    raws += [chance.randbytes(chance.randrange(400)) for _ in range(100)]
    answers = in_browser(page, raws, LINES)
    for raw, answer in zip(raws, answers, strict=True):
        assert said(answer) == in_python(raw, [OFFICE.public_key()], passkeys=PASSKEYS), raw


READ = """(raws) => raws.map((raw) => {
  const {text, record, proof, files, authorName, ...rest} = readLetter(ofBytes(atob(raw)));
  return {...rest, text: text.toWellFormed(), files: files.map(toBase64),
          record: record && toBase64(record), proof: proof && toBase64(proof)};
})"""


def test_a_mail_is_taken_apart_as_the_office_does(page: Page) -> None:
    """Also mails that nobody here composed: other encodings, nested parts, odd headers."""
    b64 = base64.b64encode
    own = sorted((Path(__file__).parents[1] / "channels").rglob("*.eml"))
    raws = [file.read_bytes() for file in own] + [raw for raw in LETTERS.values() if raw] + STRANGE
    found = page.evaluate(READ, [b64(raw).decode() for raw in raws])
    for raw, answer in zip(raws, found, strict=True):
        sealed = received_parts(raw)
        assert answer == {
            "text": sealed.text,
            "record": b64(sealed.record).decode() if sealed.record is not None else None,
            "proof": b64(sealed.proof).decode() if sealed.proof is not None else None,
            "byline": sealed.byline,
            "author": sealed.author,
            "recipients": [*sealed.recipients],
            "subject": sealed.subject,
            "subjectId": sealed.subject_id,
            "inReplyTo": sealed.in_reply_to,
            "files": [b64(content).decode() for content in sealed.files],
        }, raw[:2000]


STRANGE = [
    text.replace("\n", "\r\n").encode("latin-1")
    for text in (
        "From: =?utf-8?Q?Ad=C3=A0?= =?utf-8?B?IEZlcnJlcg==?= <ada@ada.example>\n"
        "To: Friends: a@b.example, \"c, d\" <c@d.example>;, (no) e@f.example\n"
        "Subject: =?iso-8859-1?Q?F=E4hre_um?=\n  =?utf-8?q?_neun?= ok\n\nplain\n",
        "From: a@b.example, c@d.example\nSubject: one\nSubject: two\n"
        "Content-Type: text/plain; charset=iso-8859-1\n\nF\xe4hre\n",
        "Content-Type: multipart/mixed; boundary=\"a b\"\n\nno\n--a b\n\nfirst =41\n--a b\n"
        "Content-Type: text/plain; name*0*=utf-8''f%C3%A4; name*1=x.txt\n"
        "Content-Transfer-Encoding: base64\n\nSGVsbG8=\n--a b--\nafter",
        "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; "
        "boundary=y\n\n--y\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A4=\nb =3D=\n\n"
        "--y\nContent-Type: text/html\n\n<p>b\n--y--\n--x\nContent-Type: application/vc\n\n{}\n"
        "--x\nContent-Type: text/plain; name=byline.tlog-proof\n\nproof\n--x--",
        "Content-Type: multipart/mixed; boundary=gone\n\n--here\nContent-Type: text/plain\n\nb\n"
        "--here--\n",
        "Content-Type: text/plain; charset=nonesuch\nContent-Transfer-Encoding: BASE64\n\nSGVsb\nG8\n",
        "From: \"Ada \\\"A\\\" F\" <\"a b\"@ada.example> (c (d) e)\nTo: <@route:x@y.example>\n"
        "Cc: mailto:Z@Y.example, \"n@m.example\" <q@r.example>\nMessage-ID: <a@b> <c@d>\n\n\xa0b \t\n",
        "no header at all\nFrom: x@y.example\n",
        "From: x@y.example\nthis is no field\n\nbody",
    )
]  # fmt: skip


def test_deceiving_characters_are_told_in_the_same_words(page: Page) -> None:
    chance = random.Random(7)
    letters = (
        "ab Éı1\n-" + "\u200b\u200d\u202e\u00ad\ufeff\ufe0f" + "аеосд" + "οω" + "օբ" + "Ꭰ" + "👩💻"
    )
    texts = ["".join(chance.choices(letters, k=chance.randrange(12))) for _ in range(1500)]
    found = page.evaluate(
        "(texts) => texts.map((text) => oddNotices({text, subject: text}, [text]))", texts
    )
    assert found == [notices(text=text, subject=text, people=[text]) for text in texts]


def ask(page: Page, raw: bytes, *, key: str = KEY, extra: str = "") -> None:
    """As a reader does it."""
    page.get_by_label("The office’s key").fill(key)
    if extra:
        page.get_by_text("A checkpoint from elsewhere, a newer proof").click()
        page.get_by_label("The checkpoint of the log").fill(extra)
    page.get_by_label("The letter’s file").set_input_files(
        {"name": "letter.eml", "mimeType": "message/rfc822", "buffer": raw}
    )


@pytest.fixture
def fresh(chromium: Browser, saved: Path) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(saved.as_uri())
    yield page
    context.close()


def test_the_letter_of_the_format_verifies_without_a_network(fresh: Page) -> None:
    ask(fresh, (VECTORS / "letter.eml").read_bytes(), key=VECTOR_KEY)
    verdict = fresh.locator("#verdict")
    expect(verdict.get_by_role("heading")).to_have_text("Verified")
    expect(fresh.locator(".level")).to_contain_text("Ada Ferrer, Hal Brandt")
    expect(fresh.locator(".letter")).to_contain_text("Check: https://ada.example/b/vector1#")
    fresh.get_by_label("Or its source").fill((VECTORS / "letter.eml").read_text())
    expect(verdict).to_be_empty()
    fresh.get_by_role("button", name="Check").press("Enter")
    expect(verdict.get_by_role("heading")).to_have_text("Verified")


def test_a_key_is_remembered_only_when_told_and_only_for_its_issuer(fresh: Page) -> None:
    heading = fresh.locator("#verdict h2")
    ask(fresh, LETTER.raw)
    expect(heading).to_have_text("Verified")
    assert fresh.evaluate("localStorage.length") == 0
    fresh.get_by_role("button", name="Remember this key for did:web:ada.example").click()
    fresh.reload()
    ask(fresh, LETTER.raw, key="")
    expect(heading).to_have_text("Verified")
    ask(fresh, seal(THIEF).raw, key=records.multikey(THIEF.public_key()))
    expect(heading).to_have_text("Verified")
    expect(fresh.locator("#verdict")).to_contain_text("You remembered another key")
    fresh.get_by_role("button", name="Forget the keys of did:web:ada.example").press("Enter")
    ask(fresh, LETTER.raw, key="")
    expect(heading).to_have_text("Unknown")


def test_a_checkpoint_from_elsewhere_uncovers_a_fork(fresh: Page) -> None:
    verdict = fresh.locator("#verdict")
    ask(fresh, LETTER.raw, extra=LETTER.store.files[CHECKPOINT].decode())
    expect(verdict).to_contain_text("both readers see one log")
    fresh.reload()
    ask(fresh, LETTER.raw, extra=seal(logged=False).store.files[CHECKPOINT].decode())
    expect(verdict.get_by_role("heading")).to_have_text("Not in the log")
    expect(verdict).to_contain_text("Two different logs of 4 entries were signed")


def test_a_newer_proof_does_where_the_one_inside_is_lost(fresh: Page) -> None:
    ask(fresh, LETTERS["no proof"], extra=LETTER.proof.decode())
    expect(fresh.locator("#verdict h2")).to_have_text("Verified")


def test_a_timestamp_is_told_as_what_it_says(fresh: Page) -> None:
    raw, stamp = (VECTORS / "letter.eml").read_bytes(), STAMP.read_text()
    verdict, head = fresh.locator("#verdict"), fresh.locator("#verdict h2")
    ask(fresh, raw, key=VECTOR_KEY, extra=stamp)
    expect(head).to_have_text("Verified")
    expect(verdict).to_contain_text("A timestamp of these 3 entries says 2026-11-25T20:05:46Z.")
    expect(verdict).to_contain_text("Whose it is was not checked: firsthand verify --tsa")
    answer = stamp.split("\n")[1]
    changed = base64.b64decode(answer).replace(b"\xbe\x6b\x5c", b"\xbe\x6b\x5d")
    odd = {
        stamp.replace(answer, base64.b64encode(changed).decode()): "It is over another head",
        stamp.replace(answer, "AAAA"): "The timestamp is not readable.",
        stamp.replace("\n3\n", "\n2\n"): "The signature of ada.example/byline-log is wrong",
    }
    for text, why in odd.items():
        fresh.locator("#extra").fill(text)
        fresh.get_by_role("button", name="Check").click()
        expect(verdict).to_contain_text(f"The timestamp does not count: {why}")
        expect(head).to_have_text("Verified")
    fresh.locator("#extra").fill("firsthand-timestamp/1\n")
    fresh.get_by_role("button", name="Check").click()
    expect(verdict).to_contain_text("This is no file of a timestamp")


def test_a_stamp_uncovers_a_fork(fresh: Page) -> None:
    answer = STAMP.read_text().split("\n")[1]
    der = base64.b64decode(answer)
    told = bytes.fromhex("be6b5cf5eeb7d253b801e0bd36e7328c67e5a80d500073d9d11efe60dd330c88")
    other = seal(logged=False).store.files[CHECKPOINT]
    text = other[: other.rindex(b"\n\n") + 1]
    made = base64.b64encode(der.replace(told, hashlib.sha256(text).digest())).decode()
    ask(fresh, LETTER.raw, extra=f"firsthand-timestamp/1\n{made}\n\n{other.decode()}")
    expect(fresh.locator("#verdict h2")).to_have_text("Not in the log")
    expect(fresh.locator("#verdict")).to_contain_text("A timestamp is of another past of this log")


def test_what_deceives_the_eye_is_marked(fresh: Page) -> None:
    ask(fresh, LETTERS["hidden character"])
    expect(fresh.locator("mark")).to_have_text(["U+200B", "U+200B"])
    ask(fresh, LETTERS["false letter"])
    expect(fresh.locator("mark")).to_have_text(["\u0430U+0430"] * 2)


def test_a_letter_cannot_write_into_the_page(fresh: Page) -> None:
    evil = "<img src=x onerror=document.title=1><script>document.title=1</script>"
    ask(fresh, compose(replace(SEALED, text=evil, author=Address("ada@ada.example", evil))))
    expect(fresh.locator(".letter")).to_have_text(evil)
    assert fresh.title() == "Check a letter or a post"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_has_no_barrier(chromium: Browser, saved: Path, scheme: Any, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(saved.as_uri())
    for name in ("true", "false letter", "touched"):
        ask(page, LETTERS[name], key="\n".join(LINES))
        expect(page.locator(".letter")).to_be_visible()
        page.get_by_role("button", name="Remember this key").click()
        page.locator("details").evaluate("one => { one.open = true }")
        faults = Axe().run(page).response["violations"]
        assert [f"{one['id']}: {one['nodes'][0]['target']}" for one in faults] == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.close()


def test_the_office_serves_it_whole(chromium: Browser, live_office: LiveOffice) -> None:
    with live_office.page(chromium) as page:
        asked: list[str] = []
        page.goto("/verify")
        with page.expect_download() as saving:
            page.get_by_role("link", name="page that works alone").click()
        assert saving.value.suggested_filename == "firsthand-verify.html"
        assert Path(saving.value.path()).read_bytes() == savable().content
        expect(page.locator("main")).to_contain_text(savable().sha256)
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/verify.html")
        ask(page, LETTER.raw)
        expect(page.locator("#verdict h2")).to_have_text("Verified")
        expect(page.get_by_role("link", name="Save it once")).to_be_visible()
        assert [url for url in asked if not url.endswith("/verify.html")] == []


def test_nothing_of_the_page_can_ask_anybody() -> None:
    content = savable().content.decode()
    assert "default-src &#x27;none&#x27;" not in content
    assert "default-src 'none'" in content
    words = (
        "fetch(",
        "XMLHttpRequest",
        "sendBeacon",
        "WebSocket",
        "EventSource",
        "import(",
        "eval(",
    )
    assert [word for word in words if word in content] == []
    assert json.dumps(content).count("https://") == 0
