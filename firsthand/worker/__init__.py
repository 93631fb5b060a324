"""The worker: its own process, which runs the stages in turn. Several at once are safe.

    python -m firsthand.worker [--once]

Each stage reads rows and leaves rows; a bug in one is logged and set aside for a while, and the
others go on. Importing this needs no Django; calling it does.
"""

from __future__ import annotations

from collections.abc import Callable


def run(stop: Callable[[], bool]) -> None:
    """Work until `stop()`. What is being handed over at that moment is finished first."""
    from firsthand.worker import stages

    stages.run(stop)


def run_once() -> None:
    """Read each account once, rank what waits, send what is due. Bugs are raised."""
    from firsthand.worker import accounts, stages

    accounts.sync_all()
    stages.drain()


def drain() -> None:
    """Send what is due and rank what waits, without reading accounts. Bugs are raised."""
    from firsthand.worker import stages

    stages.drain()
