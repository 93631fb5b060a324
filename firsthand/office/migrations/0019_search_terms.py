"""The terms of the full text in order, to look up all that begin with some letters."""

from django.apps.registry import Apps as StateApps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# "row": one line a term. It holds nothing of its own.
SQLITE = "CREATE VIRTUAL TABLE office_search_terms USING fts5vocab(office_search, row)"


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE office_search_terms")


class Migration(migrations.Migration):
    dependencies = [("office", "0018_kinds")]

    operations = [migrations.RunPython(make, drop)]
