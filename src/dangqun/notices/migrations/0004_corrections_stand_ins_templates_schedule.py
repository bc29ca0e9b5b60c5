"""Corrections, stand-ins, templates, a time to publish at, urgency, withdrawal, drafts left behind."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_every_reminder_has_its_place"),
        ("orgs", "0002_former_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几次更正")),
                ("at", models.DateTimeField()),
                ("why", models.CharField(max_length=200, verbose_name="更正原因")),
                ("asks_again", models.BooleanField(default=False, verbose_name="请已签收的人再签一次")),
                ("title", models.CharField(max_length=120, verbose_name="原标题")),
                ("body", models.TextField(verbose_name="原正文")),
                ("deadline", models.DateTimeField(null=True, verbose_name="原截止")),
                ("marked", models.TextField(blank=True, verbose_name="改动标出的正文")),
                ("notes", models.JSONField(default=list, verbose_name="改了什么")),
            ],
            options={
                "ordering": ("-number",),
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="模板名称")),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                ("body", models.TextField(verbose_name="正文")),
                ("wants_signing", models.BooleanField(default=True, verbose_name="需要签收")),
                ("is_shared", models.BooleanField(default=False, verbose_name="全办公室可用")),
                ("kept_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_published_has_time",
        ),
        migrations.AddField(
            model_name="attachment",
            name="removed_at",
            field=models.DateTimeField(null=True, verbose_name="更正时移除"),
        ),
        migrations.AddField(
            model_name="attachment",
            name="removed_why",
            field=models.CharField(blank=True, max_length=200, verbose_name="移除原因"),
        ),
        migrations.AddField(
            model_name="notice",
            name="edition",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="更正次数"),
        ),
        migrations.AddField(
            model_name="notice",
            name="held_back",
            field=models.CharField(blank=True, max_length=200, verbose_name="没有发出的原因"),
        ),
        migrations.AddField(
            model_name="notice",
            name="left_at",
            field=models.DateTimeField(null=True, verbose_name="起草人离任"),
        ),
        migrations.AddField(
            model_name="notice",
            name="scheduled_for",
            field=models.DateTimeField(blank=True, null=True, verbose_name="定时发布"),
        ),
        migrations.AddField(
            model_name="notice",
            name="urgency",
            field=models.CharField(
                choices=[("normal", "平常"), ("urgent", "紧急")],
                default="normal",
                max_length=6,
                verbose_name="缓急",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="urgent_why",
            field=models.CharField(blank=True, max_length=80, verbose_name="紧急的原因"),
        ),
        migrations.AddField(
            model_name="notice",
            name="withdrawn_at",
            field=models.DateTimeField(null=True, verbose_name="撤回时间"),
        ),
        migrations.AddField(
            model_name="notice",
            name="withdrawn_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="withdrawn_notices",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="withdrawn_why",
            field=models.CharField(blank=True, max_length=200, verbose_name="撤回原因"),
        ),
        migrations.AddField(
            model_name="receipt",
            name="corrected_at",
            field=models.DateTimeField(null=True, verbose_name="签收后有更正"),
        ),
        migrations.AddField(
            model_name="receipt",
            name="disowned_at",
            field=models.DateTimeField(null=True, verbose_name="本人说不是她的意思"),
        ),
        migrations.AddField(
            model_name="receipt",
            name="earlier_signed_at",
            field=models.DateTimeField(null=True, verbose_name="更正前的签收"),
        ),
        migrations.AddField(
            model_name="receipt",
            name="signed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="代签人",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="told_how",
            field=models.CharField(blank=True, max_length=40, verbose_name="告知方式"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="state",
            field=models.CharField(
                choices=[("draft", "草稿"), ("published", "已发布"), ("withdrawn", "已撤回")],
                default="draft",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at", None), ("state", "draft")),
                    models.Q(("published_at__isnull", False), ("state__in", ("published", "withdrawn"))),
                    _connector="OR",
                ),
                name="notice_published_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(("withdrawn_at__isnull", False), models.Q(("withdrawn_why", ""), _negated=True)),
                    _connector="OR",
                ),
                name="notice_withdrawn_says_when_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "published"), ("urgency", "urgent"), ("urgent_why", ""), _negated=True
                ),
                name="notice_urgent_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("signed_by", None),
                    models.Q(("signed_at__isnull", False), models.Q(("told_how", ""), _negated=True)),
                    _connector="OR",
                ),
                name="receipt_stand_in_says_when_and_how",
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="editions", to="notices.notice"
            ),
        ),
        migrations.AddField(
            model_name="template",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="template",
            name="org",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.org",
                verbose_name="单位",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(fields=("notice", "number"), name="edition_once"),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("why", ""), _negated=True), name="edition_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.UniqueConstraint(fields=("author", "name"), name="template_name_once"),
        ),
    ]
