"""docs/settings.md lists every variable that the program reads, and none that it does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.docs.documents import rows, sources, text

OWN = {"text", "flag", "words"}
# Django's own, set by the program itself.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def reads() -> Iterator[tuple[str, bool]]:
    """(variable, whether its `_FILE` works) for every place that reads the environment."""
    for path, tree in sources():
        for node in ast.walk(tree):
            name, has_file = _read(node)
            if name:
                yield name, has_file
            elif has_file and path.name != "environment.py":
                raise AssertionError(f"{path}: name the variable where it is read")


def _read(node: ast.AST) -> tuple[str, bool]:
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        stored = isinstance(node.ctx, ast.Store)
        return ("", False) if stored else (_constant(node.slice), False)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return "", False
    called = ast.unparse(node.func)
    if called in {f"environment.{name}" for name in OWN}:
        return _constant(node.args[0]), True
    if called in {"os.environ.get", "os.getenv"}:
        return _constant(node.args[0]), False
    return "", False


def _constant(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def test_every_variable_is_described_and_no_other() -> None:
    found = {name for name, _ in reads()} - NOT_OURS
    described = {row for row in rows("docs/settings.md") if row.isupper()}
    assert described == found


def test_what_is_said_of_files_is_true() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \|[^|]*\| (yes|no) \|", text("docs/settings.md"), re.M)
    by_file = dict(reads())
    assert {name: answer == "yes" for name, answer in told} == {
        name: by_file[name] for name in by_file.keys() - NOT_OURS
    }
