"""`firsthand-verify` as a stranger installs it: three libraries, no Django, the letter of the docs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firsthand.core.record import multikey
from tests.docs.vectors import OFFICE_KEY

pytestmark = pytest.mark.servers
ROOT = Path(__file__).resolve().parents[2]
LETTER = ROOT / "docs" / "vectors" / "letter.eml"


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("stranger")
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    pip: list[str | Path] = [
        place / "bin" / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "-q",
    ]
    subprocess.run([*pip, "install", ROOT / "packaging" / "verify"], check=True)
    listed = subprocess.run([*pip, "list"], check=True, capture_output=True, text=True).stdout
    assert "django" not in listed.lower()
    return place / "bin" / "firsthand-verify"


def run(command: Path, *words: object, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_STATE_HOME": str(home)}
    line = [str(command), *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment)


def test_it_verifies_a_letter_and_refuses_a_changed_one(command: Path, tmp_path: Path) -> None:
    key = multikey(OFFICE_KEY.public_key())
    log = ROOT / "docs" / "vectors" / "log"
    true = run(command, LETTER, "--key", key, "--log", log, home=tmp_path)
    assert (true.returncode, true.stdout.split()[0]) == (0, "VERIFIED"), true.stdout + true.stderr
    changed = tmp_path / "changed.eml"
    changed.write_bytes(LETTER.read_bytes().replace(b"quote", b"Quote", 1))
    false = run(command, changed, "--key", key, "--log", log, home=tmp_path)
    assert (false.returncode, false.stdout.split()[0]) == (1, "ALTERED")


def test_it_says_what_is_missing(command: Path, tmp_path: Path) -> None:
    nothing = run(command, "nothing.eml", home=tmp_path)
    assert nothing.returncode == 2
    assert "cannot be read" in nothing.stderr
