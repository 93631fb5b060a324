"""Mentions: who links to our pages, as they tell us, and telling those to whom our posts link.

What strangers say here is only a claim until the worker has seen the page itself; then it is filed as
something that came in. What we tell carries no text: two addresses that are public already.
"""

from firsthand.office.mentions.hearing import HOUR, Closed, NoPage, forget, hear
from firsthand.office.mentions.looking import look_due
from firsthand.office.mentions.telling import note_links, recover_tellings, tell_again, tell_due

__all__ = [
    "HOUR",
    "Closed",
    "NoPage",
    "forget",
    "hear",
    "look_due",
    "note_links",
    "recover_tellings",
    "tell_again",
    "tell_due",
]
