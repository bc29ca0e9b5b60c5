"""Logs tell class and place of an error, never what it says of people."""

import logging
import logging.config
import sys

from django.conf import settings

from dangqun.kernel.logs import Discreet

ROW = "DETAIL: Failing row contains (12, 汪晓燕, 1985-03-05)"


def told(caught):
    return logging.makeLogRecord(
        {"name": "django.request", "msg": "Internal Server Error", "exc_info": caught}
    )


def caught():
    try:
        try:
            raise ValueError(ROW)
        except ValueError as cause:
            raise RuntimeError(ROW) from cause
    except RuntimeError:
        return sys.exc_info()


def test_an_error_is_logged_by_class_and_place_without_its_message():
    assert "汪晓燕" in logging.Formatter().format(told(caught()))
    line = Discreet("%(message)s").format(told(caught()))
    assert "builtins.RuntimeError" in line and "builtins.ValueError" in line
    assert "test_logs.py:" in line and "caught" in line
    assert "汪晓燕" not in line and "1985" not in line


def test_errors_that_lead_to_one_another_in_a_ring_are_told_once():
    one, other = ValueError(), KeyError()
    one.__context__, other.__context__ = other, one
    line = Discreet("%(message)s").format(told((ValueError, one, None)))
    assert line.count("ValueError") == line.count("KeyError") == 1


def test_every_log_of_an_installation_is_discreet():
    configured = logging.config.DictConfigurator(settings.LOGGING)
    plain = configured.configure_formatter(dict(settings.LOGGING["formatters"]["plain"]))
    assert isinstance(plain, Discreet)
    assert {each["formatter"] for each in settings.LOGGING["handlers"].values()} == {"plain"}
