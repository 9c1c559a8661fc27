"""The report of an edition as a page: the same content as its PDF, each figure leading to its thread."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from maille.territory.drawing import Drawing, region_map
from maille.web.observatory.downloads import stream
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.records import Edition, edition

PDF, DATA = "report.pdf", "report.json"
EVOLUTIONS = "evolutions"

Block = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of the report: its title as sentences, where it is on the page, and its blocks."""

    anchor: str
    title: list[Block]
    blocks: list[Block]


@public
def report(request: HttpRequest, *, edition: str) -> HttpResponse:
    current = _edition(edition)
    content = current.published.json(name_of(edition), DATA)
    for sentence in _every_sentence(content):
        _link(edition, sentence["runs"])
    drawn = [block for block in content["blocks"] if block["kind"] in ("chart", "map")]
    for block in drawn:
        _link(edition, [mark for row in block["rows"] for mark in row["marks"]])
        if block["kind"] == "map":
            block["frames"] = [_frame(drawing, block) for drawing in region_map()]
    return page(
        request,
        "report",
        section="resultats",
        edition=current,
        report=content,
        heading="".join(run["text"] for sentence in content["title"] for run in sentence["runs"]),
        published_on=date.fromisoformat(content["date"]),
        parts=list(_parts(content["blocks"])),
        drawn=drawn,
        card=current.published.card(name_of(edition)),
    )


@public
def report_file(request: HttpRequest, *, edition: str, file: str) -> HttpResponse:
    if not is_reported(_edition(edition)):
        raise NoSuchPage("cette édition n'a pas de rapport.")
    return stream(request, name_of(edition), file)


def is_reported(current: Edition) -> bool:
    """Tell whether an edition has a report."""
    return current.published.exists(name_of(current.code))


def name_of(edition: str) -> str:
    """Return the dataset of the report of an edition."""
    return f"disseminated/{edition}/report"


def _edition(code: str) -> Edition:
    return edition(published(), code)


def _parts(blocks: Iterable[Block]) -> Iterator[Part]:
    """Cut the blocks at the titles of level 2; what stands before the first has no title."""
    part = Part("debut", [], [])
    for block in blocks:
        if block["kind"] == "heading" and block["level"] == 2:
            if part.title or part.blocks:
                yield part
            part = Part(block["sentences"][0]["id"], block["sentences"], [])
        else:
            part.blocks.append(block)
    yield part


def _every_sentence(content: Mapping[str, Any]) -> Iterator[Block]:
    yield from content["title"]
    for note in content["notes"]:
        yield from note
    waiting = [*content["summary"], *content["blocks"]]
    while waiting:
        block = waiting.pop()
        waiting += block.get("blocks", [])
        for name in ("sentences", "title", "reading"):
            yield from block.get(name, [])


def _link(edition: str, figures: Iterable[Block]) -> None:
    """Give each figure the address of its thread."""
    for figure in figures:
        if figure.get("cell"):
            table, indicator, measure, domain = figure["cell"].split(".")
            figure["href"] = (
                reverse("observatory:evolutions", args=[edition])
                if table == EVOLUTIONS
                else reverse("observatory:figure", args=[edition, table, indicator, measure, domain])
            )


def _frame(drawing: Drawing, block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a frame of the map with its régions, each with its class and what it says."""
    said = {row["code"]: row for row in block["rows"] if row.get("code")}
    areas = [
        {
            "path": outline.path,
            "css": "hidden"
            if block["ranks"].get(outline.code) == "secret"
            else block["ranks"].get(outline.code, "absent"),
            "title": _told(outline.name, said.get(outline.code)),
        }
        for outline in drawing.outlines
    ]
    return {"frame": drawing.frame, "areas": areas, "border": "".join(outline.path for outline in drawing.outlines)}


def _told(name: str, row: Mapping[str, Any] | None) -> str:
    mark = row["marks"][0] if row else {"value": "non publié", "interval": ""}
    return f"{name} : {mark['value']} {mark['interval']}".strip()
