"""A small Facebook Page on loopback: posts, comments, conversations, windows, usage, errors.

No server of Facebook's can be had, and no machine-readable document covers these parts. `ASKED` is
what we send, stated by hand after Meta's own Python SDK (facebook_business 26.0: the edges of Page,
PagePost, Comment and UnifiedThread with their parameters) and Meta's pages on the Send API; every
request is held against it.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
PAGE = "1000001"
FIELDS = r"[a-z_]+(\{[a-z_,]+\})?(,[a-z_]+(\{[a-z_,]+\})?)*"
LIST = {"fields": FIELDS, "limit": r"\d{1,3}", "after": r"\w+"}
ASKED: dict[tuple[str, str], dict[str, str]] = {
    ("GET", r"\d+"): {"fields": "id,name"},
    ("GET", r"\d+/feed"): LIST,
    ("GET", r"[\d_]+/comments"): {
        **LIST,
        "filter": "stream|toplevel",
        "order": "chronological|reverse_chronological",
        "since": r"\d+",
    },
    ("GET", r"\d+/conversations"): {**LIST, "platform": "messenger|instagram"},
    ("GET", r"t_\d+/messages"): LIST,
    ("POST", r"[\d_]+/comments"): {"message": r"(?s).+"},
    ("POST", r"\d+/feed"): {"message": r"(?s).+"},
    ("POST", r"\d+/messages"): {
        "recipient": r'\{"id": "\d+"\}',
        "message": r'(?s)\{"text": ".+"\}',
        "messaging_type": "RESPONSE|UPDATE|MESSAGE_TAG",
        "tag": "HUMAN_AGENT",
    },
}
Fault = Callable[["Handler", Callable[[], None]], None]


@dataclass
class FacebookServer:
    """The other end. Things have the time `now` when they are made, a second apart."""

    now: datetime
    token: str = "page-token"
    posts: list[Json] = field(default_factory=list)
    comments: dict[str, list[Json]] = field(default_factory=dict)
    talks: dict[str, list[Json]] = field(default_factory=dict)
    people: dict[str, str] = field(
        default_factory=lambda: {PAGE: "Ada Ferrer", "2000001": "Stella", "2000002": "Tom"}
    )
    asked: list[str] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    failures: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.fb = self  # type: ignore[attr-defined]
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/v25.0"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        assert not self.failures, self.failures

    def _made(self, number: str, author: str, text: str) -> Json:
        self.now += timedelta(seconds=1)
        at = self.now.strftime("%Y-%m-%dT%H:%M:%S+0000")
        person = {"id": author, "name": self.people[author]}
        return {"id": number, "message": text, "created_time": at, "from": person}

    def post(self, author: str, text: str) -> Json:
        made = self._made(f"{PAGE}_{next(self.numbers)}", author, text)
        self.posts.append(made)
        self.comments[made["id"]] = []
        return made

    def comment(self, author: str, text: str, on: str) -> Json:
        """Under a post, or as an answer to a comment."""
        post = next(
            p for p, all_ in self.comments.items() if p == on or on in {c["id"] for c in all_}
        )
        made = self._made(f"{post.partition('_')[2]}_{next(self.numbers)}", author, text)
        if on != post:
            parent = next(c for c in self.comments[post] if c["id"] == on)
            made["parent"] = {"id": on, "from": parent["from"]}
        self.comments[post].append(made)
        return made

    def message(self, author: str, to: str, text: str) -> Json:
        made = self._made(f"m_{next(self.numbers)}", author, text)
        made["to"] = {"data": [{"id": to, "name": self.people[to]}]}
        other = to if author == PAGE else author
        self.talks.setdefault(f"t_{other}", []).append(made)
        return made


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def fb(self) -> FacebookServer:
        return self.server.fb  # type: ignore[attr-defined, no-any-return]

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._handle("GET", "")

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        self._handle("POST", self.rfile.read(size).decode())

    def _handle(self, method: str, body: str) -> None:
        self.close_connection = True
        try:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v25.0/")
            self.fb.asked.append(f"{method} {path}")
            given = dict(parse_qsl(body if method == "POST" else parts.query))

            def serve() -> None:
                self._serve(method, path, given)

            fault = self.fb.faults.popleft() if self.fb.faults else None
            if fault:
                fault(self, serve)
            else:
                serve()
        except OSError:
            pass
        except Exception as problem:
            self.fb.failures.append(f"{method} {self.path}: {problem!r}"[:2000])
            self.error(500, 1, f"test: {problem!r}")

    def _serve(self, method: str, path: str, given: dict[str, str]) -> None:
        stated = next(
            s for (verb, p), s in ASKED.items() if verb == method and re.fullmatch(p, path)
        )
        for key, value in given.items():
            assert re.fullmatch(stated[key], value), (key, value)
        if self.headers.get("Authorization") != f"Bearer {self.fb.token}":
            self.error(401, 190, "Invalid OAuth access token.")
            return
        node, _, edge = path.partition("/")
        getattr(self, f"{method.lower()}_{edge or 'node'}")(node, given)

    def get_node(self, node: str, given: dict[str, str]) -> None:
        if node != PAGE:
            self.error(400, 100, "Unsupported get request.", 33)
            return
        self.say(200, {"id": PAGE, "name": "Ada Ferrer, author"})

    def get_feed(self, node: str, given: dict[str, str]) -> None:
        self.listed(self.fb.posts[::-1], given)

    def get_comments(self, node: str, given: dict[str, str]) -> None:
        found = self.fb.comments.get(node)
        if found is None:
            every = [c for all_ in self.fb.comments.values() for c in all_]
            if node not in {c["id"] for c in every}:
                self.error(400, 100, "Unsupported get request.", 33)
                return
            found = [c for c in every if c.get("parent", {}).get("id") == node]
        since = int(given.get("since", 0))
        found = [c for c in found if seconds(c["created_time"]) >= since]
        self.listed(found[::-1] if given["order"].startswith("reverse") else found, given)

    def get_conversations(self, node: str, given: dict[str, str]) -> None:
        talks = [{"id": k, "updated_time": v[-1]["created_time"]} for k, v in self.fb.talks.items()]
        self.listed(sorted(talks, key=lambda t: t["updated_time"], reverse=True), given)

    def get_messages(self, node: str, given: dict[str, str]) -> None:
        self.listed(self.fb.talks[node][::-1], given)

    def listed(self, found: list[Json], given: dict[str, str]) -> None:
        at, size = int(given.get("after", "0")), int(given["limit"])
        body: Json = {"data": found[at : at + size]}
        if at + size < len(found):
            body["paging"] = {
                "cursors": {"before": str(at), "after": str(at + size)},
                "next": "https://elsewhere.example/never-asked",
            }
        self.say(200, body)

    def post_comments(self, node: str, given: dict[str, str]) -> None:
        if node not in {c["id"] for all_ in self.fb.comments.values() for c in all_}:
            self.error(400, 100, "Object does not exist.", 33)
            return
        self.say(200, {"id": self.fb.comment(PAGE, given["message"], node)["id"]})

    def post_feed(self, node: str, given: dict[str, str]) -> None:
        self.say(200, {"id": self.fb.post(PAGE, given["message"])["id"]})

    def post_messages(self, node: str, given: dict[str, str]) -> None:
        to = json.loads(given["recipient"])["id"]
        made = self.fb.message(PAGE, to, json.loads(given["message"])["text"])
        made["messaging"] = (given["messaging_type"], given.get("tag", ""))
        self.say(200, {"recipient_id": to, "message_id": made["id"]})

    def error(self, status: int, code: int, message: str, subcode: int = 0) -> None:
        value = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
        self.say(status, {"error": value | ({"error_subcode": subcode} if subcode else {})})

    def say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        for key, value in {**self.fb.headers, **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(raw)


def seconds(at: str) -> float:
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%S%z").timestamp()
