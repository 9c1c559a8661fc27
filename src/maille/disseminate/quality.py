"""The quality report as people and programs read it: Markdown and JSON, its text filled with the protected numbers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from maille.catalogue import Draft, Materials
from maille.catalogue.cells import table_csv
from maille.disseminate.tables import SOURCE, only_open
from maille.specs import TOTAL, load_bands, load_indicators, load_publications, load_questionnaire, quantity
from maille.specs.quality import BOUND, MEASURES, OUTCOMES, Heading, load_quality, quality_file
from maille.specs.questionnaire import UNIVERSES, questionnaire_file

TITLE = "Rapport qualité"
METHOD = ("3", "4", "5", "7", "13", "18")
"""The headings that make the note of method."""
UNIVERSE_NAMES = {"communes": "Communes", "epci": "Intercommunalités", "tous": "Ensemble des tableaux"}
KIND_NAMES = {
    "size_band": "Par taille",
    "question": "Question par question",
    "table": "Tableau par tableau",
    "outcome": "Issue de la collecte",
    "indicator": "Indicateur par indicateur",
}
_WORST = 10
_MISSING = {"secret": "secret", "unavailable": "non disponible"}
Row = Mapping[str, Any]


def publish_quality(edition: str, materials: Materials) -> Sequence[Draft]:
    """Return the quality report of an edition, its texts being its companions. Raises NotOpen."""
    measures = only_open(materials.inputs[f"protected/{edition}/quality-measures"])
    files = quality_texts(edition, measures.table, materials.specs, simulated=measures.card.simulated)
    return [
        Draft(
            name=f"disseminated/{edition}/quality-report",
            table=measures.table,
            title=TITLE,
            description="Les rubriques sont celles de SIMS 2.0 (Eurostat).",
            variables=measures.card.variables,
            source=SOURCE,
            vintage=edition,
            files={**files, "quality.csv": table_csv(measures.table)},
        )
    ]


def quality_texts(edition: str, measures: pl.DataFrame, specs: Path, *, simulated: bool) -> dict[str, bytes]:
    """Return ``quality.json``, ``quality.md`` and the note of method ``method.md``, UTF-8."""
    written = _Written(measures, _labels(edition, specs))
    headings = [written.heading(heading) for heading in load_quality(specs / quality_file(edition)).headings]
    warning = "DONNÉES SIMULÉES : ces chiffres ne décrivent aucune collectivité réelle." if simulated else ""
    report = {"edition": edition, "title": TITLE, "warning": warning, "headings": headings}
    kept = [heading for heading in headings if heading["code"] in METHOD]
    return {
        "quality.json": json.dumps(report, ensure_ascii=False, indent=1).encode() + b"\n",
        "quality.md": _markdown(f"{TITLE}, {edition}", warning, headings),
        "method.md": _markdown(f"Note de méthode, {edition}", warning, kept),
    }


def _labels(edition: str, specs: Path) -> dict[str, dict[str, str]]:
    """Return the labels of the domains by kind of domain, in the order in which tables list them."""
    bands = load_bands(specs / "bands.yaml").values()
    asked: dict[str, str] = {}
    for universe in UNIVERSES:
        questionnaire = load_questionnaire(specs / questionnaire_file(specs, edition, universe))
        asked |= {question.name: question.label for question in questionnaire.variables()}
    tables = load_publications(specs / "publications" / edition)
    return {
        "size_band": {band.code: band.label for scheme in bands for band in scheme.bands},
        "table": {name: f"{item.number}. {item.title}" for name, item in tables.items()},
        "question": asked,
        "outcome": OUTCOMES,
        "indicator": {name: item.title for name, item in load_indicators(specs / "indicators").items()},
    }


class _Written:
    """The measures of a report, as its text and its tables write them."""

    def __init__(self, measures: pl.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> None:
        self._rows = list(measures.iter_rows(named=True))
        self._labels = labels
        self._known = {(row["measure"], row["universe"], row["domain"]): row for row in self._rows}

    def heading(self, heading: Heading) -> dict[str, Any]:
        """Return a heading with its text filled and its tables."""
        blocks = [
            {"kind": block.kind, "runs": [{"text": self._filled(run.text), "strong": run.strong} for run in block.runs]}
            for block in heading.blocks
        ]
        return {"code": heading.code, "title": heading.title, "blocks": blocks, "tables": list(self._tables(heading))}

    def _filled(self, text: str) -> str:
        return BOUND.sub(self._bound, text)

    def _bound(self, match: re.Match[str]) -> str:
        key = (match["measure"], match["universe"] or "tous", match["domain"] or TOTAL)
        row = self._known.get(key)
        return _said(row) if row is not None else _MISSING["unavailable"]

    def _tables(self, heading: Heading) -> Iterator[dict[str, Any]]:
        named = [name for name, item in MEASURES.items() if item.heading == heading.code]
        totals = [row for name in named for row in self._rows if row["measure"] == name and row["domain"] == TOTAL]
        if totals:
            yield {"title": "En nombres", "head": ["Mesure", "Définition", "Valeur"], "rows": list(_spread(totals))}
        groups: dict[tuple[str, ...], list[str]] = {}
        for row in self._rows:
            if row["measure"] in named and row["domain"] != TOTAL:
                alone = row["measure"] if row["domain_type"] == "question" else ""
                kept = groups.setdefault((row["universe"], row["domain_type"], alone), [])
                kept += [] if row["measure"] in kept else [row["measure"]]
        yield from (self._crossed(universe, kind, measures) for (universe, kind, _), measures in groups.items())

    def _crossed(self, universe: str, kind: str, measures: Sequence[str]) -> dict[str, Any]:
        """Return one table: a line a domain, a column a measure; of questions, the ten highest."""
        found = {domain for name, whose, domain in self._known if name == measures[0] and whose == universe} - {TOTAL}
        known = [domain for domain in self._labels[kind] if (measures[0], universe, domain) in self._known]
        domains = [*known, *sorted(found.difference(self._labels[kind]))]
        title = f"{KIND_NAMES[kind]} : {UNIVERSE_NAMES[universe].lower()}"
        if kind == "question":
            title = f"{MEASURES[measures[0]].label}, les plus élevées : {UNIVERSE_NAMES[universe].lower()}"
            domains = sorted(found, key=lambda one: (-(self._known[measures[0], universe, one]["value"] or 0), one))
            domains = domains[:_WORST]
        notes = (
            f"{MEASURES[name].label} : {MEASURES[name].definition[0].lower()}{MEASURES[name].definition[1:]}"
            for name in measures
        )
        return {
            "title": title,
            "head": ["", *(MEASURES[name].label for name in measures)],
            "note": " ".join(notes),
            "rows": [
                [self._labels[kind].get(domain, domain), *(self._cell(name, universe, domain) for name in measures)]
                for domain in domains
            ],
        }

    def _cell(self, measure: str, universe: str, domain: str) -> str:
        row = self._known.get((measure, universe, domain))
        return "—" if row is None else _said(row)


def _spread(totals: Sequence[Row]) -> Iterator[list[str]]:
    for row in totals:
        item = MEASURES[row["measure"]]
        whom = "" if row["universe"] == "tous" else f", {UNIVERSE_NAMES[row['universe']].lower()}"
        yield [f"{item.label}{whom}", item.definition, _said(row)]


def _said(row: Row) -> str:
    if row["value"] is None:
        return _MISSING.get(str(row["status"]), "")
    item = MEASURES[row["measure"]]
    coarse = row["domain_type"] in ("size_band", "question")
    return quantity(row["value"], item.unit, 0 if coarse else item.decimals).strip()


def _markdown(title: str, warning: str, headings: Sequence[Mapping[str, Any]]) -> bytes:
    lines = [f"# {title}", ""]
    if warning:
        lines += [f"**{warning}**", ""]
    for heading in headings:
        lines += [f"## S.{heading['code']} {heading['title']}", ""]
        for block in heading["blocks"]:
            text = "".join(f"**{run['text']}**" if run["strong"] else run["text"] for run in block["runs"])
            lines += [f"- {text}"] if block["kind"] == "item" else [text, ""]
        lines.append("")
        for table in heading["tables"]:
            lines += [f"### {table['title']}", "", *_markdown_table(table), ""]
    return "\n".join(lines).encode()


def _markdown_table(table: Mapping[str, Any]) -> Iterator[str]:
    width = len(table["rows"][0])
    yield "| " + " | ".join(table["head"]) + " |"
    yield "|" + "---|" * width
    for row in table["rows"]:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
