"""docs/api.md describes every operation, tool and refusal, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from firsthand.api import refusals
from firsthand.api.urls import api
from firsthand.core import errors
from firsthand.mcp.tools import OFFERS

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_operation_is_described() -> None:
    paths = api.get_openapi_schema(path_prefix="/")["paths"]
    known = {f"{method.upper()} {path}" for path, ways in paths.items() for method in ways}
    assert set(re.findall(r"^\| `([A-Z]+ [^`]+)` \|", section("Operations"), re.M)) == known


def test_every_tool_is_described() -> None:
    known = {offer.name for offer in OFFERS}
    assert set(re.findall(r"^\| `([a-z_]+)` \|", section("For AI agents: MCP"), re.M)) == known


def test_every_refusal_is_described() -> None:
    kinds: list[type[errors.FirsthandError]] = [refusals.Missing]
    subclasses = errors.FirsthandError.__subclasses__()
    kinds += [kind for kind in subclasses if kind.__module__ == errors.__name__]
    known = {(refusals.status_of(kind("why")), kind.code) for kind in kinds}
    known |= {(401, "unauthorized"), (405, "no_such_method"), (422, "invalid"), (500, "bug")}
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section("Refusals"), re.M)
    assert {(int(status), code) for status, code in rows} == known
