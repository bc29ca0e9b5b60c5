"""The one settings file: it reads the environment and fails loudly on a wrong value (see docs/operations.md)."""

import sys
from pathlib import Path

from dangqun.config import environment as env
from dangqun.config import roles
from dangqun.kernel.keys import secret_key

PACKAGE = Path(__file__).resolve().parent.parent
PROJECT = PACKAGE.parent.parent

# --- where things lie -------------------------------------------------------------------------------------
DATA = env.folder("DANGQUN_DATA", "data")
NODE_MODULES = Path(env.text("DANGQUN_NODE_MODULES", str(PROJECT / "node_modules")))
SECRET_KEY = env.text("DANGQUN_SECRET_KEY", "") or secret_key(DATA)
DEBUG = False

# --- who may ask, and how ---------------------------------------------------------------------------------
ALLOWED_HOSTS = env.hosts("DANGQUN_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
HTTPS = env.flag("DANGQUN_HTTPS", False)
PROXIES = env.number("DANGQUN_PROXIES", 0, 0, 5)  # trusted reverse proxies in front, for the client's address
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- the house --------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "template_partials",
    "channels",
    "dangqun.kernel",
    "dangqun.orgs",
    "dangqun.accounts",
    "dangqun.papers",
    "dangqun.members",
    "dangqun.ladder",
    "dangqun.notices",
    "dangqun.tasks",
    "dangqun.audit",
    "dangqun.home",
    "dangqun.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dangqun.accounts.middleware.IdleSignOut",
    "dangqun.kernel.pages.RefusalsAsSentences",
    "dangqun.accounts.middleware.AskForCode",
    "dangqun.accounts.middleware.TellPrivacy",
]
ROOT_URLCONF = "dangqun.config.urls"
DANGQUN_ROLES = "dangqun.config.roles.ROLES"
DANGQUN_WIRING = "dangqun.config.wiring"
ASGI_APPLICATION = "dangqun.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "dangqun.home.shell.shell",
                "dangqun.orgs.door.zone",
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "dangqun.kernel.templatetags.components",
                "dangqun.kernel.templatetags.words",
            ],
        },
    }
]

# --- data -------------------------------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL", DATA / "dangqun.sqlite3")}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["CONN_MAX_AGE"] = (
        None  # threads are kept, and so are their connections: opening one takes 1.2 ms
    )
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=268435456;"
        " PRAGMA cache_size=-16000;",
    }
else:
    DATABASE["CONN_MAX_AGE"] = 600
    DATABASE["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.redis("REDIS_URL")
WEB_PROCESSES = env.number("DANGQUN_WEB_PROCESSES", 1, 1, 64)
WEB_THREADS = env.number("DANGQUN_WEB_THREADS", 6, 1, 64)
if WEB_PROCESSES > 1 and not REDIS_URL:
    env.refuse(
        "DANGQUN_WEB_PROCESSES",
        "几个网页进程要靠 Redis 互相通知，请同时设 REDIS_URL，或者只用 1 个",
        str(WEB_PROCESSES),
    )
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {
            "MAX_ENTRIES": 20_000
        },  # small flags and counters; 300, the usual, would push each other out
    }
}
TASKS = {"default": {"BACKEND": "dangqun.kernel.jobs.Backend", "QUEUES": []}}
CIPHER = env.choice("DANGQUN_CIPHER", "AES-256-GCM", ("AES-256-GCM", "SM4-GCM"))

# --- backup -----------------------------------------------------------------------------------------------
BACKUP_DIR = env.folder("DANGQUN_BACKUP_DIR", str(DATA / "backups"))
BACKUP_HOUR = env.number("DANGQUN_BACKUP_HOUR", 2, 0, 23)  # Asia/Shanghai
BACKUP_WARN_DAYS = env.number("DANGQUN_BACKUP_WARN_DAYS", 3, 1, 30)
DANGQUN_COMMAND = (sys.executable, "-c", "from dangqun.config.cli import main; main()")

# --- people -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
DANGQUN_ACTOR = "dangqun.orgs.access.actor_of"
DANGQUN_STILL_SIGNED_IN = "dangqun.accounts.rules.still_signed_in"
LOCK_AFTER_FAILURES = env.number("DANGQUN_LOCK_AFTER", 5, 3, 20)
LOCK_MINUTES = env.number("DANGQUN_LOCK_MINUTES", 15, 5, 60)
IDLE_MINUTES = env.number("DANGQUN_IDLE_MINUTES", 20, 5, 120)  # office and administrators
AUDIT_DAYS = env.number("DANGQUN_AUDIT_DAYS", 400, 183, 36500)  # 网络安全法: six months at least
IDLE_ROLES = ("office", "system_admin", "security_admin", "auditor")

