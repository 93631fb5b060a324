"""A blog as its owner and the outside world see it: the far end of a `wordpress` account."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.channels.wordpress.reading import pack
from firsthand.core.envelope import Address, Outbound, Parent
from tests.servers.wordpress import WordPress

_numbers = count(1)
FRIENDS = (Address("stella@x.example"), Address("tom@x.example"))
NOBODY = Address("nobody@x.example")
_INSERT = """
foreach (range(1, $given['count']) as $n) {
    $ids[] = wp_insert_comment(['comment_post_ID' => $given['post'], 'comment_approved' => 1,
        'comment_author' => "Reader $n", 'comment_author_email' => "reader$n@x.example",
        'comment_content' => "Comment $n <em>of</em> many"]);
}
return $ids;
"""
_EMPTY = """
global $wpdb;
foreach (['comments', 'commentmeta', 'posts', 'postmeta'] as $table) {
    $wpdb->query("DELETE FROM {$wpdb->$table}");
}
return true;
"""


@dataclass(slots=True)
class Blog:
    """Ada's blog with one post on it, and two readers who have commented once they are answered."""

    server: WordPress
    friends: tuple[Address, Address] = FRIENDS
    nobody: Address = NOBODY
    post: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    opened: list[Channel] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.php(_EMPTY)
        self.post = self.server.php(
            "return wp_insert_post(['post_title' => 'On trees', 'post_content' => 'They grow.',"
            "'post_status' => 'publish', 'post_author' => $given['other']]);",
            other=0,
        )

    @property
    def home(self) -> str:
        return self.server.base

    @property
    def author(self) -> Address:
        return Address(self.home.partition("://")[2], "Ada Ferrer")

    @property
    def settings(self) -> dict[str, Any]:
        return {"user": self.server.user, "site": self.home, "poll": "0.5", "category": ""}

    def channel(self, secret: str = "", **changes: Any) -> Channel:
        secrets = {"password": secret or self.server.secret}
        connection = Connection(self.author.address, {**self.settings, **changes}, secrets)
        channel = open_channel("wordpress", connection)
        self.opened.append(channel)
        return channel

    def close(self) -> None:
        for channel in self.opened:
            channel.close()

    def parent(self, comment: int) -> Parent:
        return Parent(
            f"comments/{comment}", f"{self.home}/?p={self.post}#comment-{comment}", "comment"
        )

    def addressed(self, message: Outbound) -> Outbound:
        """An answer to a comment of whoever is named; there is no other way to reach anybody."""
        link = f"https://office.example/b/{next(_numbers)}#salt--{next(_numbers)}"
        self.sent[link] = message.message_id
        text = f"{message.text.strip()}\n\nSent by Ada in person. Check: {link}"
        known = {friend.address for friend in self.friends}
        named = [each.address for each in message.to if each.address in known]
        marked = replace(message, link=link, text=text, subject="")
        if not named:
            return marked
        if named[0] not in self.asked:
            self.asked[named[0]] = self.server.php(
                "return wp_insert_comment(['comment_post_ID' => $given['post'],"
                "'comment_author_email' => $given['who'], 'comment_content' => 'A question'"
                ", 'comment_approved' => 1]);",
                post=self.post,
                who=named[0],
            )
        return replace(marked, parent=self.parent(self.asked[named[0]]))

    def arrive(self, count: int = 1) -> list[bytes]:
        ids = self.server.php(_INSERT, post=self.post, count=count)
        found = {each["id"]: each for each in self.server.comments(self.post)}
        return [pack(self.home, "comments", found[each], me=1) for each in ids]

    def received(self, friend: Address) -> list[str]:
        answers = [
            each["content"]["raw"]
            for each in self.server.comments(self.post)
            if each["parent"] == self.asked.get(friend.address) and each["author"] == 1
        ]
        return [self.sent[link] for raw in answers for link in self.sent if f'"{link}"' in raw]

    def copies(self) -> list[str]:
        return []

    def unread(self) -> int:
        """WordPress has no such mark; held ones are what its owner would be told of."""
        return sum(each["status"] == "hold" for each in self.server.comments(self.post))
