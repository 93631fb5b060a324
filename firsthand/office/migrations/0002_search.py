"""The index of full text (office.search), and the one that finds answers whose question came later."""

from django.apps.registry import Apps as StateApps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db import migrations, models

SQLITE = """
CREATE VIRTUAL TABLE office_search USING fts5(
    sender, recipients, subject, body,
    content='', columnsize=0, tokenize="unicode61 remove_diacritics 2"
)
"""
POSTGRESQL = [
    """
    CREATE TABLE office_search (
        message_id bigint PRIMARY KEY REFERENCES office_message (id) ON DELETE CASCADE,
        at timestamptz NOT NULL,
        words tsvector NOT NULL
    )
    """,
    "CREATE INDEX office_search_words ON office_search USING gin (words)",
]


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = [SQLITE] if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE office_search")


class Migration(migrations.Migration):
    dependencies = [("office", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["in_reply_to"],
                condition=models.Q(("in_reply_to", ""), _negated=True),
                name="message_by_parent",
            ),
        ),
        migrations.RunPython(make, drop),
    ]
