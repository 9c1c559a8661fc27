"""The versions of an edition or of a table: what each brought, what it changed cell by cell, its files for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from maille.web.observatory.downloads import Offer, stream
from maille.web.observatory.explorer import addresses
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.published import Release
from maille.web.observatory.records import Edition, Sheet, edition
from maille.web.typography import number

KINDS = {"first": "Première publication", "correction": "Correction", "addition": "Ajout"}
STATUSES = {"secret": "secret", "unavailable": "non disponible", "not_collected": "non collecté", "zero": "zéro"}
SHOWN = 200
_ENDINGS = ("csv", "xlsx", "parquet", "zip")


@dataclass(frozen=True)
class Change:
    """One cell that a version changed, as the page writes it."""

    table: str
    indicator: str
    measure: str
    domain: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """A frozen version as the page shows it; ``more`` counts the changes that are only in the file."""

    release: Release
    kind: str
    changed: int
    changes: tuple[Change, ...]
    more: int
    offers: tuple[Offer, ...]
    detail: str
    explorer: str


@public
def versions(request: HttpRequest, *, edition: str, table: str | None = None) -> HttpResponse:
    current = _edition(edition)
    sheet = current.sheet(table) if table else None
    return page(
        request,
        "versions",
        section="resultats",
        edition=current,
        sheet=sheet,
        versions=[_version(current, release, sheet) for release in current.published.releases(edition)],
    )


@public
def old_file(request: HttpRequest, *, edition: str, version: str, file: str) -> HttpResponse:
    source = published()
    release = next((item for item in source.releases(edition) if item.version == version), None)
    names = source.names(release.folder) if release else []
    holders = [name for name in names if file in {reference.name for reference in source.card(name).files}]
    if len(holders) != 1:
        raise NoSuchPage("ce fichier n'est dans aucune version publiée.")
    return stream(request, holders[0], file)


def _edition(code: str) -> Edition:
    return edition(published(), code)


def _version(current: Edition, release: Release, sheet: Sheet | None) -> Version:
    found = current.changes(release, sheet.code if sheet else None)
    rows = found.head(SHOWN).iter_rows(named=True)
    return Version(
        release,
        KINDS[release.kind],
        found.height,
        tuple(_change(current, row) for row in rows),
        max(0, found.height - SHOWN),
        tuple(_offers(current, release, sheet)),
        reverse("observatory:old_file", args=[current.code, release.version, "differences.csv"]),
        addresses(current.code, release.version).page + (f"?tableau={sheet.code}" if sheet else ""),
    )


def _offers(current: Edition, release: Release, sheet: Sheet | None) -> list[Offer]:
    """Return the files of a version: those of one table, or the archive and every table in CSV."""
    found = []
    for name in current.published.names(release.folder):
        what = name.removeprefix(release.folder)
        for file in current.published.card(name).files:
            ending = file.name.rpartition(".")[2]
            wanted = what == sheet.code if sheet else ending == "zip"
            if wanted and ending in _ENDINGS:
                address = reverse("observatory:old_file", args=[current.code, release.version, file.name])
                found.append(Offer("Tout (ZIP)" if ending == "zip" else ending.upper(), address))
    return found


def _change(current: Edition, row: Mapping[str, Any]) -> Change:
    indicator = current.indicators.get(row["indicator"])
    titles = {sheet.code: sheet.title for sheet in current.sheets()}
    return Change(
        table=titles.get(row["table"], row["table"]),
        indicator=indicator.label if indicator else row["indicator"],
        measure=current.measure(row["measure"]),
        domain=current.domains.get(row["table"], {}).get(row["domain"], row["domain"]),
        before=_said(row, "before", row["change"], decimals=indicator.decimals if indicator else 1),
        after=_said(row, "after", row["change"], decimals=indicator.decimals if indicator else 1),
    )


def _said(row: Mapping[str, Any], when: str, change: str, *, decimals: int) -> str:
    status, estimate = row[f"status_{when}"], row[f"estimate_{when}"]
    if status is None:
        return "—"
    if estimate is None:
        return STATUSES.get(status, status)
    note = ", intervalle corrigé" if change == "precision" and when == "after" else ""
    return f"{number(estimate, decimals)}{note}"
