"""An authority and its edition, read with one query that is already written: each page and each save begins so."""

from maille.web.campaigns.models import Edition, Unit
from maille.web.prepared import Rows, Slot

_UNIT, _EDITION = ([field.attname for field in model._meta.concrete_fields] for model in (Unit, Edition))
_unit = Rows(lambda: Unit.objects.filter(pk=Slot(0)).values_list(*_UNIT, *(f"edition__{name}" for name in _EDITION)))


def seated_unit(unit_id: int) -> Unit | None:
    """Return a unit with its edition, None when there is no such unit."""
    found = _unit(unit_id)
    if not found:
        return None
    row = found[0]
    unit = Unit.from_db("default", _UNIT, row[: len(_UNIT)])
    unit.edition = Edition.from_db("default", _EDITION, row[len(_UNIT) :])
    return unit
