"""What an administrator of the host needs to know: one finding a check, with what to do (`dangqun doctor`)."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import django
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dangqun.config.commands._starting import is_serving
from dangqun.config.environment import asked
from dangqun.kernel.backup.marks import UNFINISHED, is_unfinished
from dangqun.kernel.backup.sheets import printed_file
from dangqun.kernel.backup.standing import last_tested_at, standing
from dangqun.kernel.calendars import today, workday
from dangqun.kernel.ciphertexts import examine as examine_ciphertexts
from dangqun.kernel.crypto import Tampered, keyring
from dangqun.kernel.worker import living

WELL, MIND, BAD = "正常", "请留意", "有问题"
LITTLE, TOO_LITTLE = 2 * 1024**3, 200 * 1024**2
OPEN_FILES = 4096
LOCAL = {"127.0.0.1", "localhost", "[::1]"}
LOOKS_FOR = 5.0  # seconds, for ciphertexts
WAITS_TOO_LONG = timedelta(minutes=10)


class Finding(NamedTuple):
    """What one check found: its subject, WELL, MIND or BAD, and a sentence that says what to do."""

    subject: str
    state: str
    sentence: str


def examine() -> list[Finding]:
    """Carry out every check; one that fails itself is a finding too."""
    found: list[Finding] = []
    for subject, check in CHECKS.items():
        try:
            found += [Finding(subject, state, sentence) for state, sentence in check()]
        except Exception as error:
            found.append(
                Finding(subject, BAD, f"没有查成（{type(error).__name__}）。请先解决上面的问题再查。")
            )
    return found


Answers = Iterator[tuple[str, str]]


def _versions() -> Answers:
    told = f"Python {platform.python_version()}，Django {django.__version__}"
    good = sys.version_info >= (3, 11)
    yield (WELL, told) if good else (BAD, f"{told}。需要 Python 3.11 以上。")


def _environment() -> Answers:
    strange = sorted(name for name in os.environ if name.startswith("DANGQUN_") and name not in asked)
    if strange:
        yield MIND, f"{'、'.join(strange)} 不认识，没有起作用。请核对拼写（docs/operations.md）。"
    else:
        yield WELL, "DANGQUN_ 开头的都认识。"


def _assets() -> Answers:
    for place in settings.STATICFILES_DIRS:
        folder = Path(place[1] if isinstance(place, tuple) else place)
        if not folder.is_dir():
            yield BAD, f"没有 {folder}。请运行 make setup。"
            return
    if (settings.STATIC_ROOT / "staticfiles.json").is_file():
        yield WELL, "已经收集和压缩。"
    else:
        yield MIND, "还没有收集。请运行 dangqun serve，第一次启动时会自动做。"


def _data_folder() -> Answers:
    mode = settings.DATA.stat().st_mode & 0o077
    free = shutil.disk_usage(settings.DATA).free
    if free < TOO_LITTLE:
        yield BAD, f"磁盘只剩 {free // 1024**2} MB，写不进新资料。请马上清理。"
    elif free < LITTLE:
        yield MIND, f"磁盘只剩 {free // 1024**2} MB，请清理或扩容。"
    if mode:
        yield MIND, f"这台机器上的别人能看 {settings.DATA}。请运行 chmod 700 {settings.DATA}"
    if not mode and free >= LITTLE:
        yield WELL, f"{settings.DATA}，剩余 {free // 1024**3} GB。"


def _keys() -> Answers:
    folder = settings.DATA / "keys"
    if not (folder / "keyring.json").is_file():
        yield BAD, "还没有密钥。新装请运行 dangqun init；如果是搬来的数据，请把备份里的 keys 文件夹放回来。"
        return
    keyring()
    loose = [file.name for file in (folder, *folder.iterdir()) if file.stat().st_mode & 0o077]
    if loose:
        yield BAD, f"{'、'.join(loose)} 别人能读。请运行 chmod -R go= {folder}"
    else:
        yield WELL, "齐全，只有本用户能读。请确认已另存一份。"


def _database() -> Answers:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield BAD, f"连不上（{type(error).__name__}）。请核对 DATABASE_URL，以及数据库是否已经启动。"
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield BAD, "还没有建好或不是最新。请运行 dangqun init（新装）或 dangqun migrate（升级）。"
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
            if mode not in ("wal", "memory"):
                yield (
                    BAD,
                    f"SQLite 的日志方式是 {mode}，应当是 wal。请把数据文件夹放到本机硬盘上，不能放网络盘。",
                )
                return
            yield WELL, "SQLite，WAL，已是最新。"
        else:
            cursor.execute("SHOW server_version")
            yield WELL, f"PostgreSQL {cursor.fetchone()[0].split()[0]}，已是最新。"


def _matching_keys() -> Answers:
    from dangqun.members.models import Person

    person = Person.objects.exclude(mobile_index="").order_by("pk").first()
    try:
        if person is not None:
            person.mobile.open()
    except (Tampered, KeyError):
        yield BAD, "密钥解不开库里的资料。请把和这个数据库一起备份的 keys 文件夹放回来。"
    else:
        yield WELL, "对得上。" if person is not None else "库里还没有加密的资料。"


def _ciphertexts() -> Answers:
    looked = examine_ciphertexts(LOOKS_FOR)
    all_of = "全部" if looked.complete else "随机"
    if not looked.damaged:
        yield WELL, f"看了{all_of} {looked.rows:,} 行，都解得开，没有改动和调换。"
        return
    words, number = looked.damaged[0]
    yield (
        BAD,
        f"看了{all_of} {looked.rows:,} 行，{len(looked.damaged):,} 项解不开，是在数据库里被改动或调换过的，"
        f"例如第 {number} 行 {words}。请查谁动过数据库，从备份核对以后请办公室重录。",
    )


def _redis() -> Answers:
    if not settings.REDIS_URL:
        yield WELL, "没有用。一个网页进程不需要。"
        return
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3).ping()
    except (redis.RedisError, OSError) as error:
        yield (
            BAD,
            f"连不上（{type(error).__name__}）。网页能用，但别的进程里的变化不会实时出现。请核对 REDIS_URL。",
        )
    else:
        yield WELL, f"能用，{settings.WEB_PROCESSES} 个网页进程。"


def _processes() -> Answers:
    yield WELL, "平台在运行。" if is_serving() else "平台没有在运行。"
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES:
        yield (
            MIND,
            f"最多能开 {soft} 个文件，同时在线的人多时不够。请设 ulimit -n 65536（systemd：LimitNOFILE）。",
        )


def _worker() -> Answers:
    from django_tasks_db.models import DBTaskResult

    running = len(living())
    late = DBTaskResult.objects.ready().filter(enqueued_at__lt=timezone.now() - WAITS_TOO_LONG).count()
    failed = DBTaskResult.objects.failed().count()
    if not running and is_serving():
        yield BAD, "没有在运行，导入和清理不会做。请去掉 serve 的 --no-worker，或者另外运行 dangqun worker。"
    elif not running:
        yield WELL, "没有在运行，dangqun serve 会自己带一个。"
    else:
        yield WELL, f"{running} 个在运行。"
    if late:
        yield MIND, f"有 {late} 件事等了 10 分钟以上。请看日志，或者多开一个 dangqun worker。"
    if failed:
        yield MIND, f"最近 7 天有 {failed} 件事没有做成。请看日志里的原因。"


def _backups() -> Answers:
    if is_unfinished():
        yield BAD, UNFINISHED
        return
    found, printed = standing(), printed_file()
    if found is None:
        yield MIND, "还没有恢复单，不会自动备份。请运行 dangqun keys sheet，把恢复单打印出来锁好。"
        return
    if printed.exists():
        yield MIND, f"恢复单还在磁盘上。请打印 {printed}，锁好，再删掉它。"
    if found.trouble:
        yield BAD, found.trouble
    if found.is_old:
        yield BAD, f"{found.sentence}。请看后台处理是不是在运行、{settings.BACKUP_DIR} 能不能写。"
    if settings.BACKUP_DIR.stat().st_dev == settings.DATA.stat().st_dev:
        yield (
            MIND,
            f"备份和资料在同一块盘上，盘坏了会一起丢。请用 DANGQUN_BACKUP_DIR 换一块盘，或者定期复制 {settings.BACKUP_DIR}。",
        )
    if not (found.trouble or found.is_old):
        tested = last_tested_at()
        told = f"，{timezone.localtime(tested):%m-%d} 的试恢复成功" if tested else "，还没有试恢复过"
        yield WELL, f"{found.sentence}{told}。"


def _clock() -> Answers:
    ZoneInfo("Asia/Shanghai")
    ours = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            theirs = cursor.fetchone()[0]
        if abs((theirs - ours).total_seconds()) > 5:
            yield BAD, "和数据库那台机器的时间差 5 秒以上。请让两台机器都对时（NTP）。"
            return
    yield WELL, f"北京时间 {timezone.localtime(ours):%Y-%m-%d %H:%M:%S}。这台机器要开自动对时。"


def _holidays() -> Answers:
    day = today()
    if workday(day).provisional:
        yield (
            MIND,
            f"{day.year} 年的放假安排不在内，工作日按星期暂算。请升级，或者请办公室在“工作日历”里录入。",
        )
    elif workday(day.replace(year=day.year + 1, month=1, day=1)).provisional:
        yield (
            WELL,
            f"{day.year} 年的已在内；{day.year + 1} 年的公布后请升级，或者请办公室在“工作日历”里录入，之前按星期暂算。",
        )
    else:
        yield WELL, f"到 {day.year + 1} 年的都在内。"


def _addresses() -> Answers:
    outside = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL]
    if outside and not settings.HTTPS:
        yield (
            BAD,
            f"{'、'.join(outside)} 没有走 HTTPS，密码会明文传送。请用 serve --tls 或反向代理，并设 DANGQUN_HTTPS=true。",
        )
    elif settings.HTTPS and not outside:
        yield MIND, "已设 DANGQUN_HTTPS，但 DANGQUN_ALLOWED_HOSTS 里只有本机，别处打不开。"
    elif not outside:
        yield WELL, "只有本机能用。给大家用要设 DANGQUN_ALLOWED_HOSTS 和 DANGQUN_HTTPS。"
    else:
        yield WELL, f"{'、'.join(outside)}，走 HTTPS。"


def _demo() -> Answers:
    file = settings.DATA / "demo-accounts.json"
    if not file.is_file():
        yield WELL, "没有。"
        return
    from django.contrib.auth import get_user_model

    names = {str(each["username"]) for each in json.loads(file.read_text(encoding="utf-8"))}
    opened = get_user_model().objects.filter(username__in=names, is_active=True).count()
    outside = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL]
    state = BAD if outside and opened else MIND
    yield (
        state,
        f"这是演示平台，{opened} 个演示账号能登录。不要录入真实的人；正式用请换一个空的数据文件夹，运行 dangqun init。",
    )


def _accounts() -> Answers:
    from dangqun.members.review import orphaned

    found = list(orphaned().values_list("username", "why")[:20])
    if not found:
        yield WELL, "每个能登录的账号都有对应的人，也有授权或党籍。"
        return
    named = "、".join(f"{name}（{why}）" for name, why in found)
    yield MIND, f"{named} 没有人管。请系统管理员在“工作人员”里停用。"


def _search() -> Answers:
    from dangqun.config.sought import waiting

    if missing := waiting():
        yield MIND, f"{missing} 条还没有检索文字，搜索找不到它们。请运行 dangqun reindex。"
    else:
        yield WELL, "人、组织、企业、通知、任务都搜得到。"


CHECKS: dict[str, Callable[[], Answers]] = {
    "版本": _versions,
    "环境变量": _environment,
    "前端文件": _assets,
    "数据文件夹": _data_folder,
    "密钥": _keys,
    "数据库": _database,
    "密钥与数据": _matching_keys,
    "加密的资料": _ciphertexts,
    "Redis": _redis,
    "网页进程": _processes,
    "后台处理": _worker,
    "备份": _backups,
    "时间": _clock,
    "法定节假日": _holidays,
    "网址和 HTTPS": _addresses,
    "演示账号": _demo,
    "搜索": _search,
    "账号": _accounts,
}
