"""Open data: the page of an edition's files, the files themselves, and the catalogue for other catalogues."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from maille.catalogue import Card
from maille.web.observatory import dcat
from maille.web.observatory.downloads import stream
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.published import Published, Release
from maille.web.observatory.records import Edition, Sheet, edition, editions

PACKAGE = "datapackage.json"
SYNTAXES = {
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("pretty-xml", "application/rdf+xml"),
}
_TABLE_FILES = ("csv", "xlsx", "parquet")
_BESIDE = {
    "evolutions": "observatory:evolutions",
    "participation": "observatory:participation",
    "crossings": "observatory:crossings",
    "crossing-classes": "observatory:crossings",
}


@dataclass(frozen=True)
class OpenFile:
    """A file of the edition, as the page lists it."""

    name: str
    title: str
    size: int
    href: str
    checksum: str


@dataclass(frozen=True)
class Beside:
    """What is published beside the tables: its title, its page, its files by format."""

    code: str
    card: Card
    landing: str
    files: tuple[tuple[str, str], ...]


@public
def open_data(request: HttpRequest, *, edition: str) -> HttpResponse:
    current = _edition(edition)
    files = list(_files(current))
    whole = next((file for file in files if file.name.endswith(".zip")), None)
    return page(
        request,
        "open_data",
        section="resultats",
        edition=current,
        sheets=current.sheets(),
        beside=list(_beside(current)),
        whole=whole,
        files=[file for file in files if file is not whole],
        syntaxes=list(SYNTAXES),
        address=f"{settings.MAILLE_SITE}{reverse('observatory:dcat', args=['ttl'])}",
        api=f"{settings.MAILLE_SITE}{reverse('api-1:list_editions')}",
    )


@public
def open_file(request: HttpRequest, *, edition: str, file: str) -> HttpResponse:
    name = f"disseminated/{edition}/open-data"
    source = published()
    if not source.exists(name) or file not in {reference.name for reference in source.card(name).files}:
        raise NoSuchPage("ce fichier n'est pas publié.")
    return stream(request, name, file)


@public
def dcat_catalogue(request: HttpRequest, *, syntax: str) -> HttpResponse:
    source = published()
    codes = editions(source)
    described = [item for code in codes for item in _described(source, code)]
    described += [item for code in codes for item in _described_beside(edition(source, code))]
    written, media = SYNTAXES[syntax]
    graph = dcat.catalogue(settings.MAILLE_SITE, described)
    response = HttpResponse(graph.serialize(format=written, encoding="utf-8"), content_type=media)
    response["Cache-Control"] = "public, max-age=3600"
    return response


def _edition(code: str) -> Edition:
    return edition(published(), code)


def _files(current: Edition) -> Iterator[OpenFile]:
    name = f"disseminated/{current.code}/open-data"
    if not current.published.exists(name):
        return
    for row in current.published.read(name).table.iter_rows(named=True):
        yield OpenFile(row["file"], row["title"], row["bytes"], _address(current.code, row["file"]), row["sha256"])


def _beside(current: Edition) -> Iterator[Beside]:
    for code, page_of in _BESIDE.items():
        name = f"disseminated/{current.code}/{code}"
        if not current.published.exists(name) or not current.published.card(name).rows:
            continue
        card = current.published.card(name)
        stored = {reference.name for reference in card.files}
        files = tuple(
            (ending, reverse("observatory:download", args=[current.code, code, ending]))
            for ending in _TABLE_FILES
            if f"{code}.{ending}" in stored
        )
        arguments = [] if code == "participation" else [current.code]
        if files:
            yield Beside(code, card, reverse(page_of, args=arguments), files)


def _address(code: str, file: str) -> str:
    # The description stands beside the tables that it names: their paths in it are relative.
    if file == PACKAGE:
        return reverse("observatory:package", args=[code])
    return reverse("observatory:open_file", args=[code, file])


def _described(source: Published, code: str) -> Iterator[dcat.Described]:
    current = edition(source, code)
    older = source.releases(code)[1:]
    for sheet in current.sheets():
        kept = [release for release in older if source.exists(f"{release.folder}{sheet.code}")]
        page_of = f"{settings.MAILLE_SITE}{reverse('observatory:table', args=[code, sheet.code])}"
        history = f"{settings.MAILLE_SITE}{reverse('observatory:table_versions', args=[code, sheet.code])}"
        chain = [page_of, *(f"{history}#{release.version}" for release in kept), None]
        latest = dcat.Described(
            address=page_of,
            title=sheet.title,
            description=_warned(current, f"{sheet.conclusion}. {sheet.note}"),
            released=sheet.released_on,
            version=sheet.version,
            year=str(sheet.released_on.year),
            files=tuple(_table_files(current, sheet)),
            landing=page_of,
            replaces=chain[1],
        )
        yield latest
        for place, release in enumerate(kept, start=1):
            yield replace(
                latest,
                address=str(chain[place]),
                description=_warned(current, f"Version remplacée. {sheet.note}"),
                released=release.date,
                version=release.version,
                files=tuple(_old_files(source, release, sheet)),
                landing=history,
                replaces=chain[place + 1],
                replaced_by=chain[place - 1],
            )


def _described_beside(current: Edition) -> Iterator[dcat.Described]:
    """Yield what is published beside the tables, under the version and the date of the last of them."""
    last = max(current.sheets(), key=lambda sheet: (sheet.released_on, sheet.version), default=None)
    for one in _beside(current) if last is not None else ():
        assert last is not None
        checksums = {reference.name: reference.checksum for reference in one.card.files}
        yield dcat.Described(
            address=f"{settings.MAILLE_SITE}{one.landing}#{one.code}",
            title=one.card.title,
            description=_warned(current, one.card.description or one.card.title),
            released=last.released_on,
            version=last.version,
            year=str(last.released_on.year),
            files=tuple(
                dcat.File(
                    f"{settings.MAILLE_SITE}{href}",
                    f"{one.card.title} ({ending})",
                    len(current.published.file(one.card.name, f"{one.code}.{ending}")[0]),
                    checksums[f"{one.code}.{ending}"],
                )
                for ending, href in one.files
            ),
            landing=f"{settings.MAILLE_SITE}{one.landing}",
        )


def _old_files(source: Published, release: Release, sheet: Sheet) -> Iterator[dcat.File]:
    name = f"{release.folder}{sheet.code}"
    for reference in source.card(name).files:
        ending = reference.name.rpartition(".")[2]
        if reference.name == f"{sheet.code}.{ending}" and ending in _TABLE_FILES:
            address = reverse("observatory:old_file", args=[release.edition, release.version, reference.name])
            size = len(source.file(name, reference.name)[0])
            title = f"{sheet.title}, version {release.version} ({ending})"
            yield dcat.File(f"{settings.MAILLE_SITE}{address}", title, size, reference.checksum)


def _warned(current: Edition, words: str) -> str:
    return f"DONNÉES SIMULÉES. {words}" if current.simulated else words


def _table_files(current: Edition, sheet: Sheet) -> Iterator[dcat.File]:
    checksums = {reference.name: reference.checksum for reference in sheet.card.files}
    for ending in _TABLE_FILES:
        name = f"{sheet.code}.{ending}"
        if name in checksums:
            address = reverse("observatory:download", args=[current.code, sheet.code, ending])
            size = len(current.published.file(sheet.dataset, name)[0])
            yield dcat.File(f"{settings.MAILLE_SITE}{address}", f"{sheet.title} ({ending})", size, checksums[name])
    for file in _files(current):
        if file.name == f"{sheet.code}.sdmx.csv":
            yield dcat.File(f"{settings.MAILLE_SITE}{file.href}", file.title, file.size, file.checksum)
