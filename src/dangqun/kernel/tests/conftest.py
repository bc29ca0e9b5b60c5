"""The kernel's tests have a table of their own."""

import pytest

from dangqun.kernel.crypto import create_keyring


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Make the table of `Sample` beside those of the product."""
    from django.db import connection

    from dangqun.kernel.tests.sample import Sample

    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Sample)


@pytest.fixture
def own_data(settings, tmp_path):
    """A data folder of the test's own, with a key ring."""
    settings.DATA = tmp_path
    create_keyring()
    return tmp_path


@pytest.fixture
def installed(settings):
    """Install the app of `Sample`: rows are pickled and dumped by the name of their app."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "dangqun.kernel.tests.sample.KernelTests"]
