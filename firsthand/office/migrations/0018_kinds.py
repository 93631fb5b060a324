"""What has nothing to answer is parted by kinds. Ranks tell the kind when they are made anew, so the
threads of that lane are marked for it; until then they count as written by people."""

from typing import Any

from django.db import migrations, models

KINDS = [
    ("people", "people"),
    ("newsletters", "newsletters"),
    ("lists", "lists"),
    ("receipts", "receipts"),
    ("calendar", "calendar"),
    ("notices", "notices"),
    ("auto-replies", "auto-replies"),
    ("bounces", "bounces"),
]


def count(apps: Any, schema_editor: Any) -> None:
    ranks = apps.get_model("office", "RankRow").objects.filter(lane="fyi")
    apps.get_model("office", "KindCount").objects.create(kind="people", threads=ranks.count())
    waiting = ranks.values("thread_id")
    apps.get_model("office", "Thread").objects.filter(pk__in=waiting).update(needs_rank=True)


class Migration(migrations.Migration):
    dependencies = [("office", "0017_message_lookups")]

    operations = [
        migrations.CreateModel(
            name="KindCount",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=KINDS, max_length=12, primary_key=True, serialize=False
                    ),
                ),
                ("threads", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="rankrow",
            name="kind",
            field=models.CharField(choices=KINDS, default="people", max_length=12),
        ),
        migrations.AddIndex(
            model_name="rankrow",
            index=models.Index(fields=["lane", "kind", "waiting_since"], name="rank_by_kind"),
        ),
        migrations.AlterField(
            model_name="message",
            name="automation",
            field=models.CharField(
                choices=[
                    ("no", "no"),
                    ("list", "list"),
                    ("bulk", "bulk"),
                    ("auto_reply", "auto_reply"),
                    ("bounce", "bounce"),
                    ("calendar", "calendar"),
                    ("receipt", "receipt"),
                    ("notice", "notice"),
                ],
                default="no",
                max_length=10,
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