ROLE_NAMES = roles.ROLE_NAMES
ADMINISTRATOR_ROLES = ("system_admin", "security_admin", "auditor")
SECOND_FACTOR_ROLES = ADMINISTRATOR_ROLES + (
    ("office",) if env.choice("DANGQUN_SECOND_FACTOR", "admins", ("admins", "office")) == "office" else ()
)
SECOND_FACTOR_EXPORT = env.flag("DANGQUN_SECOND_FACTOR_EXPORT", False)  # sensitive columns ask for a code
UNUSED_DAYS = env.number("DANGQUN_UNUSED_DAYS", 180, 30, 3650)  # accounts of staff, for 账号清查
STAFF_ROLES = ("office", "committee_member", "system_admin", "security_admin", "auditor")
PASSWORD_LENGTH = env.number("DANGQUN_PASSWORD_LENGTH", 8, 8, 64)
STAFF_PASSWORD_LENGTH = env.number("DANGQUN_STAFF_PASSWORD_LENGTH", 12, 8, 64)
CODE_DAYS = env.number("DANGQUN_CODE_DAYS", 7, 1, 30)
NEW_CODE_HOURS = env.number("DANGQUN_NEW_CODE_HOURS", 24, 1, 168)  # of a code for one who had activated
CODE_TRIES = env.number("DANGQUN_CODE_TRIES", 5, 1, 10)
UNDO_SIGN_SECONDS = env.number("DANGQUN_UNDO_SIGN_SECONDS", 120, 0, 600)
CORRECTION_DAYS = env.number("DANGQUN_CORRECTION_DAYS", 14, 1, 90)  # 已更正 stays in 待办
SCHEDULE_MINUTES = env.number("DANGQUN_SCHEDULE_MINUTES", 5, 1, 1440)  # least time before 定时发布
REVEAL_MINUTES = env.number("DANGQUN_REVEAL_MINUTES", 10, 1, 60)
TASK_WORKDAYS = env.number("DANGQUN_TASK_WORKDAYS", 3, 1, 30)
PRINT_A_MINUTE = env.number("DANGQUN_PRINT_A_MINUTE", 30, 1, 600)  # papers that one person may print
REMIND_MINUTES = env.number("DANGQUN_REMIND_MINUTES", 5, 1, 1440)
ICP = env.shaped("DANGQUN_ICP", r"[一-鿿]ICP备\d{6,10}号(-\d{1,3})?", "皖ICP备12345678号")
POLICE = env.shaped("DANGQUN_POLICE", r"[一-鿿]公网安备\s?\d{14}号", "皖公网安备34070000000001号")
REPORT = env.text("DANGQUN_REPORT", "").strip()[:200]  # 举报方式
PRIVACY_CONTACT = env.text("DANGQUN_PRIVACY_CONTACT", "").strip()[:200] or "综合党委办公室"
SITE_URL = env.site("DANGQUN_SITE")  # for links in messages
PRIVATE_TARGETS = env.flag("DANGQUN_PRIVATE_TARGETS", False)  # channels may lead into the own network
SEND_TRIES = env.number("DANGQUN_SEND_TRIES", 5, 1, 5)
ADDRESS_CODE_MINUTES = env.number("DANGQUN_ADDRESS_CODE_MINUTES", 15, 5, 60)
ADDRESS_CODE_TRIES = env.number("DANGQUN_ADDRESS_CODE_TRIES", 5, 3, 10)
ADDRESS_CODES = env.number("DANGQUN_ADDRESS_CODES", 3, 1, 10)  # sent to one person within an hour
QUIET_FROM = env.clock("DANGQUN_QUIET_FROM", "21:30")
QUIET_TO = env.clock("DANGQUN_QUIET_TO", "07:30")
DIGEST_AT = env.clock("DANGQUN_DIGEST_AT", "08:30")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 30 * 24 * 3600  # 等保 domain.md §1.9: a member's own phone stays signed in 30 days
SESSION_COOKIE_NAME = "dangqun_session"
CSRF_COOKIE_NAME = "dangqun_csrf"
CSRF_FAILURE_VIEW = "dangqun.kernel.pages.form_expired"

# --- words, time, files -----------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [
    PACKAGE / "static",
    ("vendor/tabler", NODE_MODULES / "@tabler/core/dist/css"),
    ("vendor/htmx", NODE_MODULES / "htmx.org/dist"),
    ("vendor/trix", NODE_MODULES / "trix/dist"),
]
STATICFILES_FINDERS = ["dangqun.kernel.static.UsedFiles"]
VENDOR_FILES = (  # the few files of the vendors' packages that pages name
    "vendor/tabler/tabler.min.css",
    "vendor/htmx/htmx.min.js",
    "vendor/trix/trix.esm.min.js",
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dangqun.kernel.static.Storage"},
}
MEDIA_ROOT = DATA / "files"
UPLOAD_LIMIT = env.number("DANGQUN_UPLOAD_MB", 20, 1, 200) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = str(env.make(DATA / "tmp"))
DEFAULT_EXCEPTION_REPORTER = "dangqun.kernel.logs.DiscreetReport"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "dangqun.kernel.logs.Discreet",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        name: {"level": "WARNING"} for name in ("httpx", "httpcore")
    },  # they would log URLs with keys
    "root": {
        "handlers": ["console"],
        "level": env.choice("DANGQUN_LOG", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
}
