"""Deals out the tests of real servers so that the processes wait at the same time, and start little
twice: `pytest -n 4 -p tests.sharing`.

A file's tests stay together, because they share an office or a table of kills, and so do the files
that need the same slow server. What takes long begins first; what is quick fills the end.
"""

from __future__ import annotations

from pathlib import PurePath

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

SLOW_SERVERS = {
    "test_bluesky": "Bluesky",
    "test_publishing": "Bluesky",
    "test_wordpress": "WordPress",
}
LONG = (
    "test_bluesky",
    "test_publishing",
    "test_wordpress",
    "test_outbox_crashes",
    "test_mastodon_fediverse",
    "test_post_crashes",
    "test_mentions",
    "test_inflow",
    "test_mastodon",
)


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """As `--dist loadscope`, with these groups, in the order in which the tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return next((s for name, s in SLOW_SERVERS.items() if file.startswith(name)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    config.option.loadscopereorder = False
    return Sharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(_file(item.nodeid)))


def _file(nodeid: str) -> str:
    return PurePath(nodeid.partition("::")[0]).stem


def _place(file: str) -> int:
    places = [place for place, name in enumerate(LONG) if file.startswith(name)]
    return places[0] if places else len(LONG)
