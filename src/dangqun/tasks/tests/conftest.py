"""One town for each module of this room; what a test changes is rolled back after it."""

import pytest


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """The small town of a module."""
    from tests.world import for_a_module  # when this file is read, Django is not yet set up

    with for_a_module(django_db_blocker) as found:
        yield found


@pytest.fixture
def world(town, db):
    """The same town, as one test changes it; what it changes on a row it fetches anew (`town.fresh`)."""
    return town
