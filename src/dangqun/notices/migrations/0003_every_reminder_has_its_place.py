import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from 0002: PostgreSQL does not alter a table in the transaction that has just written to it."""

    dependencies = [
        ("notices", "0002_attachments_drafts_and_places_of_reminders"),
    ]

    operations = [
        migrations.AlterField(
            "reminder",
            "place",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orgs.org", verbose_name="范围"),
        ),
    ]
