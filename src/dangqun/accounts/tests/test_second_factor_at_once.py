"""Of two who send one code at the same moment, one gets in."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from dangqun.accounts.tests.test_second_factor import switched_on, takes
from tests.second_factor import code_of
from tests.world import build


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_one_code_at_the_same_moment_one_gets_in():
    world = build()
    user = world.user["member"]
    secret, printed = switched_on(user)
    for code in (code_of(secret), printed[0]):
        start, told = threading.Barrier(2), []

        def send(code=code, start=start, told=told):
            start.wait(10)
            told.append(takes(user, code))
            connection.close()

        threads = [threading.Thread(target=send) for _ in "ab"]
        for each in threads:
            each.start()
        for each in threads:
            each.join(30)
        assert sorted(told) == [False, True]
