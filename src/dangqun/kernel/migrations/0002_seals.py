"""Seals over facts, marks that only the platform can set, and the database's refusal to change or delete facts."""

from django.db import migrations, models

from dangqun.kernel.facts.guards import lift_guards, set_guards


def mark_facts(apps, schema_editor):
    """Mark the facts of earlier versions as written by the platform; a new installation has none."""
    from dangqun.kernel.facts.chain import marker, of_fact

    facts = apps.get_model("kernel", "Fact")._base_manager.using(schema_editor.connection.alias)
    last = 0
    mark = marker() if facts.exists() else None  # a new installation need not have its key ring yet
    while held := list(facts.filter(pk__gt=last).order_by("pk").values_list("pk", "text")[:1000]):
        with schema_editor.connection.cursor() as cursor:
            marks = [(mark(of_fact(text)), key) for key, text in held]
            cursor.executemany("UPDATE kernel_fact SET mark = %s WHERE id = %s", marks)
        last = held[-1][0]


def guard(apps, schema_editor):
    """Refuse changes and deletions from now on."""
    set_guards(schema_editor.execute, schema_editor.connection.vendor)


def unguard(apps, schema_editor):
    """Take the refusals away."""
    lift_guards(schema_editor.execute, schema_editor.connection.vendor)


class Migration(migrations.Migration):
    """Written by hand beside makemigrations."""

    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("hash", models.CharField(max_length=64)),
                ("mark", models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("fact_id", models.BigIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                ("hash", models.CharField(max_length=64)),
                ("mark", models.CharField(max_length=32)),
            ],
        ),
        migrations.AddField("fact", "mark", models.CharField(blank=True, default="", max_length=32), preserve_default=False),
        migrations.RunPython(mark_facts, migrations.RunPython.noop),
        migrations.AddIndex("fact", models.Index(fields=["what", "at"], name="fact_what")),
        migrations.AddIndex("fact", models.Index(fields=["actor_id", "at"], name="fact_actor")),
        migrations.AddIndex("fact", models.Index(fields=["org_path", "at"], name="fact_org")),
        migrations.RunPython(guard, unguard),
    ]
