"""Requests take turns on threads that live on: no two at once on one, and none waits for another."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from asgiref.sync import sync_to_async

from firsthand.project.threads import Pooled


async def ask(app: Pooled) -> None:
    await app({}, None, None)


def test_one_after_the_other_they_meet_the_same_thread() -> None:
    met: list[int] = []

    async def app(*_: Any) -> None:
        met.append(await sync_to_async(threading.get_ident)())

    async def main() -> None:
        pooled = Pooled(app)
        for _ in range(5):
            await ask(pooled)

    asyncio.run(main())
    assert len(met) == 5
    assert len(set(met)) == 1
    assert threading.get_ident() not in met


def test_all_at_once_each_has_its_own_and_only_some_are_kept() -> None:
    """All of them are inside at the same time: were one to wait for another, this would never end."""
    together = threading.Barrier(6)
    met: set[threading.Thread] = set()

    def inside() -> None:
        together.wait(30)
        met.add(threading.current_thread())

    async def app(*_: Any) -> None:
        await sync_to_async(inside)()

    async def main() -> None:
        pooled = Pooled(app, kept=2)
        await asyncio.gather(*(ask(pooled) for _ in range(6)))
        assert len(met) == 6
        for thread in met:
            await asyncio.to_thread(thread.join, 0.2)
        assert sum(thread.is_alive() for thread in met) == 2

    asyncio.run(main())


def test_a_thread_is_kept_after_a_request_that_failed() -> None:
    met: list[int] = []

    async def app(*_: Any) -> None:
        met.append(await sync_to_async(threading.get_ident)())
        raise ValueError

    async def main() -> None:
        pooled = Pooled(app)
        for _ in range(3):
            try:
                await ask(pooled)
            except ValueError:
                continue

    asyncio.run(main())
    assert len(met) == 3
    assert len(set(met)) == 1
