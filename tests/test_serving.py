"""`dangqun serve` and `dangqun worker` as processes: they return when killed, end together, and say what is wrong."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.served import DANGQUN, PATIENCE, ROOT, children_of, free_port, runs, town

TEMPLATES = ROOT / "src/dangqun"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The small town, served."""
    with town(tmp_path_factory.mktemp("served")) as running:
        running.start()
        yield running


def worker_of(served):
    return next((pid for pid, nice in children_of(served.process.pid).items() if nice > 0), None)


def comes_true(question):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.1)
    return False


JOB = """
from dangqun.kernel.jobs import later, standing, worker_is_alive
from dangqun.kernel.tests import sample_jobs
%s
"""


def standing(served, job, ids):
    return served.run(JOB % f"told['state'] = standing(sample_jobs.{job}, {ids}).state")["state"]


def run_with(served, *command, env=None):
    return subprocess.run(
        [*DANGQUN, *command],
        env=served.env | (env or {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_server_brings_a_worker_that_yields_to_pages_and_does_the_jobs(served):
    served.run(JOB % "later(sample_jobs.write_down, 1)")
    assert comes_true(lambda: standing(served, "write_down", 1) == "done")
    assert sorted(children_of(served.process.pid).values()) == [0, 10]
    assert served.run(JOB % "told['alive'] = worker_is_alive()")["alive"]


def test_a_worker_that_is_killed_returns_and_its_job_is_taken_back(served):
    served.run(JOB % "later(sample_jobs.sleep_for, 2)")
    assert comes_true(lambda: standing(served, "sleep_for", 2) == "running")
    killed = worker_of(served)
    os.kill(killed, signal.SIGKILL)
    assert comes_true(lambda: worker_of(served) not in (None, killed))
    assert comes_true(lambda: standing(served, "sleep_for", 2) == "done")
    lines = (served.data / "sample-jobs.txt").read_text().split()
    assert lines.count("began") == 2 and lines.count("ended") == 1
    assert served.answers()


def test_a_locked_database_stops_no_worker(served):
    if "sqlite" not in served.env["DATABASE_URL"]:
        return  # only SQLite locks a whole database
    killed = worker_of(served)
    served.run(
        JOB
        % """
import sqlite3, time
from django.conf import settings
later(sample_jobs.write_down, 2)
held = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
time.sleep(3)
held.execute("ROLLBACK")
"""
    )
    assert comes_true(lambda: standing(served, "write_down", 2) == "done")
    assert worker_of(served) == killed


def test_a_rule_rolled_back_leaves_no_job_for_the_worker(served):
    served.run(
        JOB
        % """
from django.db import transaction
with transaction.atomic():
    later(sample_jobs.write_down, 404)
    transaction.set_rollback(True)
later(sample_jobs.write_down, 405)
"""
    )
    assert comes_true(lambda: standing(served, "write_down", 405) == "done")
    assert "404" not in (served.data / "sample-jobs.txt").read_text().split()


@pytest.mark.once
def test_the_second_start_compresses_nothing_anew_and_every_file_that_pages_name_is_there(served):
    static = served.data / "static"
    copies = {file: file.stat().st_mtime_ns for file in static.rglob("*.gz")}
    assert copies and not list(static.rglob("*.map*"))
    os.unlink(static / "staticfiles.json")
    again = "from dangqun.config.commands.serve import prepare_static\nprepare_static()"
    served.run(again)
    assert {file: file.stat().st_mtime_ns for file in static.rglob("*.gz")} == copies
    named = set()
    for page in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r"""{% static ['"]([^'"]+)['"] %}""", page.read_text(encoding="utf-8")))
    for script in (ROOT / "src/dangqun/static/js").glob("*.js"):
        named |= {
            f"vendor/{name}"
            for name in re.findall(r"""from "\.\./vendor/([^"]+)\"""", script.read_text(encoding="utf-8"))
        }
    assert [name for name in sorted(named) if not (static / name).is_file()] == []


def test_the_worker_can_run_apart(served):
    counted = "from dangqun.kernel.worker import living\ntold['workers'] = len(living())"
    assert comes_true(lambda: served.run(counted)["workers"] == 1)
    apart = subprocess.Popen([*DANGQUN, "worker"], env=served.env, cwd=ROOT)
    try:
        assert comes_true(lambda: served.run(counted)["workers"] == 2)
    finally:
        apart.terminate()
        assert apart.wait(PATIENCE) == 0
    assert comes_true(lambda: served.run(counted)["workers"] == 1)


def test_a_port_in_use_a_missing_database_and_an_old_one_are_refused_with_a_sentence(served, tmp_path):
    elsewhere = {"DANGQUN_DATA": str(tmp_path / "a"), "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    (tmp_path / "a").mkdir()
    old = run_with(served, "serve", "--port", str(free_port()), env=elsewhere)
    assert old.returncode == 1 and "请先运行 dangqun init" in old.stderr
    assert "请先运行 dangqun init" in run_with(served, "worker", env=elsewhere).stderr
    away = {"DATABASE_URL": f"postgres://nobody:secret@127.0.0.1:{free_port()}/none"}
    gone = run_with(served, "serve", "--port", str(free_port()), env=away)
    assert gone.returncode == 1 and "DATABASE_URL" in gone.stderr and "secret" not in gone.stderr
    served.stop()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        taken = run_with(served, "serve", "--port", str(port))
    assert taken.returncode == 1 and f"端口 {port}" in taken.stderr
    served.start()


def test_without_its_worker_the_server_says_that_none_is_alive(served):
    served.stop()
    served.start("--no-worker")
    assert list(children_of(served.process.pid).values()) == [0]
    assert not served.run(JOB % "told['alive'] = worker_is_alive()")["alive"]


@pytest.mark.once
def test_with_a_certificate_it_speaks_https_and_only_https(served, tmp_path):
    certificate, key = _certificate(tmp_path)
    served.stop()
    port = free_port()
    asked = [*DANGQUN, "serve", "--port", str(port), "--tls", str(certificate), str(key)]
    process = subprocess.Popen(asked, env=served.env, cwd=ROOT)
    try:
        trust = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=f"https://localhost:{port}", verify=trust, timeout=PATIENCE) as client:
            assert comes_true(lambda: _answers(client))
            answer = client.get("/sign-in/")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        with connect(f"wss://localhost:{port}/live/", ssl=trust, legacy=True) as tab:
            pytest.fail(f"nobody has signed in, and yet {tab} is open")
    except InvalidStatus as refused:
        assert refused.response.status_code == 403
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(client):
    try:
        return client.get("/alive/").status_code == 200
    except httpx.HTTPError:
        return False


def _certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))  # fmt: skip
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.mark.once
def test_the_processes_end_together(served):
    if served.process.poll() is not None:
        served.start()
    held = children_of(served.process.pid)
    assert served.stop() == 0
    assert comes_true(lambda: not any(runs(pid) for pid in held))
    served.start()
    held = children_of(served.process.pid)
    assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    assert comes_true(lambda: not any(runs(pid) for pid in held))


@pytest.mark.once
@pytest.mark.parametrize("name", ["serve", "worker", "migrate", "doctor", "bench"])
def test_every_command_explains_itself_in_chinese(served, name):
    told = run_with(served, name, "--help")
    assert told.returncode == 0
    assert len(re.findall("[一-鿿]", told.stdout)) > 15, told.stdout
