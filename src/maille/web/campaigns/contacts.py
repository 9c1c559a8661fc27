"""The operator's file of contacts: read as text whatever its form, checked row by row, then accepted or not."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from charset_normalizer import from_bytes
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from maille.errors import UserError
from maille.specs.spreadsheet import Datum, open_spreadsheet
from maille.web.campaigns.mail import INVALID
from maille.web.campaigns.models import Contact, Edition, Unit

MAXIMUM_BYTES = 5_000_000
MAXIMUM_ROWS = 50_000
FIELDS = {
    "unit": "Identifiant de la collectivité",
    "name": "Nom",
    "function": "Fonction",
    "email": "Courriel",
    "phone": "Téléphone",
    "address": "Adresse postale",
    "postal_code": "Code postal",
    "city": "Ville",
    "role": "Rôle",
}
_KNOWN = {
    "unit": ("identifiant", "code", "codeinsee", "insee", "codegeo", "siren", "depcom", "unite", "codeunite"),
    "name": ("nom", "contact", "nomducontact", "nomprenom", "interlocuteur", "destinataire"),
    "function": ("fonction", "qualite", "poste", "titre"),
    "email": ("courriel", "email", "mail", "adresseelectronique", "adressemail", "mel"),
    "phone": ("telephone", "tel", "numero", "numerodetelephone"),
    "address": ("adresse", "adressepostale", "rue", "voie", "adresse1"),
    "postal_code": ("codepostal", "cp"),
    "city": ("ville", "commune", "bureaudistributeur", "localite"),
    "role": ("role", "type", "typedecontact"),
}


class ContactsUnreadable(UserError):
    """A file of contacts that is neither a table of text nor a workbook."""


@dataclass(frozen=True)
class Table:
    """What the file holds: its headers and its rows of text, with their numbers in the file."""

    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    how: str


@dataclass(frozen=True)
class Remark:
    """One thing to know about a row: refused, or read with a change."""

    row: int
    column: str
    message: str
    refused: bool = True


@dataclass
class Report:
    """What accepting the file would do."""

    contacts: list[Contact] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    missing: list[Unit] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len({remark.row for remark in self.remarks if remark.refused})


def read_table(content: bytes) -> Table:
    """Return the table of a CSV or an XLSX, every cell as text; raises ContactsUnreadable, WorkbookRefused."""
    if len(content) > MAXIMUM_BYTES:
        raise ContactsUnreadable("ce fichier dépasse 5 Mo.", hint="Retirez les colonnes inutiles.")
    rows, how = _workbook(content) if content.startswith(b"PK") else _text(content)
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if len(filled) < 2:
        raise ContactsUnreadable("ce fichier n’a pas de ligne sous ses titres de colonnes.")
    headers = filled[0][1]
    width = len(headers)
    padded = tuple((number, (*cells, *[""] * width)[:width]) for number, cells in filled[1:])
    return Table(headers, padded, how)


def _workbook(content: bytes) -> tuple[list[tuple[int, tuple[str, ...]]], str]:
    sheet = open_spreadsheet(content, rows=MAXIMUM_ROWS)[0]
    width = max((max(cells) for cells in sheet.rows.values()), default=0)
    rows = [
        (number, tuple(_cell(cells.get(column)) for column in range(1, width + 1)))
        for number, cells in sheet.rows.items()
    ]
    return rows, f"classeur, feuille « {sheet.name} »"


def _cell(datum: Datum | None) -> str:
    if datum is None or datum.formula:
        return ""
    value = datum.value
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _text(content: bytes) -> tuple[list[tuple[int, tuple[str, ...]]], str]:
    text, encoding = _decoded(content)
    try:
        dialect = csv.Sniffer().sniff(text[:20_000].split("\n\n")[0], delimiters=";,\t|")
        separator = dialect.delimiter
    except csv.Error:
        separator = ";"
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = [(reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader]
    except csv.Error as error:
        raise ContactsUnreadable("ce fichier n’est pas un tableau lisible.", got=str(error)) from error
    if len(rows) > MAXIMUM_ROWS:
        raise ContactsUnreadable(f"ce fichier dépasse {MAXIMUM_ROWS} lignes.")
    named = {"\t": "tabulation", ";": "point-virgule", ",": "virgule"}.get(separator, separator)
    return rows, f"texte {encoding}, séparateur {named}"


def _decoded(content: bytes) -> tuple[str, str]:
    """Decode UTF-8 when it is, else what the bytes look like: Western encodings first, as French offices write."""
    if b"\x00" in content:
        raise ContactsUnreadable("ce fichier n’est ni un tableau CSV ni un classeur XLSX.")
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        best = from_bytes(content, cp_isolation=["cp1252", "iso8859_15", "mac_roman"]).best()
    if best is None:
        raise ContactsUnreadable("le codage de ce fichier n’est pas reconnu.", hint="Enregistrez-le en UTF-8.")
    return str(best), best.encoding


def guess(headers: Sequence[str]) -> dict[str, int]:
    """Return the column that each field seems to be, by the words of its header."""
    found: dict[str, int] = {}
    for place, header in enumerate(headers):
        word = _plain(header)
        for name, words in _KNOWN.items():
            if name not in found and word in words:
                found[name] = place
                break
    return found


def _plain(header: str) -> str:
    letters = unicodedata.normalize("NFKD", header.lower())
    return re.sub(r"[^a-z0-9]", "", letters)


def check(table: Table, columns: Mapping[str, int], *, edition: Edition, source: str, at: datetime) -> Report:
    """Return what the file would change, with every remark at its row and column."""
    units = {unit.code: unit for unit in edition.units.iterator(chunk_size=5000)}
    report, seen = Report(), set()
    for number, cells in table.rows:
        values = {name: cells[place] for name, place in columns.items()}
        unit, remarks = _unit(values.get("unit", ""), units)
        remarks += list(_faults(values, edition))
        role = (values.get("role") or "principal").lower()[:40]
        if unit is not None and (unit.pk, role) in seen:
            remarks.append(("unit", f"« {unit.code} » a déjà un contact « {role} » plus haut.", True))
        report.remarks += [
            Remark(number, _column(table, columns, name), message, refused) for name, message, refused in remarks
        ]
        if unit is not None and not any(refused for _name, _message, refused in remarks):
            seen.add((unit.pk, role))
            report.contacts.append(_contact(values, unit=unit, role=role, source=source, at=at))
    covered = {contact.unit_id for contact in report.contacts} | set(
        Contact.objects.filter(unit__edition=edition).values_list("unit_id", flat=True)
    )
    report.missing = [unit for unit in units.values() if unit.pk not in covered]
    return report


def _column(table: Table, columns: Mapping[str, int], name: str) -> str:
    return table.headers[columns[name]] if name in columns else FIELDS[name]


def _unit(code: str, units: Mapping[str, Unit]) -> tuple[Unit | None, list[tuple[str, str, bool]]]:
    typed = "".join(code.split()).upper()
    if not typed:
        return None, [("unit", "l’identifiant manque.", True)]
    if typed in units:
        return units[typed], []
    restored = typed.zfill(5)
    if typed.isdigit() and restored in units:
        return units[restored], [("unit", f"« {typed} » lu « {restored} » : un tableur avait retiré le zéro.", False)]
    return None, [("unit", f"« {code[:40]} » n’est pas une collectivité interrogée.", True)]


def _faults(values: Mapping[str, str], edition: Edition) -> Iterator[tuple[str, str, bool]]:
    email = values.get("email", "")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            yield "email", f"« {email[:60]} » n’est pas une adresse électronique.", True
            return
        if edition.simulated and not email.lower().endswith(INVALID):
            yield "email", f"une édition simulée n’accepte que des adresses en {INVALID}.", True
    for name, most in (("name", 150), ("function", 150), ("phone", 40)):
        if len(values.get(name, "")) > most:
            yield name, f"plus de {most} signes.", True


def _contact(values: Mapping[str, str], *, unit: Unit, role: str, source: str, at: datetime) -> Contact:
    town = " ".join(part for part in (values.get("postal_code", ""), values.get("city", "")) if part)
    return Contact(
        unit=unit,
        role=role,
        address="\n".join(line for line in (values.get("address", ""), town) if line)[:500],
        source=source[:150],
        imported_at=at,
        kept_until=unit.edition.contacts_until,
        **{name: values.get(name, "") for name in ("name", "function", "email", "phone")},
    )


@transaction.atomic
def accept(report: Report) -> int:
    """Write the contacts of a report; one already there is replaced, and a new address is no longer « bounced »."""
    editions = {contact.unit.edition_id for contact in report.contacts}
    known = Contact.objects.filter(unit__edition__in=editions, bounced_at__isnull=False)
    bounced = {(one.unit_id, one.role, one.email.lower()): one.bounced_at for one in known}
    for contact in report.contacts:
        contact.bounced_at = bounced.get((contact.unit_id, contact.role, contact.email.lower()))
    written = ["name", "function", "email", "phone", "address", "source", "imported_at", "bounced_at", "kept_until"]
    Contact.objects.bulk_create(
        report.contacts,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["unit", "role"],
        update_fields=written,
    )
    return len(report.contacts)
