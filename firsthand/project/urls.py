"""The addresses: pages, and the API below /api/."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("api/", include("firsthand.api.urls")),
    path("", include("firsthand.web.urls")),
]
