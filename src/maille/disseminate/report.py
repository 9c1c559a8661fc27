"""The report of an edition: its prose with the published figures, its charts and maps, as data and as a PDF."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from maille.catalogue import Dataset, Draft, Materials, Variable
from maille.disseminate.report_drawings import Drawer
from maille.disseminate.report_figures import REASONS, Figures
from maille.disseminate.report_prose import Prose
from maille.disseminate.tables import SOURCE, domain_labels, only_open
from maille.forms.typesetting import page, typeset
from maille.specs import EVOLUTIONS, load_indicators, load_publications
from maille.specs.report import Block, Box, Chart, Drawn, Heading, Report, read_report
from maille.specs.typography import number

PDF, DATA = "report.pdf", "report.json"
SENTENCES = (
    Variable(name="sentence", label="Phrase", kind="code"),
    Variable(name="state", label="Dite, remplacée ou retirée", kind="code"),
    Variable(name="reason", label="Pourquoi elle ne peut pas être dite", kind="code", codes=REASONS),
    Variable(name="text", label="Texte"),
    Variable(name="table", label="Tableau du chiffre", kind="code"),
    Variable(name="indicator", label="Indicateur du chiffre", kind="code"),
    Variable(name="measure", label="Mesure du chiffre", kind="code"),
    Variable(name="domain", label="Domaine du chiffre", kind="code"),
    Variable(name="estimate", label="Estimation", kind="number"),
    Variable(name="checksum", label="Empreinte du tableau", kind="code"),
)
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)


def publish_report(edition: str, materials: Materials) -> Sequence[Draft]:
    """Return the report of an edition: a row a sentence and figure, the PDF and its content as JSON. Raises NotOpen."""
    report = read_report(materials.specs / "reports" / f"{edition}.md")
    figures = only_open(materials.inputs[f"disseminated/{edition}/figures"])
    content = compose(report, figures, materials)
    return [
        Draft(
            name=f"disseminated/{edition}/report",
            table=_table(content["sentences"]),
            title=f"{report.head.series}, n° {report.head.number} : le rapport et ses phrases",
            description="Chaque phrase avec les cases publiées dont elle dépend.",
            variables=SENTENCES,
            source=SOURCE,
            vintage=edition,
            files={
                PDF: typeset(page("report"), inputs={"report": {**content, "sentences": []}}),
                DATA: json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n",
            },
        )
    ]


def compose(report: Report, figures: Dataset, materials: Materials) -> dict[str, Any]:
    """Return the whole content of a report, ready to be set in type or shown: blocks, notes, sentences."""
    edition = report.head.edition
    publications = load_publications(materials.specs / "publications" / edition)
    compared = materials.inputs.get(f"disseminated/{edition}/{EVOLUTIONS}")
    words = Figures(
        figures.table,
        checksums={name.rpartition("/")[2]: dataset.card.checksum for name, dataset in materials.inputs.items()},
        evolutions=None if compared is None else compared.table,
        indicators=load_indicators(materials.specs / "indicators"),
        groups=report.head.groups,
    )
    domains = {name: domain_labels(table, materials.specs) for name, table in publications.items()}
    composer = _Composer(Prose(words), Drawer(words, publications, domains))
    blocks = composer.blocks(report.blocks)
    notes = [composer.prose.write(report.notes[name]) for name in composer.prose.notes]
    body = next((place for place, block in enumerate(blocks) if block["kind"] == "heading" and block["level"] == 2), 0)
    return {
        "edition": edition,
        "series": report.head.series,
        "number": report.head.number,
        "date": report.head.date.isoformat(),
        "published": in_french(report.head.date),
        "authors": list(report.head.authors),
        "simulated": figures.card.simulated,
        "title": blocks[0]["sentences"],
        "summary": blocks[1:body],
        "blocks": blocks[body:],
        "notes": notes,
        "left_out": _left_out(composer.prose),
        "sentences": composer.prose.sentences,
    }


class _Composer:
    """Turns the blocks of a report into data, in order, numbering charts and maps."""

    def __init__(self, prose: Prose, drawer: Drawer) -> None:
        self.prose, self.drawer = prose, drawer
        self._numbers = {"chart": 0, "map": 0}

    def blocks(self, blocks: Iterable[Block]) -> list[dict[str, Any]]:
        return [made for made in map(self._block, blocks) if made]

    def _block(self, block: Block) -> dict[str, Any] | None:
        if isinstance(block, Box):
            return {"kind": "box", "blocks": self.blocks(block.blocks)}
        if isinstance(block, Drawn):
            return self._drawn(block)
        sentences = self.prose.write(block.sentences)
        if not sentences:
            return None
        if isinstance(block, Heading):
            return {"kind": "heading", "level": block.level, "sentences": sentences}
        return {"kind": "item" if block.bullet else "paragraph", "sentences": sentences}

    def _drawn(self, drawn: Drawn) -> dict[str, Any]:
        spec = drawn.spec
        kind = "chart" if isinstance(spec, Chart) else "map"
        self._numbers[kind] += 1
        made = self.drawer.chart(spec) if isinstance(spec, Chart) else self.drawer.map(spec)
        said = {"title": self.prose.write([drawn.title]), "reading": self.prose.write(drawn.reading)}
        return {"kind": kind, "rank": self._numbers[kind], **said, **made}


def _left_out(prose: Prose) -> list[dict[str, Any]]:
    return [{"count": count, "why": REASONS[reason]} for reason, count in sorted(prose.left_out().items())]


def in_french(day: date) -> str:
    """Write a date in French: « 1er novembre 2026 »."""
    return f"{'1er' if day.day == 1 else number(day.day)} {MONTHS[day.month - 1]} {day.year}"


def _table(sentences: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    rows = [
        {"sentence": said["id"], "state": said["state"], "reason": said["reason"], "text": said["text"], **_kept(cell)}
        for said in sentences
        for cell in said["cells"] or [{}]
    ]
    kinds = {"number": pl.Float64}
    return pl.DataFrame(rows, schema={item.name: kinds.get(item.kind, pl.String) for item in SENTENCES})


def _kept(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cell.get(name) for name in ("table", "indicator", "measure", "domain", "estimate", "checksum")}
