"""Jobs for the tests of jobs; each leaves a line in a file of the data folder."""

import time

from django.conf import settings
from django.db import OperationalError

from dangqun.kernel.jobs import job, tell
from dangqun.kernel.rules import RuleBroken


def lines() -> list[str]:
    """Return what the jobs have written down."""
    file = settings.DATA / "sample-jobs.txt"
    return file.read_text().split() if file.exists() else []


def _note(line: str) -> None:
    with open(settings.DATA / "sample-jobs.txt", "a") as out:
        out.write(f"{line}\n")


@job
def write_down(number: int) -> None:
    """Write a number down."""
    _note(str(number))


@job
def count_to(number: int) -> None:
    """Count, and tell how far it is."""
    for at in range(number + 1):
        tell("数数", at, number)


@job
def refuse(number: int) -> None:
    """Refuse with a sentence."""
    tell("核对", 1, 4)
    raise RuleBroken("这张表已经导入过。")


@job(tries=2)
def stumble(number: int) -> None:
    """Fail with somebody's data in the message."""
    secret = "汪晓燕340899196001011234"
    _note("stumbled")
    raise ValueError(secret)


@job
def find_it_locked(number: int) -> None:
    """Meet a locked database the first time."""
    _note("tried")
    if len(lines()) == 1:
        raise OperationalError("database is locked")


@job(tries=2)
def sleep_for(seconds: int) -> None:
    """Take long."""
    _note("began")
    time.sleep(seconds)
    _note("ended")
