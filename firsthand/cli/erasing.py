"""`firsthand erase`: a message that left is erased here; the log keeps a hash that tells nothing."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from firsthand.cli import setting_up
from firsthand.cli.output import json_option, show
from firsthand.core.errors import Misuse


@click.command()
@click.argument("submission", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--as", "who", metavar="HAND", help="Act as this hand.")
@json_option
def erase(submission: int, yes: bool, who: str | None, as_json: bool) -> None:
    """Erase a message that left, with all its versions; of a post also drafts that were put away."""
    setting_up.office()
    from firsthand.office import erasing
    from firsthand.office.models import Submission

    found = Submission.objects.filter(pk=submission).first()
    if not found:
        raise Misuse(f"There is no submission {submission}.")
    told = f"Submission {found.pk}, {found.made_at:%d %B %Y}: {found.subject or '(no subject)'}"
    if not yes:
        if not sys.stdin.isatty():
            raise Misuse("Nobody can be asked here.", hint="Say --yes to erase it for good.")
        click.confirm(f"{told}. Erase it for good?", abort=True)
    taken = erasing.erase(submission=found, actor=setting_up.acting(who), now=setting_up.now())
    show(
        {"submission": found.pk, "erased": True, "taken": asdict(taken)},
        as_json=as_json,
        text=lambda: (
            f"Submission {found.pk} is erased. {taken.sentence} "
            "Its entry stays in the log and tells nothing."
        ),
    )
