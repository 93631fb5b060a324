"""Workers are killed, at every step and at random, and a real blog, seen by its readers, is the judge.

WordPress has no key for an attempt: it is asked for the byline's address before anything is sent again.
"""

from __future__ import annotations

import html
import os
import re
from collections import Counter
from typing import Any

import pytest

from tests.servers.blog import Blog
from tests.servers.crashed import Asked, Far, Killed, number_of
from tests.servers.wordpress import WordPress

pytestmark = pytest.mark.servers
_BYLINE = re.compile(r'href="(https://[^"]+/b/[^"]+)"')


def account_of(blog: Blog) -> dict[str, Any]:
    return {
        "channel": "wordpress",
        "address": blog.author.address,
        "settings": blog.settings,
        "password": blog.server.secret,
    }


def seen(blog: Blog, kind: str) -> Counter[str]:
    """How often each byline stands there, read as a stranger, who is not signed in."""
    found: Counter[str] = Counter()
    for page in range(1, 10):
        answer = blog.server.web.get(
            f"{blog.home}/wp-json/wp/v2/{kind}", params={"per_page": 100, "page": page}
        )
        things = answer.json() if answer.status_code == 200 else []
        for each in things:
            links = _BYLINE.findall(html.unescape(each["content"]["rendered"]))
            found.update({number_of(link) for link in links})
        if len(things) < 100:
            return found
    raise AssertionError("there is more than the test made")


@pytest.fixture(scope="module")
def asked(wordpress: WordPress) -> Asked:
    """Readers ask under a post of Ada's."""

    def ask(number: int) -> Far:
        blog = Blog(wordpress)
        blog.arrive(number)
        return Far(account_of(blog), lambda: seen(blog, "comments"))

    return ask


class TestWordPress(Killed):
    """Its comments."""

    answers = int(os.environ.get("CRASH_COMMENTS", "50"))
    unknown = "deliver: commented, not known"
