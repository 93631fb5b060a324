"""Secrets at rest: sealed with the key in the office's folder, never with one in the database."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from firsthand.core.errors import Permanent
from firsthand.core.record import OfficeKey
from firsthand.office.models import FormerLogKey, Office


def _fernet() -> Fernet:
    digest = hashlib.sha256(settings.SEALING_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(secret: bytes) -> bytes:
    """`secret`, encrypted and authenticated."""
    return _fernet().encrypt(secret)


def unseal(sealed: bytes) -> bytes:
    """The inverse of `seal`. Raises Permanent when the folder's key is another one."""
    try:
        return _fernet().decrypt(bytes(sealed))
    except InvalidToken:
        raise Permanent(
            "The office's secrets cannot be opened with this sealing.key.",
            hint="Put back the sealing.key from the backup that this database belongs to.",
        ) from None


def seal_values(values: Mapping[str, str]) -> bytes:
    """Credentials of an account, sealed."""
    return seal(json.dumps(dict(values)).encode())


def unseal_values(sealed: bytes) -> dict[str, str]:
    """The inverse of `seal_values`."""
    values: dict[str, str] = json.loads(unseal(sealed)) if sealed else {}
    return values


def office_key(office: Office) -> OfficeKey:
    """The key that signs records."""
    return OfficeKey(office.key_name, _private(bytes(office.sealed_key)))


def log_keys(office: Office) -> list[Ed25519PrivateKey]:
    """The keys that sign checkpoints: the live one first, then those it took the place of."""
    former = FormerLogKey.objects.order_by("-pk").values_list("sealed", flat=True)
    return [_private(bytes(sealed)) for sealed in (office.sealed_log_key, *former)]


def _private(sealed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(unseal(sealed))
