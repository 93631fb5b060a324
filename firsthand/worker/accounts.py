"""Reading accounts: a thread for each, because waiting for news takes all day.

Of several workers, one reads an account: the one with the lease on its row.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils.timezone import now

from firsthand.channels.base import Channel
from firsthand.core.errors import FirsthandError
from firsthand.office import intake
from firsthand.office.models import Account
from firsthand.office.reaching import channel_of

LEASE = timedelta(minutes=3)
SLICE = 10.0
"""Seconds of waiting at a stretch: a stop takes effect after it."""
BROKEN = 30.0
"""Seconds between looks at whether an account that does not work may be tried again."""
REFUSED = timedelta(hours=1)
"""Until credentials that were refused are tried again: a server locks out who asks often."""
GOODBYE = 15.0

Stop = Callable[[], bool]
logger = logging.getLogger(__name__)


def sync_all() -> None:
    """Read each account once."""
    for account in _readable():
        intake.sync(account=account, now=now())


def _readable() -> list[Account]:
    return list(Account.objects.exclude(state__in=Account.UNREAD).order_by("pk"))


class Accounts:
    """The threads of this worker, one for each account that no other worker reads."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._readers: dict[int, Reader] = {}

    def look_after(self) -> int:
        """Start what is missing, and hold on to the accounts that are being read."""
        self._readers = {pk: each for pk, each in self._readers.items() if each.is_alive()}
        for reader in self._readers.values():
            reader.hold()
        for account in _readable():
            if account.pk not in self._readers and (fence := _lease(account)):
                reader = Reader(account.pk, fence, self._stop)
                self._readers[account.pk] = reader
                reader.start()
        return 0

    def close(self) -> None:
        """Wait for the threads, but not for ever: killing them loses nothing."""
        until = time.monotonic() + GOODBYE
        for reader in self._readers.values():
            reader.join(max(0.0, until - time.monotonic()))


def _lease(account: Account) -> int:
    """The fence of a fresh lease, or 0 when another worker has the account."""
    free = Account.objects.filter(pk=account.pk, fence=account.fence).filter(
        Q(lease_until=None) | Q(lease_until__lte=now())
    )
    fence = account.fence + 1
    return fence if free.update(fence=fence, lease_until=now() + LEASE) else 0


def _may_try(account: Account) -> bool:
    if account.state != "failing" or account.tried_at is None:
        return True
    return (account.retry_at or account.tried_at + REFUSED) <= now()


class Reader(Thread):
    """Reads one account as long as it holds the lease."""

    def __init__(self, account: int, fence: int, stop: Stop) -> None:
        super().__init__(name=f"account-{account}", daemon=True)
        self._pk = account
        self._fence = fence
        self._stopped = stop

    def hold(self) -> bool:
        """Renew the lease; False when it was lost."""
        mine = Account.objects.filter(pk=self._pk, fence=self._fence)
        return bool(mine.update(lease_until=now() + LEASE))

    def run(self) -> None:
        try:
            while not self._stopped() and self.hold() and self._reads():
                self._turn()
            Account.objects.filter(pk=self._pk, fence=self._fence).update(lease_until=None)
        except Exception:
            # The lease runs out, then this worker or another starts anew.
            logger.exception("reading account %s ended", self._pk)
        finally:
            connection.close()

    def _reads(self) -> bool:
        close_old_connections()
        return not Account.objects.filter(pk=self._pk, state__in=Account.UNREAD).exists()

    def _turn(self) -> None:
        """Read, wait for news, read again, while all goes well."""
        account = Account.objects.get(pk=self._pk)
        if not _may_try(account):
            self._pause(BROKEN)
            return
        try:
            with channel_of(account, clock=now) as channel:
                channel.wait(0)  # from here on it notices what comes in
                while not self._stopped() and self._sync() and self.hold():
                    self._await(channel)
                    close_old_connections()
                    if not self._reads():
                        return
        except FirsthandError as problem:
            logger.info("account %s: %s", self._pk, problem)
            self._sync()  # which tells people what is wrong
        if not self._stopped():
            self._pause(BROKEN)

    def _sync(self) -> bool:
        """Whether the account works. Its failure is in its row by then."""
        account = Account.objects.get(pk=self._pk)
        intake.sync(account=account, now=now())
        return Account.objects.filter(pk=self._pk, state="ok").exists()

    def _await(self, channel: Channel) -> None:
        until = time.monotonic() + channel.capabilities.look
        while (left := until - time.monotonic()) > 0 and not self._stopped():
            if channel.wait(min(left, SLICE)):
                return

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopped():
            time.sleep(0.5)
