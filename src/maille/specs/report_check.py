"""What a report says of the tables: every figure that it names is published, in a form that fits it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maille.specs.bands import TOTAL, load_bands
from maille.specs.evolution import EVOLUTIONS, load_evolution
from maille.specs.indicator import AMOUNTS, Indicator
from maille.specs.problem import Place, SpecProblem, nearest_or_list
from maille.specs.publication import Publication, load_publications
from maille.specs.report import Chart, Drawn, Group, Heading, Report
from maille.specs.report_text import CALL, Bound, Found, Rank, Reference, Sentence, forms_of, misfit
from maille.specs.targets import load_targets

TERRITORIES = {"REG-": "region", "DEP-": "departement"}


@dataclass(frozen=True)
class Known:
    """What a report may name: tables, indicators, codes of the bands of each table, and figures with an evolution."""

    publications: Mapping[str, Publication]
    indicators: Mapping[str, Indicator]
    domains: Mapping[str, Sequence[str]]
    evolutions: frozenset[Reference]


def known_figures(folder: Path, edition: str, indicators: Mapping[str, Indicator]) -> Known:
    """Return what a report of an edition may name, from a folder of specifications; raises SpecInvalid."""
    tables = folder / "publications" / edition
    publications = load_publications(tables)
    schemes = load_bands(folder / "bands.yaml")
    bands = {name: schemes[table.bands].codes() if table.bands else () for name, table in publications.items()}
    compared = tables / f"{EVOLUTIONS}.yaml"
    if not compared.is_file():
        return Known(publications, indicators, bands, frozenset())
    targets = load_targets(folder / "targets" / f"{load_evolution(compared).before}.yaml")
    evolutions = {
        Reference(EVOLUTIONS, target.indicator, target.measure, target.bands[0] if target.bands else TOTAL)
        for target in targets
        if len(target.bands) < 2
    }
    return Known(publications, indicators, bands, frozenset(evolutions))


def check_report(report: Report, known: Known) -> Iterator[SpecProblem]:
    """Yield every problem of a report: figures that are not published, forms that do not fit, notes not written."""
    for place, message, hint in _Check(report, known).run():
        yield place.problem(report.file, message, hint)
    if report.head.edition != Path(report.file).stem:
        hint = f"Écrire « edition: {Path(report.file).stem} »."
        yield Place(1, 1).problem(report.file, "l’édition n’est pas celle du fichier.", hint)


@dataclass(frozen=True)
class _Check:
    report: Report
    known: Known

    def run(self) -> Iterator[Found]:
        first = self.report.blocks[0] if self.report.blocks else None
        if not isinstance(first, Heading) or first.level != 1 or len(first.sentences) != 1:
            yield Place(1, 1), "le rapport commence par son titre, une phrase.", "Écrire « # … » après l’en-tête."
        for name, group in self.report.head.groups.items():
            for reference in members(group):
                yield from self._reference(reference, Place(1, 1), f"groupe « {name} » : ")
        for block in self.report.blocks:
            if isinstance(block, Heading):
                yield from _heading(block)
        for drawn in self.report.drawn():
            yield from self._drawn(drawn)
        for sentence in self.report.sentences():
            yield from self._sentence(sentence)

    def _sentence(self, sentence: Sentence) -> Iterator[Found]:
        for bound in sentence.bounds:
            yield from self._bound(bound)
        for name in CALL.findall(sentence.template):
            if name not in self.report.notes:
                yield sentence.place, f"la note « {name} » n’est pas écrite.", f"Écrire « [^{name}]: … »."

    def _drawn(self, drawn: Drawn) -> Iterator[Found]:
        spec = drawn.spec
        chart = isinstance(spec, Chart)
        names = spec.indicators if isinstance(spec, Chart) else (spec.indicator,)
        measures = spec.measures if isinstance(spec, Chart) else (spec.measure,)
        for name in names:
            for measure in measures:
                domain = spec.domain if isinstance(spec, Chart) else TOTAL
                yield from self._reference(Reference(spec.table, name, measure, domain), drawn.place)
        table = self.known.publications.get(spec.table)
        if table and not chart and "region" not in table.cuts:
            yield drawn.place, f"« {spec.table} » n’est pas publié par région.", None
        units = {self.known.indicators[name].unit for name in names if name in self.known.indicators}
        if len(units) > 1:
            yield drawn.place, f"un graphique a une seule unité, et non {', '.join(sorted(units))}.", None

    def _bound(self, bound: Bound) -> Iterator[Found]:
        measures = []
        for operand in bound.operands:
            if isinstance(operand, Reference):
                yield from self._reference(operand, bound.place)
                measures.append(operand.measure)
            elif isinstance(operand, float):
                continue
            elif operand.group in self.report.head.groups:
                measures.append(self.report.head.groups[operand.group].measure)
                yield from self._rank(operand, bound.place)
            else:
                hint = nearest_or_list(operand.group, self.report.head.groups)
                yield bound.place, f"groupe inconnu « {operand.group} ».", hint
        if measures:
            found = misfit(bound, forms_of(bound, measures[0]))
            if found:
                yield (bound.place, *found)
        if len(measures) == 2 and (AMOUNTS in measures) and measures[0] != measures[1]:
            yield bound.place, f"« {bound.written} » compare une part et un montant.", None

    def _rank(self, rank: Rank, place: Place) -> Iterator[Found]:
        size = len(self.report.head.groups[rank.group].indicators)
        if rank.rank > size:
            yield place, f"le groupe « {rank.group} » n’a que {size} chiffres.", None

    def _reference(self, named: Reference, place: Place, before: str = "") -> Iterator[Found]:
        if named.table == EVOLUTIONS:
            if named not in self.known.evolutions:
                yield place, f"{before}pas d’évolution publiée pour « {named} ».", None
            return
        table = self.known.publications.get(named.table)
        if table is None:
            hint = nearest_or_list(named.table, self.known.publications)
            yield place, f"{before}tableau inconnu « {named.table} ».", hint
            return
        if TERRITORIES.get(named.domain[:4]) in table.cuts:
            named = replace(named, domain=TOTAL)
        known = (
            ("indicateur", named.indicator, table.indicators),
            ("mesure", named.measure, table.measures),
            ("domaine", named.domain, (*self.known.domains.get(named.table, ()), TOTAL)),
        )
        for what, name, names in known:
            if name not in names:
                message = f"{before}{what} « {name} » absent du tableau « {named.table} »."
                yield place, message, nearest_or_list(name, names)


def _heading(heading: Heading) -> Iterator[Found]:
    """Yield what is wrong in a title: without a figure that it needs, the text below would have none."""
    for sentence in heading.sentences:
        if sentence.bounds and sentence.otherwise is None:
            yield sentence.place, "ce titre ne dit pas ce qui le remplace.", "Le faire suivre de « (sinon : …) »."


def members(group: Group) -> tuple[Reference, ...]:
    """Return the figures of a group."""
    return tuple(Reference(group.table, name, group.measure, group.domain) for name in group.indicators)
