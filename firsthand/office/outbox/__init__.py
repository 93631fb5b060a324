"""The outbox: what was decided to leave is logged, then sent, then accounted for (invariants 1, 5).

Nothing else calls a channel's `send`. Each act may be killed at any instruction and run again, by
any number of workers at once: see `core.lifecycle` for the states and docs/channels/mail.md for
what is promised.
"""

from firsthand.office.outbox.delivering import claim, deliver
from firsthand.office.outbox.following import copy_sent, file_sent, recover
from firsthand.office.outbox.releasing import log_due

__all__ = ["claim", "copy_sent", "deliver", "file_sent", "log_due", "recover"]
