"""A home of their own for the tests, before any settings are read: never the user's office.

Loaded with `-p tests.home`, because a conftest comes too late for Django's settings.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

HOME = tempfile.mkdtemp(prefix="firsthand-tests-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["FIRSTHAND_HOME"] = HOME
for name in ("SECRET_KEY", "SEALING_KEY", "ALLOWED_HOSTS", "TRUSTED_ORIGINS", "HTTPS", "DEBUG"):
    os.environ.pop(name, None)
