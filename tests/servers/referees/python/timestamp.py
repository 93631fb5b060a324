"""rfc3161-client as a judge of timestamps.

timestamp.py request CONTENT REQUEST                writes a request for a time, prints its nonce
timestamp.py verify CONTENT NONCE RESPONSE ROOT     ROOT: the certificate that is trusted
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificate
from rfc3161_client import TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response


def request(content: str, place: str) -> None:
    made = TimestampRequestBuilder().data(Path(content).read_bytes()).nonce(nonce=True).build()
    Path(place).write_bytes(made.as_bytes())
    print(made.nonce)


def verify(content: str, nonce: str, response: str, root: str) -> None:
    answer = decode_timestamp_response(Path(response).read_bytes())
    trusted = load_pem_x509_certificate(Path(root).read_bytes())
    verifier = VerifierBuilder().nonce(int(nonce)).add_root_certificate(trusted).build()
    verifier.verify_message(answer, Path(content).read_bytes())
    print("stamped", answer.tst_info.gen_time.isoformat())


ways: dict[str, Callable[..., None]] = {"request": request, "verify": verify}
ways[sys.argv[1]](*sys.argv[2:])
