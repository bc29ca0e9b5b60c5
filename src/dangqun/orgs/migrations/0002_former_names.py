"""Former names, and the database's own word that an organisation never stands in two places on one day."""

import django.db.models.deletion
from django.db import migrations, models

POSTGRESQL = """
ALTER TABLE orgs_placement ADD CONSTRAINT placement_no_overlap
EXCLUDE USING gist (int8range(org_id, org_id, '[]') WITH &&, daterange(starts_on, ends_on) WITH &&)
"""
OVERLAP = """
SELECT RAISE(ABORT, 'placement_no_overlap') WHERE EXISTS (
  SELECT 1 FROM orgs_placement AS held
  WHERE held.org_id = NEW.org_id AND held.id IS NOT NEW.id
    AND (held.starts_on IS NULL OR held.ends_on IS NULL OR held.starts_on < held.ends_on)
    AND (NEW.starts_on IS NULL OR NEW.ends_on IS NULL OR NEW.starts_on < NEW.ends_on)
    AND (held.starts_on IS NULL OR NEW.ends_on IS NULL OR held.starts_on < NEW.ends_on)
    AND (NEW.starts_on IS NULL OR held.ends_on IS NULL OR NEW.starts_on < held.ends_on))
"""


def forbid_overlaps(apps, schema_editor):
    """Forbid two placements of one organisation on one day: an exclusion, or triggers where there is none."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        return
    for event in ("INSERT", "UPDATE"):
        schema_editor.execute(
            f"CREATE TRIGGER placement_no_overlap_{event.lower()} BEFORE {event} ON orgs_placement "
            f"BEGIN {OVERLAP}; END"
        )


def allow_overlaps(apps, schema_editor):
    """Take the rule away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE orgs_placement DROP CONSTRAINT placement_no_overlap")
        return
    for event in ("insert", "update"):
        schema_editor.execute(f"DROP TRIGGER placement_no_overlap_{event}")


class Migration(migrations.Migration):
    """Written by hand beside makemigrations."""

    dependencies = [("orgs", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="FormerName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="起")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="止")),
                ("name", models.CharField(max_length=100, verbose_name="曾用名")),
                ("short_name", models.CharField(max_length=60, verbose_name="简称")),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_names",
                        to="orgs.org",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on", None),
                            ("starts_on", None),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="former_name_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__isnull", False)), name="former_name_has_ended"
                    ),
                ],
            },
        ),
        migrations.RunPython(forbid_overlaps, allow_overlaps),
    ]
