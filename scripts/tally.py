"""Adds up the JUnit files of a test run. Usage: tally.py FOLDER [FAILED STEP...]."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(folder: str, *failed_steps: str) -> int:
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for path in Path(folder).glob("*.xml"):
        for suite in ElementTree.parse(path).iter("testsuite"):
            for name in total:
                total[name] += int(suite.get(name, "0"))
    failed = total["failures"] + total["errors"]
    passed = max(total["tests"] - failed - total["skipped"], 0)
    print(f"\nfailed steps: {', '.join(failed_steps) or 'none'}")
    print(f"{passed} passed, {failed} failed, {total['skipped']} skipped")
    return 1 if failed_steps or failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
