"""What a demonstration remembers of itself in its home, and what it refuses to touch."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from maille.catalogue import Store
from maille.errors import InternalError, UserError

_FILE = "demo.json"


class RealEdition(UserError):
    """The home holds a real survey: a demonstration would mix simulated answers with it."""


class OtherHome(InternalError):
    """The site was already set up for another home in this process."""


class Mark(BaseModel):
    """How far the demonstration of a home has come.

    ``sample`` is the checksum of the sample whose units are loaded and of what they are asked; ``answered`` tells that
    the simulated authorities have finished, ``midway`` that the edition under way is open; ``deposited`` is the
    checksum of what was submitted when it was last brought in, ``dataset`` that of the answers then stored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int
    small: bool
    sample: str
    answered: bool = False
    midway: bool = False
    deposited: str = ""
    dataset: str = ""

    def is_of(self, wanted: "Mark") -> bool:
        """Tell whether two marks are of the same demonstration, however far each has come."""
        return (self.seed, self.small, self.sample) == (wanted.seed, wanted.small, wanted.sample)


def read_mark(home: Path) -> Mark | None:
    """Return the mark of a home, None when there is none that can be read."""
    try:
        return Mark.model_validate_json((home / _FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_mark(home: Path, mark: Mark) -> Mark:
    """Keep a mark, whole or not at all; return it."""
    temporary = home / f".{_FILE}.partial"
    temporary.write_text(mark.model_dump_json(indent=1) + "\n", encoding="utf-8")
    temporary.replace(home / _FILE)
    return mark


def refuse_real_datasets(store: Store) -> None:
    """Raise RealEdition when answers that are not simulated were collected in this home."""
    for name in store.names("collected/"):
        if name.endswith("/answers") and not store.card(name).simulated:
            raise _refusal(name)


def refuse_real_editions() -> None:
    """Raise RealEdition when the site of this home has an edition that is not simulated."""
    from maille.web.campaigns.models import Edition

    real = Edition.objects.filter(simulated=False).first()
    if real is not None:
        raise _refusal(real.title)


def open_site(home: Path, specs: Path) -> None:
    """Set the site up for this home and bring its database up to date. Raises OtherHome, BadSetting."""
    os.environ["MAILLE_HOME"], os.environ["MAILLE_SPECS"] = str(home), str(specs)
    from maille.web import settings

    if home.resolve() != settings.MAILLE_HOME:
        raise OtherHome("le site est déjà ouvert sur un autre dossier.", got=settings.MAILLE_HOME, expected=home)
    from maille.web.serve import prepare

    prepare()


def _refusal(where: str) -> RealEdition:
    return RealEdition(
        "ce dossier contient une enquête réelle : la démonstration n’y touche pas.",
        where=where,
        hint="choisissez un autre dossier avec MAILLE_HOME.",
    )
