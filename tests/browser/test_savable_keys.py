"""The saved page follows an office's changes of key as `firsthand verify` does, from its key file alone."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from firsthand.core.keys import KeyAct, public
from firsthand.verifier import KeyFile, check_mail
from tests.verifier.letter import OFFICE, SIGNER
from tests.verifier.test_keyfile import (
    BEGUN,
    FILLER,
    NEW_LOG,
    NEXT,
    RECOVERY,
    SECOND,
    THIEF,
    Sent,
    key,
    sent,
)

pytestmark = pytest.mark.browser
CHANGED = key(KeyAct.CHANGED, SECOND, OFFICE, 1)
STOLEN = key(KeyAct.CHANGED, THIEF, OFFICE, 1)
NEW_LOGS = key(KeyAct.CHANGED, SECOND, OFFICE, 1, log=NEW_LOG)


def back(since: int) -> bytes:
    return key(KeyAct.RECOVERED, SECOND, RECOVERY, since, recovery=public(NEXT))


def claimed(letter: Sent, leaf: bytes) -> Sent:
    """The letter with a key file in which `leaf` takes the place of another entry's proof."""
    first = letter.file.proofs[0]
    return replace(letter, file=KeyFile.of_proofs([first, replace(first, index=1, extra=leaf)]))


CASES = {
    "from before a change": sent(OFFICE, [BEGUN], [key(KeyAct.CHANGED, SECOND, OFFICE, 2)]),
    "by the new key": sent(SECOND, [BEGUN, CHANGED]),
    "by the ended key": sent(OFFICE, [BEGUN, CHANGED, FILLER]),
    "before the cut-off": sent(OFFICE, [BEGUN, FILLER], [FILLER, back(3)]),
    "at the cut-off": sent(OFFICE, [BEGUN, FILLER], [FILLER, back(2)]),
    "by a thief's key": sent(THIEF, [BEGUN, STOLEN], [back(1)]),
    "by a thief, unnoticed": sent(THIEF, [BEGUN, STOLEN]),
    "by a thief, signed by nobody": sent(THIEF, [BEGUN, key(KeyAct.CHANGED, THIEF, THIEF, 1)]),
    "signed for another place": sent(SECOND, [BEGUN, key(KeyAct.CHANGED, SECOND, OFFICE, 2)]),
    "by a claim that is not logged": claimed(sent(SECOND, [BEGUN, FILLER]), CHANGED),
    "by both log keys": sent(SECOND, [BEGUN, NEW_LOGS], signers=(SIGNER, NEW_LOG)),
    "by the old log key alone": sent(SECOND, [BEGUN, NEW_LOGS]),
}
ASK = """async (asked) => {
  const {raw, keys, file} = asked;
  const keyFile = parseKeyFile(ofBytes(atob(file)));
  const letter = readLetter(ofBytes(atob(raw)));
  const {checkpoint, ...said} = await checkSealed(letter, {...readKeys(keys), keyFile});
  return said;
}"""


@pytest.mark.parametrize(
    "known", [OFFICE, RECOVERY, SECOND, THIEF], ids=["old", "recovery", "new", "thief"]
)
@pytest.mark.parametrize("case", CASES)
def test_the_page_says_what_the_command_says(page: Page, case: str, known: Any) -> None:
    letter = CASES[case]
    asked = {
        "raw": base64.b64encode(letter.raw).decode(),
        "keys": [public(known)],
        "file": base64.b64encode(letter.file.encode()).decode(),
    }
    said = page.evaluate(ASK, asked)
    told = check_mail(letter.raw, keys=[known.public_key()], office=letter.file)
    assert (said["verdict"], said["problems"]) == (told.verdict, list(told.problems))
    assert said["notices"] == list(told.notices)


def test_a_reader_pastes_the_key_history(page: Page) -> None:
    letter = CASES["by the new key"]
    page.locator("#source").fill(letter.raw.decode())
    page.locator("#key").fill(public(OFFICE))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#verdict h2")).to_have_text("Forged")
    page.locator("summary").click()
    page.locator("#extra").fill(letter.file.encode().decode())
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#verdict h2")).to_have_text("Verified")
    page.locator("#extra").fill(Path(__file__).name + "\n")
    page.locator("#extra").fill("c2sp.org/tlog-proof@v1\nextra eA==\nindex 0\n\n\n")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#verdict h2")).to_have_text("Not checked")
