"""Intake: what channels and files hand over becomes messages, threads, persons and search.

It keeps the raw bytes of all (invariant 6), takes each message once, and sets aside what it cannot
handle (invariant 12). It must not rank: it marks threads, and `attention` reads the marks.
"""

from firsthand.office.intake.alike import Alike, alike
from firsthand.office.intake.files import import_paths
from firsthand.office.intake.joining import join, part
from firsthand.office.intake.rebuilding import rebuild
from firsthand.office.intake.syncing import sync
from firsthand.office.intake.taking import Taken, take

__all__ = [
    "Alike",
    "Taken",
    "alike",
    "import_paths",
    "join",
    "part",
    "rebuild",
    "sync",
    "take",
]
