import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def say_where(apps, schema_editor):
    """Reminders sent so far went to everybody, as far as anyone can still tell: the place is the issuer's."""
    Reminder = apps.get_model("notices", "Reminder")
    Notice = apps.get_model("notices", "Notice")
    issuer = Notice.objects.filter(pk=OuterRef("notice")).values("org")[:1]
    Reminder.objects.filter(place=None).update(place=Subquery(issuer))


class Migration(migrations.Migration):

    dependencies = [
        ("notices", "0001_initial"),
        ("orgs", "0001_initial"),
    ]

    operations = [
        migrations.AddField("notice", "saved_at", models.DateTimeField(null=True, verbose_name="存草稿时间")),
        migrations.AddField("notice", "writing", models.UUIDField(null=True, unique=True)),
        migrations.AddField(
            "reminder",
            "place",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orgs.org", verbose_name="范围"),
        ),
        migrations.RunPython(say_where, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="文件名")),
                ("kind", models.CharField(max_length=8)),
                ("size", models.PositiveIntegerField(verbose_name="大小（字节）")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("mark", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField()),
                ("notice", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="notices.notice")),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "mark", "name"), name="attachment_once_a_notice"),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="attachment_not_empty"),
                ],
            },
        ),
    ]
