"""Fewer indexes for each letter that comes in, and full text that is sorted in larger pieces."""

import django.db.models.deletion
from django.conf import settings
from django.apps.registry import Apps as StateApps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db import migrations, models


# The words of one transaction are sorted in memory, up to so many bytes, before they are merged.
PIECE = "INSERT INTO office_search (office_search, rank) VALUES ('hashsize', 33554432)"


def enlarge(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(PIECE)


class Migration(migrations.Migration):

    dependencies = [
        ('office', '0004_passkeys'),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='office.account'),
        ),
        migrations.AlterField(
            model_name='message',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='message',
            name='person',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='office.person'),
        ),
        migrations.AlterField(
            model_name='message',
            name='thread',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='office.thread'),
        ),
        migrations.AlterField(
            model_name='thread',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='threads', to='office.account'),
        ),
        migrations.AlterField(
            model_name='thread',
            name='person',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='threads', to='office.person'),
        ),
        migrations.AlterField(
            model_name='thread',
            name='state_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(enlarge, migrations.RunPython.noop),
    ]
