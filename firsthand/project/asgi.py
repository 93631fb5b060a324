"""The ASGI application that uvicorn serves: the pages, the API, and the door for agents."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.project.settings")
pages = get_asgi_application()

from firsthand.mcp.door import Doors  # noqa: E402 (needs the settings)

application = Doors(pages)
