"""The quality report of an edition as a page, under the headings of SIMS, and as files."""

from django.http import HttpRequest, HttpResponse

from maille.web.observatory.downloads import stream
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.records import Edition, edition

FILES = {
    "quality.md": "Le rapport (Markdown)",
    "quality.json": "Le rapport (JSON)",
    "quality.csv": "Ses nombres (CSV)",
    "method.md": "La note de méthode (Markdown)",
}


@public
def report(request: HttpRequest, *, edition: str) -> HttpResponse:
    current = _edition(edition)
    name = _dataset(edition)
    found = current.published.json(name, "quality.json") if current.published.exists(name) else None
    return page(
        request,
        "quality",
        section="resultats",
        edition=current,
        report=found,
        files=FILES,
        releases=current.published.releases(edition),
    )


@public
def report_file(request: HttpRequest, *, edition: str, file: str) -> HttpResponse:
    if file not in FILES:
        raise NoSuchPage("ce fichier n'est pas publié.")
    return stream(request, _dataset(edition), file)


def _dataset(code: str) -> str:
    return f"disseminated/{code}/quality-report"


def _edition(code: str) -> Edition:
    return edition(published(), code)
