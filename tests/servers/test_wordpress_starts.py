"""The real WordPress works: what the tests say of it is true of itself."""

from __future__ import annotations

import pytest

from tests.servers.wordpress import WordPress

pytestmark = pytest.mark.servers


def test_a_reader_comments_and_the_owner_sees_it(wordpress: WordPress) -> None:
    post = wordpress.post()
    number = wordpress.comment(post["id"], "How <b>tall</b>?")
    (comment,) = wordpress.comments(post["id"])
    assert (comment["id"], comment["author_email"]) == (number, "stella@x.example")
    assert comment["content"]["rendered"] == "<p>How <b>tall</b>?</p>\n"
    assert "How <b>tall</b>?" in wordpress.web.get(post["link"]).text


def test_a_wrong_password_is_refused(wordpress: WordPress) -> None:
    said = wordpress.web.get(
        f"{wordpress.base}/wp-json/wp/v2/users/me", auth=(wordpress.user, "wrong")
    )
    assert said.status_code == 401
