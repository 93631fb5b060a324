"""A post of the office on a real WordPress: published, mended, corrected, checked by a stranger each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.blog import Blog
from tests.servers.test_wordpress_office import Served, serving, until
from tests.servers.wordpress import WordPress

pytestmark = pytest.mark.servers
TITLE = 'Letters -- it\'s "here"'
TEXT = """We recieve 400 letters a day... -- each *is* read. :)

See [the log](https://ada.example/log) & <b>write</b>. 👩🏽‍💻
"""


@pytest.fixture(scope="module")
def far(wordpress: WordPress) -> Blog:
    return Blog(wordpress)


@pytest.fixture(scope="module")
def office(far: Blog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("office")) as served:
        where = ["--site", far.home, "--user", far.server.user]
        served.ask("connect", "wordpress", far.author.address, *where, secret=far.server.secret)
        yield served


def theirs(far: Blog) -> dict[str, Any]:
    """The one post of Ada's on the blog, as its readers get it."""
    found = far.server.web.get(f"{far.home}/wp-json/wp/v2/posts", params={"author": 1}).json()
    return dict(found[0]) if len(found) == 1 else {}


def revised(office: Served, far: Blog, text: str, *more: str) -> dict[str, Any]:
    """What stands there once a new revision has arrived."""
    before = theirs(far)["content"]["rendered"]
    slug = office.ask("posts")["posts"][0]["post"]
    office.ask("revise", slug, "-", *more, text=text)
    until(lambda: theirs(far)["content"]["rendered"] != before, "the change did not arrive")
    return theirs(far)


def test_a_post_is_verified_before_and_after_every_change_and_not_when_it_is_altered(
    office: Served, far: Blog
) -> None:
    office.ask("post", "--title", TITLE, "--to", f"{far.author.address}=whole", text=TEXT)
    until(lambda: bool(theirs(far)), "the post did not arrive")
    first = theirs(far)
    assert verdict(office, first) == ("verified", "firsthand")
    mended = revised(office, far, TEXT.replace("recieve", "receive"))
    assert mended["id"] == first["id"]
    assert verdict(office, mended) == ("verified", "firsthand")
    note = ["--change", "correction", "--note", "Forty, not four hundred."]
    right = revised(office, far, TEXT.replace("recieve 400", "receive 40"), *note)
    assert right["id"] == first["id"]
    assert verdict(office, right) == ("verified", "firsthand")
    slug, here = (
        office.ask("posts")["posts"][0]["post"],
        office.base.replace("127.0.0.1", "localhost"),
    )
    history = office.verify(f"{here}/p/{slug}")
    assert history["verdict"] == "verified", history
    raw = far.server.rest("GET", f"/posts/{first['id']}", params={"context": "edit"})["content"][
        "raw"
    ]
    for spoiled in (raw.replace("receive 40", "receive 4"), raw + " Really."):
        far.server.rest("POST", f"/posts/{first['id']}", json={"content": spoiled})
        assert verdict(office, first)[0] == "altered"
    far.server.rest("POST", f"/posts/{first['id']}", json={"content": raw, "title": "Other"})
    assert verdict(office, first)[0] == "altered"


def verdict(office: Served, post: dict[str, Any]) -> tuple[str, str]:
    """What `firsthand verify URL` says, and of which level."""
    found = office.verify(post["link"])
    return str(found["verdict"]), str(found.get("level", ""))
