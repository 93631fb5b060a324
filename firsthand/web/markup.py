"""A post's source as HTML that a template takes as it is (`office.prose`)."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

from firsthand.office import prose


def html(source: str) -> SafeString:
    """The source as a fragment of a page, cleaned."""
    return mark_safe(prose.html(source))
