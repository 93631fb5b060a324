from __future__ import annotations

import pytest

from firsthand.core.errors import Misuse
from firsthand.project import settings


def test_an_address_of_postgresql_with_the_options_of_its_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://ada:a%40b@db.example:5433/office?sslmode=verify-full"
    )
    asked = settings._database()
    names = ("USER", "PASSWORD", "HOST", "PORT", "NAME")
    assert [asked[name] for name in names] == ["ada", "a@b", "db.example", "5433", "office"]
    assert asked["OPTIONS"] == {"sslmode": "verify-full"}


def test_the_folder_of_a_socket_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///office?host=/run/postgresql&user=ada")
    asked = settings._database()
    assert (asked["NAME"], asked["HOST"], asked["USER"]) == ("office", "", "")
    assert asked["OPTIONS"] == {"host": "/run/postgresql", "user": "ada"}


def test_other_databases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://ada@db.example/office")
    with pytest.raises(Misuse, match="postgresql://"):
        settings._database()
