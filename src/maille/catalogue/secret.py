"""Secrets: given by the environment, or drawn once and kept in a file that its owner alone reads."""

import os
import secrets
from pathlib import Path

from maille.errors import UserError


class BadSetting(UserError):
    """A setting of the environment cannot be understood or read."""


def secret(name: str) -> str | None:
    """Return NAME of the environment, else the content of the file that NAME_FILE points to. Raises BadSetting."""
    if name in os.environ:
        return os.environ[name].strip()
    file = os.environ.get(f"{name}_FILE")
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting("Ce fichier de secret est illisible.", where=f"{name}_FILE", got=file) from error


def kept_secret(name: str, file: Path) -> str:
    """Return the secret given, else the one drawn at the first need and kept in ``file``. Raises BadSetting."""
    given = secret(name)
    if given:
        return given
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        if file.is_file():
            return file.read_text(encoding="utf-8").strip()
        hint = "Rendez ce dossier inscriptible, ou choisissez-en un autre avec MAILLE_HOME."
        raise BadSetting("Impossible d’écrire dans le dossier de Maille.", where=str(file.parent), hint=hint) from error
    drawn = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(drawn)
    return drawn
