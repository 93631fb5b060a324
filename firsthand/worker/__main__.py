"""`python -m firsthand.worker`: until SIGTERM or SIGINT, or `--once`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType

import django

from firsthand import worker


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="firsthand.worker", description="Works for the office.")
    parser.add_argument("--once", action="store_true", help="do what is due, then end")
    parser.add_argument("--parent", type=int, help="end when this process, which began us, has")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.project.settings")
    django.setup()
    if options.once:
        worker.run_once()
        return
    asked: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    parent = options.parent
    worker.run(lambda: bool(asked) or (parent is not None and os.getppid() != parent))


if __name__ == "__main__":
    main(sys.argv[1:])
