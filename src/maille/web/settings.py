"""The settings of the site, all read from the environment (see ``docs`` for the list)."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from maille.web import environment as env

WEB = Path(__file__).resolve().parent
REPOSITORY = WEB.parents[2]

MAILLE_HOME = Path(env.text("MAILLE_HOME", "var")).resolve()
MAILLE_SPECS = Path(env.text("MAILLE_SPECS", str(REPOSITORY / "specs"))).resolve()
MAILLE_NODE_MODULES = Path(env.text("MAILLE_NODE_MODULES", str(REPOSITORY / "node_modules"))).resolve()
MAILLE_HELP_PHONE = env.text("MAILLE_HELP_PHONE", "")
MAILLE_HELP_EMAIL = env.text("MAILLE_HELP_EMAIL", "")
HTTPS = env.boolean("MAILLE_HTTPS", default=False)

DEBUG = env.boolean("MAILLE_DEBUG", default=False)
SECRET_KEY = env.kept_secret("MAILLE_SECRET_KEY", MAILLE_HOME / "secret-key")
ACCESS_CODE_KEY = env.kept_secret("MAILLE_ACCESS_CODE_KEY", MAILLE_HOME / "access-code-key")
ALLOWED_HOSTS = env.words("MAILLE_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("MAILLE_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_tasks_db",
    "maille.web.apps.WebConfig",
    "maille.web.accounts",
    "maille.web.campaigns",
    "maille.web.answers",
    "maille.web.hotline",
    "maille.web.editing",
    "maille.web.observatory",
    "maille.web.researchers",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "maille.web.policy.policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "maille.web.readable.readable",
]
FILE_UPLOAD_HANDLERS = [
    "maille.web.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
ROOT_URLCONF = "maille.web.urls"
WSGI_APPLICATION = "maille.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "maille.web.campaigns.context.shell",
                "maille.web.accounts.context.staff",
            ],
            "builtins": ["maille.web.templatetags.typeset"],
        },
    }
]

MAILLE_WORKERS = env.whole("MAILLE_WORKERS", 2)
DATABASES = {"default": env.database("MAILLE_DATABASE_URL", MAILLE_HOME / "maille.sqlite3")}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "liens"]}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

globals().update(env.mail("MAILLE_EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.text("MAILLE_EMAIL_FROM", "enquete@example.invalid")
MAILLE_SITE = env.text("MAILLE_SITE", "http://127.0.0.1:8000").rstrip("/")

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/connexion/"
LOGIN_REDIRECT_URL = "/gestion/"
ACCOUNT_ADAPTER = "maille.web.accounts.second_factor.Accounts"
ACCOUNT_EMAIL_VERIFICATION = SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_RATE_LIMITS = False
"""axes counts the tries, in the database: allauth would count them in the memory of each process."""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_ADAPTER = "maille.web.accounts.second_factor.SecondFactors"
MFA_FORMS = {"authenticate": "maille.web.accounts.second_factor.SecondFactorForm"}
MFA_TOTP_ISSUER = "Maille"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MAILLE_STAFF_SECOND_FACTOR = env.boolean("MAILLE_STAFF_SECOND_FACTOR", default=True)
MAILLE_STAFF_IDLE = timedelta(minutes=30)
MAILLE_OIDC_ACR = env.words("MAILLE_OIDC_ACR", "")
SOCIALACCOUNT_ADAPTER = "maille.web.accounts.proconnect.InvitedOnly"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "maille.web.accounts.proconnect.ProConnect",
        "APPS": env.oidc_apps(),
    }
}
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": MAILLE_HOME / "cache"}
}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "maille.web.accounts.throttle.Throttle"
AXES_CLIENT_IP_CALLABLE = "maille.web.accounts.throttle.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
"""A try that was refused does not count: nobody can keep a door shut by knocking."""
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["code", "password", "identifiant"]
AXES_LOCKOUT_TEMPLATE = "too-many.html"

SESSION_ENGINE = "maille.web.accounts.sessions"
SESSION_COOKIE_NAME = "maille_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "maille.web.failures.csrf"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = env.text("MAILLE_STATIC", "") or None
STATICFILES_DIRS = [
    (f"fonts/{font}", MAILLE_NODE_MODULES / "@fontsource-variable" / font / "files")
    for font in ("public-sans", "source-serif-4")
    if (MAILLE_NODE_MODULES / "@fontsource-variable" / font / "files").is_dir()
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MIMETYPES = {".woff2": "font/woff2"}

# Django logs the request of a failed page with its settings and its POST: only its message is kept.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"discreet": {"()": "maille.web.discretion.Discreet"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["discreet"], "formatter": "line"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "propagate": True}, "axes": {"level": "ERROR"}},
}
