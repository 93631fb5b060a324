"""The Bluesky channel keeps the contract on a real PDS and a real AppView."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.contract import ChannelContract
from tests.servers.bluesky import Bluesky
from tests.servers.skybox import Skybox, new_skybox

pytestmark = pytest.mark.servers


@pytest.fixture
def far(bluesky: Bluesky) -> Iterator[Skybox]:
    box = new_skybox(bluesky)
    yield box
    box.close()


class TestBluesky(ChannelContract):
    many = 250
