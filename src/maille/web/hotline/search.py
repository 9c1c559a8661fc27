"""Find an authority among twelve thousand by its name, code, SIREN or the e-mail of a contact."""

import unicodedata
from functools import lru_cache

from django.db.models import Count, Max

from maille.web.campaigns.models import Contact, Edition, Unit

LONGEST = 30


def folded(text: str) -> str:
    """Return a text without accents, case, hyphens or apostrophes."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(" " if letter in "-’'" else letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.split())


@lru_cache(maxsize=2)
def _names(edition_id: str, _count: int, _last: int) -> tuple[tuple[str, int], ...]:
    """Return the folded names and the keys of the units, kept until units are added or removed."""
    rows = Unit.objects.filter(edition_id=edition_id).order_by("name").values_list("name", "pk")
    return tuple((folded(name), pk) for name, pk in rows)


def _by_name(edition: Edition, words: str) -> list[int]:
    stamp = edition.units.aggregate(count=Count("pk"), last=Max("pk"))
    names = _names(edition.pk, stamp["count"], stamp["last"] or 0)
    found = [(not name.startswith(words), name, pk) for name, pk in names if words in name]
    return [pk for _starts, _name, pk in sorted(found)[: LONGEST + 1]]


def search(edition: Edition, typed: str) -> list[Unit]:
    """Return the authorities that match, the surest first, one more than ``LONGEST`` when there are too many."""
    typed = " ".join(typed.split())[:100]
    if not typed:
        return []
    units = edition.units.all()
    if "@" in typed:
        holders = Contact.objects.filter(unit__edition=edition, email__icontains=typed).values("unit")
        return list(units.filter(pk__in=holders).order_by("name")[: LONGEST + 1])
    compact = typed.replace(" ", "").upper()
    exact = list(units.filter(code=compact)) or list(units.filter(siren=compact))
    if exact:
        return exact
    order = {pk: place for place, pk in enumerate(_by_name(edition, folded(typed)))}
    return sorted(units.filter(pk__in=order), key=lambda unit: order[unit.pk])
