"""An authority and its edition, read with one query that is already written: each page and each save begins so."""

from django.db.models import OuterRef, Subquery

from maille.web.campaigns.models import AskedVersion, Edition, Unit
from maille.web.prepared import Rows, Slot

_UNIT, _EDITION = ([field.attname for field in model._meta.concrete_fields] for model in (Unit, Edition))
_asked = AskedVersion.objects.filter(edition=OuterRef("edition"), universe=OuterRef("universe")).values("compiled_id")
_unit = Rows(
    lambda: (
        Unit.objects.filter(pk=Slot(0))
        .annotate(asked_then=Subquery(_asked))
        .values_list(*_UNIT, *(f"edition__{name}" for name in _EDITION), "asked_then")
    )
)


def seated_unit(unit_id: int) -> Unit | None:
    """Return a unit with its edition and the version asked when it was read, None when there is no such unit."""
    found = _unit(unit_id)
    if not found:
        return None
    row = found[0]
    unit = Unit.from_db("default", _UNIT, row[: len(_UNIT)])
    unit.edition = Edition.from_db("default", _EDITION, row[len(_UNIT) : -1])
    unit.asked_then = row[-1] or ""
    return unit
