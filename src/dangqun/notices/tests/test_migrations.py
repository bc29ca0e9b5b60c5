"""Migrations carry over what an installation holds."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone


def _needs_notices(plan):
    return any(app == "notices" for app, _ in plan)


@pytest.mark.django_db(transaction=True)
def test_a_reminder_of_the_old_shape_gets_the_place_of_its_issuer():
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    apart = [node for node in graph.leaf_nodes() if not _needs_notices(graph.forwards_plan(node))]
    before = [*apart, ("notices", "0001_initial")]
    executor.migrate(before)
    try:
        old = executor.loader.project_state(before).apps
        now = timezone.now()
        org = old.get_model("orgs", "Org").objects.create(
            kind="committee", name="甲", short_name="甲", path="/1/"
        )
        author = old.get_model("accounts", "User").objects.create(username="a", name="章文静", password="x")
        notice = old.get_model("notices", "Notice").objects.create(
            org=org, author=author, title="旧", created_at=now
        )
        old.get_model("notices", "Reminder").objects.create(
            notice=notice, by=author, at=now, scope="全部", people=1
        )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    from dangqun.notices.models import Reminder

    assert Reminder.objects.get().place.name == "甲"
