"""A small X: users, posts, mentions, direct messages, tokens and windows, on loopback.

No server of X's can be had, so this one is ours. Every request is held against `x_contract`, and
every answer against X's own document where that is here.
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.channels.x_contract import check_answer, check_request, operation_of

Json = dict[str, Any]
PROBLEM = "https://api.x.com/2/problems/"
LINK = re.compile(r"https?://[^\s\"]+|\b[\w-]+\.(?:example|com)(?:/\S*)?")
Fault = Callable[["Handler", Callable[[], None]], None]


@dataclass
class XServer:
    """The other end. `faults`: what goes wrong with the next requests; `limit`: of each window."""

    users: dict[str, Json] = field(default_factory=dict)
    posts: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {"token-0"})
    refreshes: set[str] = field(default_factory=lambda: {"refresh-0"})
    asked: list[str] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    failures: list[str] = field(default_factory=list)
    limit: int = 100_000
    windows: dict[str, list[int]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1_990_000_000_000_000_001))
    began: datetime = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        for number, name in enumerate(("Ada", "Stella", "Tom"), 101):
            self.users[str(number)] = {
                "id": str(number),
                "name": f"{name} & Co",
                "username": f"{name}_X"[:15] if name == "Stella" else name,
            }
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.x = self  # type: ignore[attr-defined]
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        assert not self.failures, self.failures

    def user(self, name: str) -> Json:
        return next(u for u in self.users.values() if u["username"].lower() == name.lower())

    def post(self, author: str, text: str, answers: str = "") -> Json:
        """A post as X keeps it: wrapped, escaped, an answer with the names it answers before it."""
        number = str(next(self.numbers))
        parent = next((p for p in self.posts if p["id"] == answers), None)
        hidden = ""
        if parent:
            names = [self.users[parent["author_id"]]["username"]]
            names += [m["username"] for m in parent["entities"].get("mentions", [])]
            own = self.users[author]["username"]
            hidden = "".join(f"@{n} " for n in dict.fromkeys(names) if n != own)
        whole, entities = wrapped(hidden + text, number)
        made = {
            "id": number,
            "author_id": author,
            "text": whole,
            "created_at": self._at(),
            "conversation_id": parent["conversation_id"] if parent else number,
            "lang": "en",
            "edit_history_post_ids": [number],
            "entities": entities,
            "display_text_range": [len(hidden), len(whole)],
        }
        if parent:
            made["in_reply_to_user_id"] = parent["author_id"]
            made["referenced_posts"] = [{"type": "replied_to", "id": answers}]
        self.posts.append(made)
        return made

    def message(self, sender: str, to: str, text: str) -> Json:
        number = str(next(self.numbers))
        whole, entities = wrapped(text, number)
        made = {
            "id": number,
            "event_type": "MessageCreate",
            "text": whole,
            "sender_id": sender,
            "participant_ids": sorted([sender, to]),
            "dm_conversation_id": "-".join(sorted([sender, to])),
            "created_at": self._at(),
            "entities": entities,
        }
        self.messages.append(made)
        return made

    def _at(self) -> str:
        at = self.began + timedelta(seconds=len(self.posts) + len(self.messages))
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wrapped(text: str, number: str) -> tuple[str, Json]:
    """The text with links as t.co and the three letters escaped, and its entities."""
    urls: list[Json] = []
    out, at = "", 0
    for found in LINK.finditer(text):
        out += html.escape(text[at : found.start()], quote=False)
        meant = found.group()
        short = f"https://t.co/{int(number) % 10**9:x}{len(urls)}"
        full = meant if "://" in meant else f"http://{meant}"
        urls.append(
            {
                "start": len(out),
                "end": len(out) + len(short),
                "url": short,
                "expanded_url": full,
                "display_url": full.partition("://")[2][:27],
            }
        )
        out += short
        at = found.end()
    out += html.escape(text[at:], quote=False)
    mentions = [
        {"start": m.start(), "end": m.end(), "username": m.group(1)}
        for m in re.finditer(r"(?<!\w)@(\w{1,15})", out)
    ]
    return out, {k: v for k, v in (("urls", urls), ("mentions", mentions)) if v}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def x(self) -> XServer:
        return self.server.x  # type: ignore[attr-defined, no-any-return]

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._handle("GET", None)

    def do_POST(self) -> None:
        self._handle("POST", self.rfile.read(int(self.headers.get("content-length") or 0)))

    def _handle(self, method: str, raw: bytes | None) -> None:
        x = self.x
        self.close_connection = True
        try:
            parts = urlsplit(self.path)
            x.asked.append(f"{method} {parts.path}")
            fault = x.faults.popleft() if x.faults else None
            query = dict(parse_qsl(parts.query))

            def serve() -> None:
                self._serve(method, parts.path, query, raw)

            if fault:
                fault(self, serve)
            else:
                serve()
        except OSError:
            pass
        except Exception as problem:
            x.failures.append(f"{method} {self.path}: {problem!r}"[:2000])
            self.say(400, {"code": 400, "message": f"test: {problem!r}"[:300]})

    def _serve(self, method: str, path: str, query: dict[str, str], raw: bytes | None) -> None:
        if path == "/2/oauth2/token":
            self._token(dict(parse_qsl((raw or b"").decode())))
            return
        name = operation_of(method, path)
        check_request(name, query, json.loads(raw) if raw is not None else None)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in ({"app-token"} if name == "getUsage" else self.x.tokens):
            self.problem(name, 401, "about:blank", "Unauthorized")
            return
        window = self.x.windows.setdefault(name, [self.x.limit, int(time.time()) + 900])
        if window[0] <= 0:
            self.problem(name, 429, "about:blank", "Too Many Requests")
            return
        window[0] -= 1
        body = json.loads(raw) if raw is not None else {}
        getattr(self, name)(name, path.split("/"), query, body)

    def _token(self, form: dict[str, str]) -> None:
        assert form["grant_type"] == "refresh_token"
        assert form["client_id"] == "client-1"
        if form["refresh_token"] not in self.x.refreshes:
            self.say(400, {"error": "invalid_request", "error_description": "Value passed"})
            return
        number = len(self.x.asked)
        self.x.refreshes, self.x.tokens = {f"refresh-{number}"}, {f"token-{number}"}
        answer = {
            "token_type": "bearer",
            "expires_in": 7200,
            "access_token": f"token-{number}",
            "refresh_token": f"refresh-{number}",
        }
        self.say(200, answer)

    def problem(self, name: str, status: int, kind: str, title: str, detail: str = "") -> None:
        body: Json = {"title": title, "status": status, "detail": detail or title, "type": kind}
        if kind == "about:blank":  # the document has no problem for these: its plain error
            body = {"code": status, "message": detail or title}
        self.answer(name, status, body)

    def answer(self, name: str, status: int, body: Json) -> None:
        check_answer(name, status, body)
        left, reset = self.x.windows.get(name, [self.x.limit, int(time.time()) + 900])
        told = {"limit": self.x.limit, "remaining": left, "reset": reset}
        self.say(status, body, {f"x-rate-limit-{k}": str(v) for k, v in told.items()})

    def say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(raw)

    def getUsersMe(self, name: str, path: list[str], query: Json, body: Json) -> None:
        self.answer(name, 200, {"data": self.x.users["101"]})

    def getUsersByUsername(self, name: str, path: list[str], query: Json, body: Json) -> None:
        found = [u for u in self.x.users.values() if u["username"].lower() == path[-1].lower()]
        missing = {
            "title": "Not Found Error",
            "type": f"{PROBLEM}resource-not-found",
            "detail": f"Could not find user with username: [{path[-1]}].",
            "resource_type": "user",
        }
        self.answer(name, 200, {"data": found[0]} if found else {"errors": [missing]})

    def getUsersMentions(self, name: str, path: list[str], query: Json, body: Json) -> None:
        me = self.x.users[path[3]]["username"].lower()
        mine = [p for p in self.x.posts if f"@{me}" in p["text"].lower()]
        self._page(name, mine[-800:], query)

    def getUsersPosts(self, name: str, path: list[str], query: Json, body: Json) -> None:
        self._page(name, [p for p in self.x.posts if p["author_id"] == path[3]], query)

    def getDirectMessagesEvents(self, name: str, path: list[str], query: Json, body: Json) -> None:
        self._page(name, [m for m in self.x.messages if "101" in m["participant_ids"]], query)

    def _page(self, name: str, things: list[Json], query: dict[str, str]) -> None:
        low, high = int(query.get("since_id", 0)), int(query.get("until_id", 2**63))
        found = sorted(
            (t for t in things if low < int(t["id"]) < high), key=lambda t: -int(t["id"])
        )
        at = int(query.get("pagination_token", "0").removeprefix("page-token-at-"))
        size = int(query["max_results"])
        assert 5 <= size <= 100 or name == "getDirectMessagesEvents"
        part = found[at : at + size]
        meta: Json = {"result_count": len(part)}
        if at + size < len(found):
            meta["next_token"] = f"page-token-at-{at + size}"
        body: Json = {"meta": meta}
        if part:
            body |= {"data": part, "includes": {"users": list(self.x.users.values())}}
        self.answer(name, 200, body)

    def createPosts(self, name: str, path: list[str], query: Json, body: Json) -> None:
        answered = body.get("reply", {}).get("in_reply_to_tweet_id", "")
        if answered and answered not in {p["id"] for p in self.x.posts}:
            self.problem(name, 403, "about:blank", "Forbidden", "The post is gone.")
            return
        _, entities = wrapped(body["text"], "1")
        links = {u["expanded_url"] for u in entities.get("urls", [])}
        for each in self.x.posts:
            had = {u["expanded_url"] for u in each["entities"].get("urls", [])}
            if each["author_id"] == "101" and links and links == had:
                said = "You are not allowed to create a Tweet with duplicate content."
                self.problem(name, 403, "about:blank", "Forbidden", said)
                return
        made = self.x.post("101", body["text"], answered)
        self.answer(name, 201, {"data": {"id": made["id"], "text": made["text"]}})

    def createDirectMessagesByParticipantId(
        self, name: str, path: list[str], query: Json, body: Json
    ) -> None:
        self._messaged(name, path[4], body)

    def createDirectMessagesByConversationId(
        self, name: str, path: list[str], query: Json, body: Json
    ) -> None:
        other = next(each for each in path[3].split("-") if each != "101")
        self._messaged(name, other, body)

    def _messaged(self, name: str, to: str, body: Json) -> None:
        made = self.x.message("101", to, body["text"])
        answer = {"dm_event_id": made["id"], "dm_conversation_id": made["dm_conversation_id"]}
        self.answer(name, 201, {"data": answer})

    def getUsage(self, name: str, path: list[str], query: Json, body: Json) -> None:
        usage = {"project_cap": "10000", "project_usage": "4321", "cap_reset_day": 9}
        self.answer(name, 200, {"data": usage})
