"""The ASGI application that uvicorn serves: the pages, the API, and the door for agents."""

from __future__ import annotations

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.project.settings")
django.setup(set_prefix=False)

from django.template.loader import get_template  # noqa: E402
from django.urls import reverse  # noqa: E402

from firsthand.mcp.door import Doors  # noqa: E402 (needs the settings)
from firsthand.project.files import TEMPLATES, static  # noqa: E402
from firsthand.project.handler import Handler  # noqa: E402
from firsthand.project.threads import Pooled  # noqa: E402

pages = Pooled(Handler())
application = static(Doors(pages))

# What is loaded by now stays. A full collection that walks through all of it takes longer than a
# page does, and hits one request in some hundreds. So the addresses with their views and the
# templates, which the first requests would load, are loaded too.
reverse("today")
for template in TEMPLATES.rglob("*.html"):
    get_template(template.relative_to(TEMPLATES).as_posix())
gc.collect()
gc.freeze()
