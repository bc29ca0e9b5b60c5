from django.db import migrations, models

from dangqun.kernel.search import sought_name


def fill(apps, schema_editor):
    model = apps.get_model("members", "Person")
    rows = list(model.objects.only("pk", "name"))
    for row in rows:
        row.sought = sought_name(row.name, person=True)
    model.objects.bulk_update(rows, ["sought"], batch_size=200)


class Migration(migrations.Migration):
    """Write what search finds each row by; afterwards the verbs do."""

    dependencies = [("members", "0007_codes_of_two"), ("orgs", "0004_sought")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="sought",
            field=models.TextField(default="", editable=False, verbose_name="检索文字"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["sought", "org", "enterprise"], name="person_sought"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
