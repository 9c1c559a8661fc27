"""Downloads: the companion files of published tables, byte for byte, with their checksum as ETag."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from maille.web.exports import XLSX, attached, unless_known
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.records import Edition, Sheet, edition

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "xml": "application/vnd.sdmx.structure+xml; version=2.1",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
NAMES = {"csv": "Tableau (CSV", "xlsx": "Tableur (XLSX", "parquet": "Données (Parquet"}


@dataclass(frozen=True)
class Offer:
    """A file that a page offers."""

    label: str
    href: str


def offers(current: Edition, sheet: Sheet) -> list[Offer]:
    """Return the files of a table that exist, with their sizes."""
    stored = {file.name for file in sheet.card.files}
    found = [
        Offer(
            f"{name}, {_size(current, sheet.dataset, f'{sheet.code}.{ending}')})",
            reverse("observatory:download", args=[sheet.edition, sheet.code, ending]),
        )
        for ending, name in NAMES.items()
        if f"{sheet.code}.{ending}" in stored
    ]
    if "codebook.md" in stored:
        found.append(Offer("Dictionnaire des variables", reverse("observatory:codebook", args=[sheet.edition])))
    if "schema.json" in stored:
        address = reverse("observatory:schema", args=[sheet.edition, sheet.code])
        found.append(Offer("Schéma des colonnes (Table Schema)", address))
    return found


@public
def table_file(request: HttpRequest, *, edition: str, table: str, ending: str) -> HttpResponse:
    return stream(request, f"disseminated/{edition}/{table}", f"{table}.{ending}")


@public
def companion(request: HttpRequest, *, edition: str, table: str, file: str) -> HttpResponse:
    return stream(request, f"disseminated/{edition}/{table}", file)


@public
def codebook(request: HttpRequest, *, edition: str) -> HttpResponse:
    current = _edition(edition)
    sheets = current.sheets()
    variables = sheets[0].card.variables if sheets else ()
    return page(request, "codebook", section="resultats", edition=current, sheets=sheets, variables=variables)


def _edition(code: str) -> Edition:
    return edition(published(), code)


def stream(request: HttpRequest, name: str, file: str) -> HttpResponse:
    """Answer with a companion file of a published dataset, byte for byte. Raises NoSuchPage."""
    _, edition, *version, table = name.split("/")
    source = published()
    if not source.exists(name):
        raise NoSuchPage("ce tableau n'est pas publié.")
    content, checksum = source.file(name, file)
    response = HttpResponse(content, content_type=TYPES[file.rpartition(".")[2]])
    response = attached(response, _shown("-".join([edition, *version]), table, file))
    return unless_known(request, response, checksum=checksum, kept="public, no-cache")


def _shown(edition: str, table: str, file: str) -> str:
    if file.startswith("maille-"):
        return file
    own = file.startswith(table) or table == "open-data"
    return f"maille-{edition}-{file}" if own else f"maille-{edition}-{table}-{file}"


def _size(current: Edition, name: str, file: str) -> str:
    size = len(current.published.file(name, file)[0])
    return f"{max(1, round(size / 1000))} ko"
