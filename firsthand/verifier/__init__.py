"""The stranger's verifier: checks a mail or a record without Django and without trusting the office.

Keys come from the caller, or from what was pinned before; never silently from the log's server.
"""

from firsthand.verifier.check import Verdict, check_mail, check_record, check_sealed
from firsthand.verifier.fetch import WebLog, fetch_did, fetch_passkeys
from firsthand.verifier.keyfile import KeyFile
from firsthand.verifier.known import Known
from firsthand.verifier.post import check_post, host_in, read_post

__all__ = [
    "KeyFile",
    "Known",
    "Verdict",
    "WebLog",
    "check_mail",
    "check_post",
    "check_record",
    "check_sealed",
    "fetch_did",
    "fetch_passkeys",
    "host_in",
    "read_post",
]
