"""Ids of messages are looked up within an account: without it in the index, SQLite took another
index and read all messages of the account, for every batch."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("office", "0016_mentions")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_by_id"),
        migrations.RemoveIndex(model_name="message", name="message_by_parent"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["account", "message_id"], name="message_by_id"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["account", "in_reply_to"],
                condition=models.Q(("in_reply_to", ""), _negated=True),
                name="message_by_parent",
            ),
        ),
    ]
