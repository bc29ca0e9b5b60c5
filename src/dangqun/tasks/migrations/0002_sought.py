from django.db import migrations, models

from dangqun.kernel.search import plain, sought_text


def fill(apps, schema_editor):
    model = apps.get_model("tasks", "Task")
    for row in model.objects.filter(issued_at__isnull=False).only("pk", "title", "body").iterator(chunk_size=200):
        files = row.files.filter(assignment=None).order_by("pk").values_list("name", flat=True)
        model.objects.filter(pk=row.pk).update(sought=sought_text(row.title, plain(row.body), *files))


class Migration(migrations.Migration):
    """Write what search finds each row by; afterwards the verbs do."""

    dependencies = [("tasks", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="sought",
            field=models.TextField(default="", editable=False, verbose_name="检索文字"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
