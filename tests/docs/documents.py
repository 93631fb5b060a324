"""The documents as the tests of this folder read them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TEST = re.compile(r"`(tests/[\w/.-]+?\.py)(?:::(\w+))?`")


def documents() -> list[Path]:
    """Every page written for people."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def text(path: str) -> str:
    return (ROOT / path).read_text()


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def rows(path: str, first: str = r"`([^`|]+)`") -> list[str]:
    """What stands in backticks at the beginning of the rows of a page's tables."""
    return re.findall(rf"^\| {first}", text(path), re.MULTILINE)


def section(path: str, title: str) -> str:
    """One section of a page, with what is below it."""
    level = re.search(rf"^(#+) {re.escape(title)}$", text(path), re.MULTILINE)
    assert level, f"{path} has no section {title!r}"
    rest = text(path)[level.end() :]
    return re.split(rf"^#{{1,{len(level[1])}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def anchors(page: Path) -> set[str]:
    """The names that a link into a page may have, as code hosts make them of headings."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """The program's files, parsed."""
    for folder in folders or ("firsthand",):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(), str(path))
