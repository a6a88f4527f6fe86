"""Django's settings. What an operator may choose is in `environment.py`; the rest is decided here, with its reason."""
from __future__ import annotations

import os
import secrets
from pathlib import Path

from scanhouse.config import environment
from scanhouse.storage.disks import make_spread

ENV = environment.read()
DATA_DIR = ENV.data
ASSETS_DIR = ENV.assets


def _secret(path: Path) -> str:
    """The site's secret, made at the first start and readable by its owner only. Processes that start together agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _secret(DATA_DIR / "secret-key")
DEBUG = False
ALLOWED_HOSTS = list(ENV.allowed_hosts)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "scanhouse.access",
    "scanhouse.records",
    "scanhouse.search",
    "scanhouse.ingest",
    "scanhouse.ops",
    "scanhouse.web",
]
AUTH_USER_MODEL = "access.User"
SILENCED_SYSTEM_CHECKS = ["auth.E003", "auth.W004"]  # logins are unique without case, by an expression index
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {"default": environment.database(ENV.database_url or "postgresql:///scanhouse")}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"  # each app keeps its background tasks in its jobs.py

ROOT_URLCONF = "scanhouse.config.urls"
WSGI_APPLICATION = "scanhouse.config.wsgi.application"
APPEND_SLASH = False  # XNAT's wire has no redirects; pages name their addresses exactly

# How refused sign-ins are told where a page was asked for; other doors have plain text.
SIGNING_IN_ANSWERS = [("/", "scanhouse.web.faults.refusal")]

MIDDLEWARE: list[str] = [
    "scanhouse.config.middleware.Answers",
    "scanhouse.config.downloads.Downloads",
    "scanhouse.config.signing_in.SigningIn",
    "scanhouse.config.nulls.NoNulls",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Bodies are streamed to staging files on the data disk, never to the machine's temp folder and never whole in memory.
STAGING_DIR = DATA_DIR / "store" / "staging"
make_spread(STAGING_DIR)
FILE_UPLOAD_TEMP_DIR = str(STAGING_DIR)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 << 20  # XML documents and forms; files do not count
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20_000

SECURE_CONTENT_TYPE_NOSNIFF = True
COOKIE_SECURE = ENV.secure_cookies

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "procrastinate": {"level": "WARNING"}},
}
