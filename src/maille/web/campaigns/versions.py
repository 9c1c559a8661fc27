"""The questionnaire that is asked: a compiled version in the database, whatever becomes of its file."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

from django.utils import timezone

from maille.specs import Questionnaire, load_questionnaire
from maille.specs.questionnaire import UNIVERSES
from maille.web.campaigns.models import AskedVersion, CompiledQuestionnaire, Edition
from maille.web.prepared import Rows, Slot

Found = TypeVar("Found")


def once_a_version(compute: Callable[[Questionnaire], Found]) -> Callable[[Questionnaire], Found]:
    """Compute once a process what a version says, whoever answers: a version never changes."""
    known: dict[str, Found] = {}

    @wraps(compute)
    def found(questionnaire: Questionnaire) -> Found:
        if questionnaire.version not in known:
            known[questionnaire.version] = compute(questionnaire)
        return known[questionnaire.version]

    return found


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> Questionnaire:
    return load_questionnaire(path)


def written(edition: Edition, universe: str) -> Questionnaire:
    """Return the questionnaire as its file says now; raises SpecInvalid."""
    path = edition.questionnaire_path(universe)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def compiled(version: str) -> Questionnaire:
    """Return a version that was asked; it never changes, so it is read once a process."""
    return Questionnaire.model_validate_json(CompiledQuestionnaire.objects.get(pk=version).body)


def ask(edition: Edition, questionnaire: Questionnaire, at: datetime) -> None:
    """Ask this version from now on; what was written under another one is for ``answers`` to migrate."""
    about = {
        "questionnaire": questionnaire.id,
        "universe": questionnaire.universe,
        "body": questionnaire.model_dump_json(),
        "compiled_at": at,
    }
    CompiledQuestionnaire.objects.get_or_create(version=questionnaire.version, defaults=about)
    AskedVersion.objects.update_or_create(
        edition=edition,
        universe=questionnaire.universe,
        defaults={"compiled_id": questionnaire.version, "since": at},
    )


def ask_files(edition: Edition, *, anew: bool = False) -> None:
    """Compile the files of an edition that opens; a version already asked stays, unless ``anew``."""
    asked = set() if anew else set(edition.asked_versions.values_list("universe", flat=True))
    for universe in UNIVERSES:
        if universe not in asked and edition.questionnaire_path(universe).exists():
            ask(edition, written(edition, universe), timezone.now())


_asked = Rows(lambda: AskedVersion.objects.filter(edition_id=Slot(0), universe=Slot(1)).values_list("compiled_id"))


def asked_version(edition: Edition, universe: str) -> str:
    """Return the version that an edition asks a universe, compiled from its file the first time."""
    found = _asked(edition.pk, universe)
    if not found:
        ask(edition, written(edition, universe), timezone.now())
        found = _asked(edition.pk, universe)
    return found[0][0]


def is_compiled(version: str) -> bool:
    return CompiledQuestionnaire.objects.filter(pk=version).exists()
