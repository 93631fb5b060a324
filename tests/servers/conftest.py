"""The real servers, once for each test process. A missing one fails the tests, none is skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import bluesky as bluesky_servers
from tests.servers import mastodon_mock, snac
from tests.servers import wordpress as wordpress_server
from tests.servers.bluesky import Bluesky
from tests.servers.dovecot import Dovecot, running
from tests.servers.go import Go, toolchain
from tests.servers.mastodon_mock import Mock
from tests.servers.snac import Fediverse
from tests.servers.wordpress import WordPress


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def bluesky() -> Iterator[Bluesky]:
    with bluesky_servers.running() as servers:
        yield servers


@pytest.fixture(scope="session")
def fediverse() -> Iterator[Fediverse]:
    with snac.running() as servers:
        yield servers


@pytest.fixture(scope="session")
def mock() -> Iterator[Mock]:
    with mastodon_mock.running() as server:
        yield server


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    with wordpress_server.running() as blog:
        yield blog


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    return toolchain(tmp_path_factory.mktemp("go"))
