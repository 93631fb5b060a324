"""Whatever a page points to is there: files, headings, and the tests that it names as witnesses."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, TEST, anchors, documents, prose, text

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PAGES = documents()


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{name(page)} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(place), f"{name(page)} links to {target}: no such heading"


def test_the_pages_that_people_look_for_are_there() -> None:
    wanted = "README ARCHITECTURE CHANGELOG CONTRIBUTING SECURITY docs/trust docs/log-format"
    missing = [page for page in wanted.split() if not (ROOT / f"{page}.md").exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_test_that_is_named_is_there(page: Path) -> None:
    for path, function in TEST.findall(page.read_text()):
        assert (ROOT / path).exists(), f"{name(page)} names {path}, which is not there"
        if function:
            assert function in functions(ROOT / path), f"{path} has no {function}"


def test_every_decision_is_listed() -> None:
    pages = {page.name for page in (ROOT / "docs/decisions").glob("0*.md")}
    assert pages == set(re.findall(r"\((0\d{3}[\w-]+\.md)\)", text("docs/decisions/README.md")))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_has_a_line_that_is_hard_to_read(page: Path) -> None:
    long = [line for line in prose(page).splitlines() if len(line) > 220 and "|" not in line]
    assert not long, f"{name(page)}: wrap {long[0][:60]!r}"


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
