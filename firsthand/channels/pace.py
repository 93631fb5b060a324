"""When it is time to look again, where a server tells of no news and asking it costs."""

from __future__ import annotations

import time


class Pace:
    """`every`: seconds between two looks."""

    def __init__(self, every: float) -> None:
        self.every = every
        self._looked = time.monotonic()

    def looked(self) -> None:
        """Something looks now."""
        self._looked = time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Wait until it is time (True), or the seconds are over (False)."""
        due = self._looked + self.every
        time.sleep(max(0.0, min(time.monotonic() + seconds, due) - time.monotonic()))
        if time.monotonic() < due:
            return False
        self.looked()
        return True
