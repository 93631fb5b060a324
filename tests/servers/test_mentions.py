"""Two whole offices and a real WordPress link to each other's pages, and tell each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doors.living import free_port, python
from tests.servers.test_wordpress_office import Served, serving, until
from tests.servers.wordpress import WordPress

pytestmark = pytest.mark.servers
# At an address with a dot in it: without one WordPress sees no link (`wp_extract_urls`).
OPEN = """
import sys
from firsthand.cli import setting_up
setting_up.django()
from firsthand.office import staff
staff.open_office(name="Ada Ferrer", email="ada@ada.example", base=sys.argv[1], now=setting_up.now())
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An office that may ask this machine."""
    with begun(tmp_path_factory.mktemp("one")) as served:
        yield served


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with begun(tmp_path_factory.mktemp("two")) as served:
        yield served


@contextmanager
def begun(home: Path) -> Iterator[Served]:
    port = free_port()
    opened = python(home, OPEN, f"http://127.0.0.1:{port}")
    assert opened.returncode == 0, opened.stderr
    with serving(home, port, MENTIONS_FROM_LOOPBACK="on") as served:
        yield served


def publish(office: Served, title: str, text: str) -> str:
    """A post that is public; its address."""
    office.ask("post", "--title", title, text=text)
    slug = title.lower().replace(" ", "-")
    address = f"{office.base}/p/{slug}"
    until(lambda: httpx.get(address).status_code == 200, "the post is not public")
    return address


def heard(office: Served, words: str) -> list[dict[str, Any]]:
    """The messages of the one conversation that has these words."""
    threads = office.ask("search", words)["threads"]
    found: list[dict[str, Any]] = []
    for each in threads[:1]:
        found = office.ask("show", str(each["thread"]))["messages"]
    return found


def write(blog: WordPress, title: str, text: str) -> int:
    """A post in the blog; then what its clock would do: tell whom it links to."""
    made = blog.post(title, text)
    blog.php("do_all_pings(); return 1;")
    return int(made["id"])


def test_a_real_blog_pings_a_post_and_it_is_in_the_queue_once(
    office: Served, wordpress: WordPress
) -> None:
    target = publish(office, "On reeds", "They grow tall.")
    wordpress.php("update_option('default_pingback_flag', 1); return 1;")
    text = f'<p>Somebody wrote <a href="{target}">about reeds</a>, and rightly so.</p>'
    try:
        number = write(wordpress, "Reeds elsewhere", text)
    finally:
        wordpress.php("update_option('default_pingback_flag', 0); return 1;")
    pung = wordpress.php("return get_pung($given['post']);", post=number)
    assert pung == [target], "WordPress says that we took it"
    until(lambda: bool(heard(office, "rightly")), "the pingback did not come in")
    (message,) = heard(office, "rightly")
    assert message["direction"] == "in"
    shown = str(message)
    assert "Somebody wrote about reeds, and rightly so." in shown
    assert wordpress.base in shown
    again = """
        include_once ABSPATH . WPINC . '/class-IXR.php';
        include_once ABSPATH . WPINC . '/class-wp-http-ixr-client.php';
        $client = new WP_HTTP_IXR_Client($given['at']);
        $client->query('pingback.ping', get_permalink($given['post']), $given['target']);
        return $client->getErrorCode();
    """
    at = f"{office.base}/pingback"
    assert wordpress.php(again, at=at, post=number, target=target) == 48


def test_one_office_tells_another(office: Served, other: Served) -> None:
    target = publish(office, "On letters", "Four hundred a day.")
    text = f"As [Ada says]({target}), most of them are kind; mine bloom like jacarandas."
    publish(other, "My letters", text)
    until(lambda: bool(heard(office, "jacarandas")), "the webmention did not come in", 90)
    (message,) = heard(office, "jacarandas")
    assert "mine bloom like jacarandas" in str(message)
    assert f"{other.base}/p/my-letters" in str(message)
    (told,) = other.sql("SELECT state, answer FROM office_telling")
    assert told[0] == "told"
    assert "(202)" in told[1]
    (mention,) = office.sql("SELECT state FROM office_mention WHERE way = 'webmention'")
    assert mention == ("found",)


def test_who_takes_no_webmentions_is_left_in_peace(other: Served, wordpress: WordPress) -> None:
    """WordPress itself knows pingbacks only."""
    page = wordpress.post("A page", "<p>Quiet.</p>")["link"]
    publish(other, "A quiet page", f"There is [a quiet page]({page}).")
    query = f"SELECT state FROM office_telling WHERE target = '{page}'"
    until(lambda: other.sql(query) == [("unheard",)], "it was not found out")
