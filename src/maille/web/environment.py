"""Settings read from the environment: a wrong value stops the start with a sentence."""

import os
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from maille.catalogue.secret import BadSetting, kept_secret, secret

__all__ = ["BadSetting", "kept_secret", "secret"]

_CONNECTION = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}


OIDC_SCOPE = ["openid", "email", "given_name", "usual_name"]


def text(name: str, default: str) -> str:
    return os.environ.get(name, default).strip()


def boolean(name: str, default: bool) -> bool:
    got = text(name, "true" if default else "false")
    if got not in {"true", "false"}:
        raise BadSetting("Ce réglage doit être vrai ou faux.", where=name, got=got, expected="true ou false")
    return got == "true"


def whole(name: str, default: int) -> int:
    got = text(name, str(default))
    if not got.isdigit() or int(got) == 0:
        raise BadSetting("Ce réglage doit être un nombre entier, 1 au moins.", where=name, got=got)
    return int(got)


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(name: str, file: Path) -> dict[str, object]:
    """Return Django's settings of the database: PostgreSQL at the address ``name``, else the SQLite ``file``."""
    address = secret(name)
    if not address:
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        options = {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": pragmas}
        tried = {"NAME": Path(gettempdir()) / f"maille-test-{os.getpid()}.sqlite3"}
        kept = {"CONN_MAX_AGE": None}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": options, "TEST": tried} | kept
    try:
        found = conninfo_to_dict(address)
    except ProgrammingError as error:
        expected = "postgresql://personne:secret@machine:5432/maille"
        raise BadSetting("Cette adresse de base de données est illisible.", where=name, expected=expected) from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{setting: found.pop(key, "") for setting, key in _CONNECTION.items()},
        "OPTIONS": found,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def mail(name: str) -> dict[str, object]:
    """Return Django's settings of e-mail: a server at the address ``name``, else files in the home."""
    address = secret(name) or "file:"
    parts = urlsplit(address)
    if parts.scheme == "file":
        return {"EMAIL_BACKEND": "maille.web.letterbox.FileBackend"}
    if parts.scheme not in ("smtp", "smtps", "smtp+tls") or not parts.hostname:
        expected = "file:, smtp+tls://personne:secret@machine:587 ou smtps://personne:secret@machine:465"
        raise BadSetting("Cette adresse d’envoi des courriels est illisible.", where=name, expected=expected)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 20,
    }


def oidc_apps() -> list[dict[str, object]]:
    """Return the identity provider of the staff, ProConnect or another; none unless it is configured whole."""
    names = ("MAILLE_OIDC_DISCOVERY", "MAILLE_OIDC_CLIENT_ID", "MAILLE_OIDC_CLIENT_SECRET")
    discovery, client, kept = text(names[0], ""), text(names[1], ""), secret(names[2])
    if not (discovery or client or kept):
        return []
    missing = [name for name, got in zip(names, (discovery, client, kept), strict=True) if not got]
    if missing:
        hint = "Donnez les trois, ou aucun."
        raise BadSetting("La connexion par ProConnect est réglée à moitié.", where=", ".join(missing), hint=hint)
    app = {"provider_id": "proconnect", "name": "ProConnect", "client_id": client, "secret": kept}
    return [app | {"settings": {"server_url": discovery, "oauth_pkce_enabled": True, "scope": OIDC_SCOPE}}]
