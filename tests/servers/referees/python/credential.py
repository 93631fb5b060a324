"""openvc-core as a judge of a record: credential.py RECORD DID_DOCUMENT NOW.

The DID document is the file, given for the one address that did:web names, and for no other.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.verify import VerificationPolicy, verify_credential

record, document, now = sys.argv[1:]
fetched: list[str] = []


def fetch(url: str) -> Any:
    fetched.append(url)
    return json.loads(Path(document).read_text())


result = verify_credential(
    json.loads(Path(record).read_text()),
    policy=VerificationPolicy(
        now=datetime.fromisoformat(now),
        expected_types=["VerifiableCredential", "BylineCredential"],
    ),
    resolver=DidResolverRegistry([DidWebResolver(fetch)]),
)
print(result.format, result.issuer, result.subject, *fetched)
