"""The start of a team's term, and 恢复党籍 as a reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Made by makemigrations."""

    dependencies = [("members", "0002_imports")]

    operations = [
        migrations.AddField(
            model_name="office",
            name="term_from",
            field=models.DateField(blank=True, null=True, verbose_name="本届起始"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="ended_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("confirmed", "转为正式党员"),
                    ("transferred", "组织关系转出"),
                    ("moved", "转到本区其他支部"),
                    ("died", "去世"),
                    ("left_party", "出党"),
                    ("suspended", "停止党籍"),
                    ("reorganised", "支部调整"),
                    ("restored", "恢复党籍"),
                ],
                max_length=12,
                verbose_name="减少原因",
            ),
        ),
    ]
