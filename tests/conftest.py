"""What every test shares. Servers and browsers have their own conftest beside their tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine must not fail a property; the examples still differ from run to run.
settings.register_profile("firsthand", deadline=None)
settings.load_profile("firsthand")
