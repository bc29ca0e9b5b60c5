from django.db import migrations, models

COUNT = """
UPDATE notices_notice SET addressed = (
    SELECT count(*) FROM notices_receipt WHERE notices_receipt.notice_id = notices_notice.id
)
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0008_sought"), ("notices", "0005_sought")]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="addressed",
            field=models.PositiveIntegerField(default=0, verbose_name="发给的人数"),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["notice", "signed_at"], name="receipt_missing"),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="notice",
            field=models.ForeignKey(
                db_index=False,
                on_delete=models.PROTECT,
                related_name="receipts",
                to="notices.notice",
            ),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=models.PROTECT,
                related_name="receipts",
                to="members.person",
            ),
        ),
    ]
