"""SQLite's index again, with words folded as questions are: it held them as they were written, and
taking out an old letter must take out what stands there."""

from itertools import islice

from django.apps.registry import Apps as StateApps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

AT_ONCE = 2000


def again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    from firsthand.office import search

    if schema_editor.connection.vendor != "sqlite":
        return
    rows = apps.get_model("office", "Message").objects.filter(set_aside="").values_list(
        "pk", "at", "from_address", "from_name", "to", "cc", "subject", "body__text"
    )  # fmt: skip
    search.clear()
    found = rows.order_by("pk").iterator(AT_ONCE)
    while some := list(islice(found, AT_ONCE)):
        search.add(
            search.Entry(pk, at, (address, name), [*to, *cc], subject, text or "")
            for pk, at, address, name, to, cc, subject, text in some
        )


class Migration(migrations.Migration):
    dependencies = [("office", "0019_search_terms")]

    operations = [migrations.RunPython(again, migrations.RunPython.noop)]
