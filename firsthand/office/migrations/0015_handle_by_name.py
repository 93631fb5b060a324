"""An index of names, so that a person's page does not look through all correspondents."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("office", "0014_timestamps")]

    operations = [
        migrations.AddIndex(
            model_name="handle",
            index=models.Index(Lower("name"), "channel", name="handle_by_name"),
        ),
    ]
