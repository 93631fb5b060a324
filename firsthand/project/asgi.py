"""The ASGI application that uvicorn serves: the pages, the API, and the door for agents."""

from __future__ import annotations

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.project.settings")
django.setup(set_prefix=False)

from firsthand.mcp.door import Doors  # noqa: E402 (needs the settings)
from firsthand.project.files import static  # noqa: E402
from firsthand.project.handler import Handler  # noqa: E402
from firsthand.project.threads import Pooled  # noqa: E402

pages = Pooled(Handler())
application = static(Doors(pages))

# What is loaded by now stays. A full collection that walks through all of it takes longer than a
# page does, and hits one request in some hundreds.
gc.collect()
gc.freeze()
