"""The published log as static files, and the documents that a verifier needs beside it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from firsthand.core.keys import with_history
from firsthand.core.passkey import with_passkeys
from firsthand.office import consent, ledger
from firsthand.office.models import Office
from firsthand.tlog.store import LocalStore
from firsthand.tlog.tiles import CHECKPOINT, STAMPS, stamp_path

FOR_EVER = "public, max-age=31536000, immutable"
FRESH = "no-cache"
DAY = "public, max-age=3600"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed head (c2sp.org/tlog-checkpoint). It changes, so it is asked for anew."""
    return _file(CHECKPOINT, "text/plain; charset=utf-8", FRESH)


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile or an entry bundle (c2sp.org/tlog-tiles). It never changes."""
    return _file(f"tile/{path}", "application/octet-stream", FOR_EVER)


@require_safe
def timestamps(request: HttpRequest) -> HttpResponse:
    """Which heads have a timestamp (docs/log-format.md, "Timestamps")."""
    return _file(STAMPS, "text/plain; charset=utf-8", FRESH)


@require_safe
def timestamp(request: HttpRequest, size: int) -> HttpResponse:
    """The timestamp of a head, with that head. It never changes."""
    return _file(stamp_path(size), "text/plain; charset=utf-8", FOR_EVER)


def _file(path: str, kind: str, cached: str) -> HttpResponse:
    data = LocalStore(settings.LOG_FOLDER).read(path)
    if data is None:
        raise Http404("The log has no such file.")
    return _open(HttpResponse(data, content_type=kind), cached)


def _open(response: HttpResponse, cached: str) -> HttpResponse:
    """Readable by any page of any site: that is what the log is for."""
    response.headers["Cache-Control"] = cached
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def did(request: HttpRequest) -> HttpResponse:
    """The office's keys (did:web)."""
    office = Office.objects.first()
    if office is None:
        raise Http404
    document = with_history(office.issuer, ledger.key_history())
    document = with_passkeys(document, office.issuer, consent.listed())
    return _open(JsonResponse(document, content_type="application/did+json"), DAY)


@require_safe
def key_history(request: HttpRequest) -> HttpResponse:
    """Every change of the office's own keys, each with its proof: a verifier asks for it."""
    if not Office.objects.exists() or not ledger.published():
        raise Http404
    return _open(HttpResponse(ledger.key_file(), content_type="text/plain; charset=utf-8"), FRESH)


@require_safe
def context(request: HttpRequest) -> HttpResponse:
    """The JSON-LD context of byline records, version 1: it never changes."""
    return _open(JsonResponse(CONTEXT, content_type="application/ld+json"), FOR_EVER)


def _terms() -> dict[str, object]:
    schema = "accountablePerson author contributor roleName encodingFormat sender".split()
    evidence = "signer keyEntry credentialId authenticatorData clientDataJSON signature batch"
    listing = "logEntry revokedEntry cutOff"
    bound = "placeDigest attachmentDigests revision replacesRecord change"
    ours = f"{evidence} {listing} {bound} level ai seq channel initials log".split()
    iri = {"@type": "@id"}
    return {
        "@version": 1.1,
        "@protected": True,
        "WebAuthnAssertion": "urn:firsthand:byline:v1#WebAuthnAssertion",
        "BylineCredential": "urn:firsthand:byline:v1#BylineCredential",
        **{term: f"https://schema.org/{term}" for term in schema},
        **{term: f"urn:firsthand:byline:v1#{term}" for term in ours},
        "Message": "https://schema.org/Message",
        "Person": "https://schema.org/Person",
        "SoftwareApplication": "https://schema.org/SoftwareApplication",
        "actedOnBehalfOf": {"@id": "http://www.w3.org/ns/prov#actedOnBehalfOf", **iri},
        "replaces": {"@id": "http://purl.org/dc/terms/replaces", **iri},
        "digitalSourceType": {"@id": "https://schema.org/digitalSourceType", **iri},
        "humanOversightLevel": "urn:firsthand:byline:v1#humanOversightLevel",
    }


CONTEXT = {"@context": _terms()}
