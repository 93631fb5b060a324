"""Debian's Chromium out of `.servers/chromium`, driven by Playwright, once per test process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from firsthand.web.savable import page as savable
from tests.browser import live

UNPACKED = Path(__file__).resolve().parents[2] / ".servers" / "chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <alias><family>serif</family><prefer><family>Liberation Serif</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Liberation Mono</family></prefer></alias>
</fontconfig>
"""


def _libraries() -> str:
    found = [*UNPACKED.glob("lib/*-linux-gnu*"), *UNPACKED.glob("usr/lib/*-linux-gnu*")]
    # Some libraries lie in folders that only their own users' run paths name.
    folders = [folder / part for folder in found for part in ("", "nss", "pulseaudio")]
    return ":".join(str(folder) for folder in folders)


def _environment(home: Path) -> dict[str, str | float | bool]:
    """The unpacked libraries and fonts only, so that a picture is the same everywhere."""
    fonts = home / "fonts.conf"
    fonts.write_text(FONTS.format(fonts=UNPACKED / "usr/share/fonts", cache=home / "fontconfig"))
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": _libraries(),
        "FONTCONFIG_FILE": str(fonts),
    }


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not (UNPACKED / ".stamp").exists():
        pytest.fail("Chromium is missing from .servers/chromium. Run: make servers", pytrace=False)
    # Playwright keeps an event loop in this thread, which Django would take for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with pytest.MonkeyPatch.context() as driver_only:
        # Playwright's driver needs a library (libatomic) that a bare system lacks.
        driver_only.setenv("LD_LIBRARY_PATH", _libraries())
        playwright = sync_playwright().start()
    browser = playwright.chromium.launch(
        executable_path=UNPACKED / "usr/lib/chromium/chromium",
        args=ARGUMENTS,
        env=_environment(tmp_path_factory.mktemp("chromium")),
    )
    yield browser
    browser.close()
    playwright.stop()


@pytest.fixture(scope="module")
def live_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.LiveOffice]:
    """The sample office, served; its own for each file of tests, which may change it."""
    with live.running(tmp_path_factory.mktemp("office") / "home") as office:
        yield office


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier's page, as somebody keeps it."""
    file = tmp_path_factory.mktemp("saved") / "firsthand-verify.html"
    file.write_bytes(savable().content)
    return file


@pytest.fixture(scope="module")
def page(chromium: Browser, saved: Path) -> Iterator[Page]:
    """The saved page, which may ask for itself and for nothing else."""
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(saved.as_uri())
    yield page
    assert asked == [saved.as_uri()]
    page.close()
