"""A researcher of a demonstration: a request that nobody made, granted, its licence signed, and an account to sign in.

Every word that a page shows of it says that it is simulated.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from maille.demo.accounts import Accounts, Person, new_person, read_accounts, write_accounts
from maille.specs.questionnaire import UNIVERSES

_BY = "la démonstration"
_TOLD = {
    "name": "Personne simulée",
    "email": "recherche@example.invalid",
    "institution": "Université simulée",
    "position": "Chercheuse simulée",
    "project": "Projet simulé : l’action sociale des petites communes",
    "purpose": "Demande simulée, pour essayer l’espace des chercheurs.",
    "reasons": "Personne n’a demandé, personne n’a décidé.",
}
_MONTHS = 12


def open_research(home: Path, edition: str) -> Person:
    """Give the researcher an account and an access to the files of the edition; what was done since stays."""
    from maille.web.accounts.access import RESEARCHER
    from maille.web.accounts.people import add_staff
    from maille.web.researchers.models import Access

    known = read_accounts(home) or Accounts()
    person = next(iter(known.researchers), None) or new_person(RESEARCHER)
    user = add_staff(person.username, person.password, person.role, secret=person.secret)
    if not Access.objects.filter(user=user, edition=edition).exists():
        _grant(user, edition)
    write_accounts(home, known.model_copy(update={"researchers": (person,)}))
    return person


def _grant(user: Any, edition: str) -> None:
    """Write the request, the decision and the signature, and each of the last two in the journal."""
    from django.utils import timezone

    from maille.web.accounts.models import AuditEvent
    from maille.web.researchers.licence import licence
    from maille.web.researchers.models import Access

    now, text = timezone.now(), licence()
    access = Access(
        **_TOLD, user=user, edition=edition, universes=list(UNIVERSES), months=_MONTHS,
        asked_at=now, confirmed_at=now, granted=True, decided_at=now, decided_by=_BY,
        expires_on=timezone.localdate(now) + timedelta(days=365),
        licence_version=text.version, licence_sha256=text.sha256, signed_name=_TOLD["name"], signed_at=now,
    )  # fmt: skip
    access.draw_link()
    access.save()
    for what in ("accès chercheur accordé", "licence signée"):
        AuditEvent.record(_BY, what, at=now, detail=f"accès {access.pk}, simulé")
