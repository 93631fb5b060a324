"""The REST API of one blog: where it is, who we are in it, and answers that have the shape they should."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from firsthand.channels.base import Connection
from firsthand.channels.web import Web
from firsthand.core.errors import Misuse, Permanent, Temporary, Uncertain

Json = dict[str, Any]
_ROOT = re.compile(r'<([^<>]{1,500})>;\s*rel="https://api\.w\.org/"')
_ROLE = (
    "Give it the role of an editor: it must be allowed to moderate comments and to publish posts."
)


class Api:
    """Signed in with an application password. Raises Temporary, Permanent, Uncertain."""

    def __init__(self, connection: Connection) -> None:
        settings = connection.settings
        site = str(settings.get("site") or "") or f"https://{connection.address}"
        user, password = str(settings.get("user", "")), connection.secrets.get("password", "")
        signed = base64.b64encode(f"{user}:{password.strip()}".encode()).decode()
        self._address = connection.address
        self._web = Web(site.rstrip("/") + "/", {"Authorization": f"Basic {signed}"})
        self._root = ""
        self._home = ""
        self._me: Json = {}

    def close(self) -> None:
        self._web.close()

    @property
    def home(self) -> str:
        """The address that the blog gives itself, which is the account's."""
        if not self._home:
            home = str(self.object("GET", "", params={"_fields": "home"}).get("home", ""))
            home = home.rstrip("/")
            if home.partition("://")[2].lower() != self._address:
                raise Permanent(
                    f"This blog calls itself {home[:200] or 'nothing'}, not {self._address}.",
                    hint="Connect it under the address that WordPress has in its settings.",
                )
            self._home = home
        return self._home

    @property
    def me(self) -> Json:
        """The user that the password belongs to, with what it may do."""
        if not self._me:
            me = self.object("GET", "wp/v2/users/me", params={"context": "edit"})
            may = me.get("capabilities")
            may = may if isinstance(may, dict) else {}
            if not (may.get("moderate_comments") and may.get("publish_posts")):
                raise Permanent(f"{me.get('name') or 'This user'} may not do enough there. {_ROLE}")
            self._me = me
        return self._me

    def object(self, method: str, path: str, *, effect: bool | None = None, **more: Any) -> Json:
        """One object."""
        found = self._ask(method, path, effect, more)
        if not isinstance(found, dict):
            told = f"{self._address} answered something else than was asked for."
            raise Uncertain(told) if method != "GET" and effect is not False else Temporary(told)
        return found

    def things(self, path: str, **params: Any) -> list[Json]:
        """A list of objects with numbers."""
        found = self._ask("GET", path, None, {"params": params})
        if not isinstance(found, list) or not all(
            isinstance(each, dict) and isinstance(each.get("id"), int) for each in found
        ):
            raise Temporary(f"{self._address} answered something else than a list.")
        return found

    def _ask(self, method: str, path: str, effect: bool | None, more: Mapping[str, Any]) -> Any:
        root = self._root or self._find_root()
        params = dict(more.get("params") or {})
        if "rest_route=" in root:  # a blog without permalinks: the path is a question
            root, _, route = root.partition("?rest_route=")
            params["rest_route"], path = f"{route}{path}", ""
        rest = {name: value for name, value in more.items() if name != "params"}
        answer = self._web.ask(method, root + path, params=params or None, effect=effect, **rest)
        return answer.good().json()

    def _find_root(self) -> str:
        """As the site itself says (the API handbook, Discovery), which must be on the same host."""
        answer = self._web.get(self._web.base).good()
        found = _ROOT.search(answer.headers.get("link", ""))
        if not found:
            raise Permanent(
                f"{self._address} does not say where its REST API is: it is no WordPress blog, or "
                "a plugin hides it.",
                hint="Check the address, or let the API be reached.",
            )
        self._root = found[1]
        return self._root

    def categories(self, names: str) -> list[int]:
        """The numbers of the categories with these names. Raises Permanent for one that is not there."""
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        found: list[int] = []
        for name in wanted:
            rows = self.things("wp/v2/categories", search=name, per_page=100)
            same = [r["id"] for r in rows if str(r.get("name", "")).lower() == name.lower()]
            if not same:
                raise Permanent(f"There is no category “{name[:100]}” on {self._address}.")
            found.append(same[0])
        return found


def number_in(text: str, pattern: str) -> int:
    """The number that a pattern finds. Raises Misuse: only what this channel wrote is asked for."""
    found = re.match(pattern, text)
    if not found:
        raise Misuse(f"“{text[:100]}” is nothing on this blog.")
    return int(found[1])
