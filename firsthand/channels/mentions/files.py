"""Comments and webmentions in files: YAML and JSON, one in a file or many.

Bounded, and nothing is built but texts: a YAML file is read as events, without tags, aliases or
nesting, because anybody may have written what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firsthand.channels.mentions import thing

SUFFIXES = (".json", ".yml", ".yaml")
MOST = 64_000_000
_LISTS = ("webmentions", "children", "items", "comments")
"""Under which names a file keeps many: webmention.io's exports, JF2 feeds, mf2 and activities."""
_KNOWN = ("comment", "jf2", "mf2", "as")


class Shelf:
    """Reads file after file, in the order of their names, and remembers which comments a folder has:
    Staticman names the one that is answered by its number among those that answer none.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._roots: list[str] = []

    def things(self, path: Path) -> list[bytes]:
        """All that `path` holds, each as it is kept (`thing.pack`); []: it is no such file.

        Raises OSError where it cannot be read.
        """
        if not path.name.lower().endswith(SUFFIXES) or path.stat().st_size > MOST:
            return []
        if path.parent != self._folder:
            self._folder, self._roots = path.parent, []
        raw = path.read_bytes()
        read = _json if path.name.lower().endswith(".json") else _yaml
        try:
            return [self._packed(each) for each in _many(read(raw))]
        except RecursionError:  # nested without end: no comment is
            return []

    def _packed(self, value: object) -> bytes:
        form = thing.form_of(value)
        whole = value if isinstance(value, dict) else {"value": value}
        if form != "comment":
            return thing.pack(form, whole)
        named = str(whole.get("replying_to") or "").strip()
        if not named:
            found = thing.read(thing.pack(form, whole))
            self._roots.append(found.number if found else "")
            return thing.pack(form, whole)
        number = int(named) if named.isascii() and named.isdigit() and len(named) < 7 else 0
        known = 0 < number <= len(self._roots)
        return thing.pack(form, whole, answers=self._roots[number - 1] if known else "")


def _many(value: object) -> list[Any]:
    """The things in a file. Where one of a list is known, all are kept: the others are set aside."""
    if thing.form_of(value):
        return [value]
    found = [value.get(name) for name in _LISTS] if isinstance(value, dict) else [value]
    for each in found:
        if isinstance(each, list) and any(thing.form_of(one) in _KNOWN for one in each):
            return each
    return []


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _yaml(raw: bytes) -> dict[str, str] | None:
    """The one flat mapping of texts in a YAML file; None: it is something else."""
    import yaml

    if len(raw) > 1_000_000:
        return None
    try:
        return _mapping(yaml.parse(raw, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)))
    except (yaml.YAMLError, ValueError):
        return None


def _mapping(events: Iterator[Any]) -> dict[str, str] | None:
    import yaml

    words: list[str] = []
    opened = 0
    for each in events:
        if isinstance(each, yaml.ScalarEvent):
            words.append(each.value)
        elif isinstance(each, yaml.MappingStartEvent):
            opened += 1
        elif isinstance(each, yaml.CollectionStartEvent | yaml.AliasEvent):
            return None
        if opened > 1:
            return None
    return dict(zip(words[::2], words[1::2], strict=True)) if opened else None
