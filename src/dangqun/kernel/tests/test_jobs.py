"""Jobs: after commit, tried again, taken back, forgotten; and nobody's data in what is kept of an error."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from dangqun.kernel import worker
from dangqun.kernel.jobs import Standing, later, progress_folder, run_waiting, standing, worker_is_alive
from dangqun.kernel.tests import sample_jobs as sample
from dangqun.kernel.worker import Worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_written():
    """Begin with no line and no worker."""
    yield
    (settings.DATA / "sample-jobs.txt").unlink(missing_ok=True)


def test_a_job_is_done_by_the_worker_and_not_before():
    later(sample.write_down, 7)
    assert sample.lines() == []
    assert run_waiting() == 1
    assert sample.lines() == ["7"]
    assert standing(sample.write_down, 7).state == "done"


def test_a_job_called_like_a_function_runs_here_and_now():
    sample.write_down(3)
    assert sample.lines() == ["3"]


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_transaction_that_was_rolled_back_never_runs():
    with transaction.atomic():
        later(sample.write_down, 1)
        transaction.set_rollback(True)
    assert run_waiting() == 0
    with transaction.atomic():
        later(sample.write_down, 2)
    assert run_waiting() == 1
    assert sample.lines() == ["2"]


@pytest.mark.parametrize("wrong", ["汪晓燕", "a b", {"id": 1}, None, True, 1.5, "x" * 65])
def test_a_job_takes_nothing_but_ids(wrong):
    with pytest.raises(TypeError):
        later(sample.write_down, wrong)
    assert not DBTaskResult.objects.exists()


def test_a_page_sees_how_far_a_job_is():
    assert standing(sample.count_to, 40) is None
    later(sample.count_to, 40)
    assert standing(sample.count_to, 40) == Standing("waiting")
    run_waiting()
    told = standing(sample.count_to, 40)
    assert (told.state, told.stage, told.done, told.total, told.percent) == ("done", "数数", 40, 40, 100)
    assert told.is_over


def test_a_refusal_is_final_and_its_sentence_reaches_the_page():
    later(sample.refuse, 1)
    run_waiting()
    told = standing(sample.refuse, 1)
    assert (told.state, told.sentence, told.percent) == ("failed", "这张表已经导入过。", 25)
    assert run_waiting() == 0


def test_what_fails_is_tried_again_later_and_then_given_up():
    later(sample.stumble, 1)
    run_waiting()
    row = DBTaskResult.objects.get()
    assert standing(sample.stumble, 1).state == "waiting"
    assert row.run_after > timezone.now()
    assert run_waiting() == 0
    DBTaskResult.objects.update(run_after=timezone.now())
    run_waiting()
    told = standing(sample.stumble, 1)
    assert (told.state, told.sentence) == ("failed", worker.BROKEN)
    assert sample.lines() == ["stumbled", "stumbled"]


def test_the_pause_grows_from_try_to_try():
    later(sample.find_it_locked, 1)
    row = DBTaskResult.objects.get()
    pauses = []
    for tries in (1, 2, 3):
        row.worker_ids, row.status = ["x"] * tries, "RUNNING"
        row.save()
        worker._try_again(row, ValueError())
        pauses.append(DBTaskResult.objects.get().run_after - timezone.now())
    assert pauses[0] * 3 < pauses[1] and pauses[1] * 3 < pauses[2]


def test_nothing_personal_is_kept_of_an_error_nor_logged(caplog):
    later(sample.stumble, 1)
    run_waiting()
    row = DBTaskResult.objects.get()
    kept = f"{row.traceback} {row.exception_class_path} {row.return_value} {caplog.text}"
    kept += "".join(file.read_text() for file in progress_folder().glob("*"))
    assert "stumble" in row.traceback and row.exception_class_path == "builtins.ValueError"
    assert "汪晓燕" not in kept and "340899" not in kept


def test_a_locked_database_delays_a_job_and_does_not_lose_it():
    later(sample.find_it_locked, 1)
    run_waiting()
    DBTaskResult.objects.update(run_after=timezone.now())
    run_waiting()
    assert standing(sample.find_it_locked, 1).state == "done"


def test_a_result_waits_until_the_database_answers():
    calls = []

    def change():
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("database is locked")
        return "stored"

    assert worker.patiently(change) == "stored"
    assert len(calls) == 3


def test_only_one_worker_gets_a_job():
    later(sample.write_down, 1)
    first, second = Worker("a-1"), Worker("b-2")
    assert first._claim() is not None
    assert second._claim() is None


def test_the_job_of_a_dead_worker_is_taken_back_and_that_of_a_living_one_is_not():
    later(sample.write_down, 1)
    Worker("dead-1")._claim()
    later(sample.write_down, 2)
    Worker("living-1")._claim()
    lock = worker._hold("living-1")
    assert worker_is_alive()
    assert worker.take_back() == 1
    assert standing(sample.write_down, 1).state == "waiting"
    assert standing(sample.write_down, 2).state == "running"
    import os

    os.close(lock)
    assert worker.take_back() == 1
    assert not worker_is_alive()


def test_a_job_that_kills_its_worker_again_and_again_is_given_up():
    later(sample.sleep_for, 0)
    for _ in range(2):
        Worker("dead-1")._claim()
        worker.take_back()
    assert standing(sample.sleep_for, 0).state == "failed"
    assert worker.take_back() == 0


def test_a_job_that_a_newer_version_does_not_know_is_given_up():
    later(sample.write_down, 1)
    DBTaskResult.objects.update(task_path="dangqun.kernel.tests.sample_jobs.gone")
    run_waiting()
    assert DBTaskResult.objects.get().status == "FAILED"


def test_results_are_forgotten_after_seven_days():
    for number, days in ((1, 8), (2, 6)):
        later(sample.write_down, number)
        run_waiting()
        DBTaskResult.objects.filter(pk=DBTaskResult.objects.latest("enqueued_at").pk).update(
            finished_at=timezone.now() - timedelta(days=days)
        )
    worker.keep_house()
    assert standing(sample.write_down, 1) is None
    assert standing(sample.write_down, 2) is not None


def test_housekeeping_forgets_sessions_and_files_whose_time_is_over():
    import os

    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    from dangqun.kernel import files

    for age in (-60, 3600):
        store = SessionStore()
        store.set_expiry(age)
        store.save(must_create=True)
    kept = files.keep(b"x", until=timezone.now() + timedelta(hours=1))
    old = progress_folder() / "old.json"
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_text("{}")
    os.utime(old, (0, 0))
    worker.keep_house()
    assert Session.objects.count() == 1
    assert not old.exists() and files.fetch(kept) == b"x"


def test_one_piece_of_housekeeping_that_fails_does_not_stop_the_rest(monkeypatch):
    done = []

    def fail():
        raise ValueError("汪晓燕")

    monkeypatch.setattr("dangqun.kernel.jobs._hourly", [fail, lambda: done.append(1)])
    worker.keep_house()
    assert done == [1]


def test_what_is_marked_minutely_is_looked_at_by_the_worker_at_its_start_and_not_again_within_the_minute(
    monkeypatch,
):
    looked = []
    monkeypatch.setattr("dangqun.kernel.jobs._minutely", [lambda: looked.append(1)])
    busy = Worker("here")
    busy._step()
    busy._step()
    assert looked == [1]
