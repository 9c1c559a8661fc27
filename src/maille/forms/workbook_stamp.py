"""The stamp of an offline workbook: whose it is, of which version, and a seal that shows if it was changed."""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from maille.errors import UserError
from maille.specs.spreadsheet import SheetCells

STAMP_SHEET = "_maille"


class WorkbookForeign(UserError):
    """A workbook that Maille did not give to this authority, or whose stamp was changed."""


@dataclass(frozen=True)
class Stamp:
    """What a workbook says of itself; ``revisions`` are those of the sections when it was downloaded."""

    edition: str
    unit: str
    questionnaire: str
    version: str
    written_at: str
    revisions: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """Return the stamp as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    def seal(self, key: bytes) -> str:
        """Return the seal of the stamp: a keyed SHA-256."""
        return hmac.new(key, self.text().encode(), hashlib.sha256).hexdigest()


def read_stamp(sheets: list[SheetCells], *, key: bytes) -> Stamp:
    """Return the stamp of a workbook; raises WorkbookForeign when there is none, or when its seal is not ours."""
    rows = next((sheet.rows for sheet in sheets if sheet.name == STAMP_SHEET), {})
    text, seal = (_text(rows, row) for row in (1, 2))
    try:
        stamp = Stamp(**_fields(json.loads(text)))
    except (ValueError, TypeError) as error:
        raise _foreign("ce classeur n’est pas celui d’un questionnaire de Maille.") from error
    if not hmac.compare_digest(stamp.seal(key).encode(), seal.encode()):
        raise _foreign("la marque de ce classeur a été modifiée : on ne sait plus à qui il est.")
    return stamp


def require_owner(stamp: Stamp, *, edition: str, unit: str, questionnaire: str) -> None:
    """Raise WorkbookForeign unless a workbook was given to this authority for this questionnaire."""
    if (stamp.edition, stamp.unit) != (edition, unit):
        raise _foreign("ce classeur est celui d’une autre collectivité ou d’une autre édition.")
    if stamp.questionnaire != questionnaire:
        raise _foreign("ce classeur est celui d’un autre questionnaire.")


def _fields(read: Any) -> dict[str, Any]:
    if not isinstance(read, dict) or not isinstance(read.get("revisions", {}), dict):
        raise ValueError
    return read


def _text(rows: dict[int, dict[int, Any]], row: int) -> str:
    datum = rows.get(row, {}).get(2)
    return str(datum.value) if datum is not None and not datum.formula else ""


def _foreign(message: str) -> WorkbookForeign:
    return WorkbookForeign(message, hint="Télécharger à nouveau le classeur depuis le sommaire du questionnaire.")
