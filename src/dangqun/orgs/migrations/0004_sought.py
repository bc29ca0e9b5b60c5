from django.db import migrations, models

from dangqun.kernel.search import sought_name


def fill(apps, schema_editor):
    former = {}
    for pk, *names in apps.get_model("orgs", "FormerName").objects.order_by("pk").values_list("org", "name", "short_name"):
        former.setdefault(pk, []).extend(names)
    for name in ("Org", "Enterprise"):
        model = apps.get_model("orgs", name)
        rows = list(model.objects.only("pk", "name", "short_name"))
        for row in rows:
            more = former.get(row.pk, ()) if name == "Org" else ()
            row.sought = sought_name(row.name, row.short_name, *more)
        model.objects.bulk_update(rows, ["sought"], batch_size=100)


class Migration(migrations.Migration):
    """Write what search finds each row by; afterwards the verbs do."""

    dependencies = [("orgs", "0003_one_administrator")]

    operations = [
        migrations.AddField(
            model_name="enterprise",
            name="sought",
            field=models.TextField(default="", editable=False, verbose_name="检索文字"),
        ),
        migrations.AddField(
            model_name="org",
            name="sought",
            field=models.TextField(default="", editable=False, verbose_name="检索文字"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
