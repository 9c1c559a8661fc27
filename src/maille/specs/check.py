"""Checking a whole folder of specifications: each file alone, then what they say of each other."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from maille.catalogue import DatasetNotFound, Store
from maille.specs.bands import TOTAL, load_bands
from maille.specs.campaign import load_campaign
from maille.specs.crossing import crossing_problems
from maille.specs.disclosure import load_disclosure
from maille.specs.document import read_document
from maille.specs.editing import Editing, check_editing, load_editing
from maille.specs.evolution import EVOLUTIONS, Evolution, load_evolution
from maille.specs.indicator import AMOUNTS, Indicator, load_indicator
from maille.specs.message import load_messages
from maille.specs.precision import Simulated, load_precision
from maille.specs.problem import SpecInvalid, SpecProblem, in_order, nearest, nearest_or_list
from maille.specs.publication import PARTICIPATION, Publication, load_participation, load_publication
from maille.specs.quality import load_quality
from maille.specs.questionnaire import Questionnaire
from maille.specs.release import check_releases, load_releases
from maille.specs.report import Report, read_report
from maille.specs.report_check import check_report, known_figures
from maille.specs.research import load_research
from maille.specs.rule import Kind, Rule
from maille.specs.rule_check import check_rule
from maille.specs.sample import Frame, SamplePlan, check_margins, load_sample
from maille.specs.simulation import Simulation, load_simulation
from maille.specs.source import source_problems
from maille.specs.survey import Places, read_questionnaire
from maille.specs.survey_check import check_references
from maille.specs.targets import TargetFile, load_target_file

T = TypeVar("T")


def require_valid_specs(folder: Path) -> None:
    """Raise SpecInvalid, listing every problem, unless the folder of specifications is valid."""
    problems = check_specs(folder)
    if problems:
        raise SpecInvalid(problems)


def check_specs(folder: Path) -> list[SpecProblem]:
    """Return every problem of a folder of specifications, in order of file and line; none when it is valid."""
    return _Checker(folder).run()


class _Checker:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[SpecProblem] = []
        self.questionnaires: dict[Path, tuple[Questionnaire, Places]] = {}
        self.indicators: dict[str, Indicator] = {}
        self.schemes: dict[str, tuple[str, ...]] = {}
        self.published: dict[str, set[str]] = {}

    def run(self) -> list[SpecProblem]:
        """Check every file, then what files say of each other."""
        if not self.folder.is_dir():
            return [SpecProblem(str(self.folder), 1, None, "ce dossier n’existe pas.", "Indiquer le dossier specs.")]
        schemes = self._load(load_bands, self.folder / "bands.yaml")
        self.schemes = {name: scheme.codes() for name, scheme in (schemes or {}).items()}
        self._load(load_disclosure, self.folder / "disclosure.yaml")
        precision = self._load(load_precision, self.folder / "precision.yaml")
        for path in self._questionnaire_files():
            loaded = self._load(read_questionnaire, path)
            if loaded is not None:
                self.questionnaires[path] = loaded
        for path in self._files("indicators/*.yaml"):
            self._indicator(path)
        if precision is not None and precision.simulated is not None:
            self.problems.extend(self._simulated(self.folder / "precision.yaml", precision.simulated))
        self.problems.extend(source_problems(self.folder))
        self._texts()
        self.problems.extend(crossing_problems(self.folder, self.indicators))
        if schemes is not None:
            self._dependents()
            for path in self._files("reports/*.md"):
                self._with(read_report, path, self._report)
        return in_order(self.problems)

    def _texts(self) -> None:
        for path in self._files("messages/*"):
            self._load(load_messages, path)
            self._load(load_campaign, path)
        for path in self._files("research/*.yaml"):
            self._load(load_research, path)
        for path in self._files("quality/*.md"):
            self._load(load_quality, path)

    def _dependents(self) -> None:
        for path in self._files("samples/*.yaml"):
            self._with(load_sample, path, self._sample)
        self._every("simulations/*.yaml", load_simulation, _simulation)
        self._every("editing/*.yaml", load_editing, self._editing)
        self._every("releases/*.yaml", load_releases, check_releases)
        self._every("targets/*.yaml", load_target_file, self._targets)
        for path in self._files("publications/*/*.yaml"):
            if path.stem == PARTICIPATION:
                self._load(load_participation, path)
            elif path.stem == EVOLUTIONS:
                self._with(load_evolution, path, self._evolution)
            else:
                self._with(load_publication, path, self._publication)
        self._references()

    def _questionnaire_files(self) -> Iterator[Path]:
        for path in [*self._files("questionnaires/*.md"), *self._files("questionnaires/[!~]*.xlsx")]:
            if path.suffix == ".xlsx" and path.with_suffix(".md").exists():
                hint = f"Garder {path.with_suffix('.md').name} ou {path.name}."
                self.problems.append(SpecProblem(str(path), 1, None, "ce questionnaire est écrit deux fois.", hint))
            else:
                yield path

    def _files(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern))

    def _load(self, load: Callable[[Path], T], path: Path) -> T | None:
        try:
            return load(path)
        except SpecInvalid as error:
            self.problems.extend(problem for problem in error.problems if problem not in self.problems)
            return None

    def _every(
        self, pattern: str, load: Callable[[Path], T], check: Callable[[Path, T], Iterable[SpecProblem]]
    ) -> None:
        for path in self._files(pattern):
            self._with(load, path, check)

    def _with(self, load: Callable[[Path], T], path: Path, check: Callable[[Path, T], Iterable[SpecProblem]]) -> None:
        loaded = self._load(load, path)
        if loaded is not None:
            self.problems.extend(check(path, loaded))

    def _references(self) -> None:
        for path, (questionnaire, places) in self.questionnaires.items():
            others = {other.survey: other for other in self._asked(questionnaire.universe) if other != questionnaire}
            found = check_references(str(path), questionnaire, places, others=others, published=self.published)
            self.problems.extend(found)

    def _asked(self, universe: str) -> list[Questionnaire]:
        return [found for found, _places in self.questionnaires.values() if found.universe == universe]

    def _latest(self, universe: str) -> Questionnaire | None:
        """Return the questionnaire that indicators are computed on: that of the latest edition of a universe."""
        return max(self._asked(universe), key=lambda found: found.edition_year or 0, default=None)

    def _indicator(self, path: Path) -> None:
        indicator = self._load(load_indicator, path)
        if indicator is None:
            return
        self.indicators[indicator.id] = indicator
        questionnaire = self._latest(indicator.universe)
        if questionnaire is not None:
            self.problems.extend(_check_indicator(path, indicator, questionnaire))

    def _known(self, path: Path, name: str, *, at: tuple[str | int, ...]) -> Iterator[SpecProblem]:
        if name not in self.indicators:
            message = f"indicateur inconnu « {name} »."
            yield read_document(path).problem(message, at=at, hint=nearest_or_list(name, self.indicators))

    def _simulated(self, path: Path, simulated: Simulated) -> Iterator[SpecProblem]:
        for name, measures in simulated.figures.items():
            at = ("simulated", "figures", name)
            yield from self._known(path, name, at=at)
            for measure in measures if name in self.indicators else ():
                if measure not in self.indicators[name].measures:
                    hint = nearest_or_list(measure, self.indicators[name].measures)
                    yield read_document(path).problem(f"mesure inconnue « {measure} ».", at=(*at, measure), hint=hint)

    def _sample(self, path: Path, plan: SamplePlan) -> Iterator[SpecProblem]:
        for universe, part in plan.universes.items():
            at = ("universes", universe)
            yield from self._known(path, part.anticipated_indicator, at=(*at, "anticipated_indicator"))
            for position, asked in enumerate(part.allocation.precision):
                if asked.indicator is not None:
                    yield from self._known(path, asked.indicator, at=(*at, "allocation", "precision", position))
            for position, cut in enumerate(part.winsorising):
                for name in cut.indicators:
                    yield from self._winsorised(path, name, at=(*at, "winsorising", position, "indicators"))
            yield from _frame(path, part.frame, at=(*at, "frame"))
        yield from _coordination(path, plan)
        yield from check_margins(path, plan)

    def _winsorised(self, path: Path, name: str, *, at: tuple[str | int, ...]) -> Iterator[SpecProblem]:
        yield from self._known(path, name, at=at)
        found = self.indicators.get(name)
        if found is not None and (found.kind not in ("total", "mean") or found.universe != at[1]):
            message = f"« {name} » n’est ni un total ni une moyenne de cet univers : il ne se winsorise pas."
            yield read_document(path).problem(message, at=at)

    def _editing(self, path: Path, editing: Editing) -> Iterable[SpecProblem]:
        asked = [found for found, _places in self.questionnaires.values() if found.survey == editing.edition]
        return check_editing(path, editing, {found.universe: found for found in asked})

    def _targets(self, path: Path, file: TargetFile) -> Iterator[SpecProblem]:
        self.published[path.stem] = {target.indicator for target in file.targets}
        for position, target in enumerate(file.targets):
            at = ("targets", position)
            yield from self._known(path, target.indicator, at=(*at, "indicator"))
            for band in target.bands:
                yield from self._band(path, target.scheme, band, at=(*at, "bands"))
            for source in target.source.split("/"):
                if source not in file.sources:
                    hint = nearest_or_list(source, file.sources)
                    yield read_document(path).problem(f"source inconnue « {source} ».", at=(*at, "source"), hint=hint)
        for position, count in enumerate(file.frame):
            yield from self._band(path, count.scheme, count.band, at=("frame", position, "band"))

    def _band(self, path: Path, scheme: str, band: str, *, at: tuple[str | int, ...]) -> Iterator[SpecProblem]:
        if band not in self.schemes[scheme]:
            hint = nearest_or_list(band, self.schemes[scheme])
            yield read_document(path).problem(f"tranche inconnue « {band} » dans « {scheme} ».", at=at, hint=hint)

    def _publication(self, path: Path, table: Publication) -> Iterator[SpecProblem]:
        document = read_document(path)
        if table.edition != path.parent.name:
            hint = f"Écrire « edition: {path.parent.name} »."
            yield document.problem("l’édition n’est pas celle du dossier.", at=("edition",), hint=hint)
        for position, name in enumerate(table.indicators):
            at = ("indicators", position)
            yield from self._known(path, name, at=at)
            if name in self.indicators:
                for message in _misfits(table, self.indicators[name]):
                    yield document.problem(message, at=at)
        yield from self._conclusion(path, table)
        known = (*table.indicators, TOTAL)
        for position, identity in enumerate(table.identities):
            for name in (identity.total, *identity.parts):
                if name not in known:
                    message = f"« {name} » n’est pas dans le tableau."
                    yield document.problem(message, at=("identities", position), hint=nearest_or_list(name, known))

    def _evolution(self, path: Path, table: Evolution) -> Iterator[SpecProblem]:
        if not (self.folder / "targets" / f"{table.before}.yaml").is_file():
            known = [file.stem for file in self._files("targets/*.yaml")]
            hint = nearest_or_list(table.before, known)
            yield read_document(path).problem(f"édition sans chiffres « {table.before} ».", at=("before",), hint=hint)
        for position, item in enumerate(table.breaks):
            for name in item.indicators:
                yield from self._known(path, name, at=("breaks", position))

    def _report(self, path: Path, report: Report) -> Iterator[SpecProblem]:
        try:
            known = known_figures(self.folder, path.stem, self.indicators)
        except SpecInvalid:  # said where those tables are checked
            return
        yield from check_report(report, known)

    def _conclusion(self, path: Path, table: Publication) -> Iterator[SpecProblem]:
        domains = (*self.schemes.get(table.bands or "", ()), TOTAL)
        bound = table.conclusion
        named = (
            ("indicator", bound.indicator, table.indicators),
            ("measure", bound.measure, table.measures),
            ("domain", bound.domain, domains),
        )
        for key, name, known in named:
            if name not in known:
                message = f"la conclusion cite « {name} », qui n’est pas dans le tableau."
                hint = nearest_or_list(name, known)
                yield read_document(path).problem(message, at=("conclusion", key), hint=hint)


def _simulation(path: Path, simulation: Simulation) -> Iterator[SpecProblem]:
    """Compare the designs of a simulation with the plan of its edition."""
    document, plan = read_document(path), path.parents[1] / "samples" / path.name
    if not plan.exists():
        yield document.problem("cette édition n’a pas de plan de sondage.", at=("edition",), hint=f"Écrire {plan}.")
        return
    for position, design in enumerate(simulation.designs):
        for universe, drawing in design.universes.items():
            most = load_sample(plan).universes[universe].frame.units
            if drawing.total > most:
                message = f"ce tirage demande {drawing.total} unités, l’univers n’en a que {most}."
                yield document.problem(message, at=("designs", position, "universes", universe, "total"), hint=None)


def _coordination(path: Path, plan: SamplePlan) -> Iterator[SpecProblem]:
    """Compare what a plan says of another edition with its plan, and with how units are drawn here and were there."""
    if plan.coordination is None:
        return
    document, former = read_document(path), plan.coordination.edition
    others = sorted(other.stem for other in path.parent.glob("*.yaml") if other != path)
    if former not in others:
        message = f"pas de plan pour l’édition « {former} »."
        hint = nearest_or_list(former, others) if others else "Écrire son plan à côté de celui-ci."
        yield document.problem(message, at=("coordination", "with"), hint=hint)
    for universe, part in plan.universes.items():
        if part.selection.kind != "simple":
            message = "un échantillon se coordonne par ses numéros aléatoires, que ce tirage ne suit pas."
            at = ("universes", universe, "selection", "kind")
            yield document.problem(message, at=at, hint="Écrire « kind: simple », ou retirer « coordination ».")
    if former in others and plan.coordination.kind != "none":
        for drawn in _drawn_otherwise(path.with_name(f"{former}.yaml"), plan):
            message = f"le tirage de « {former} » ({drawn}) n’a pas suivi ses numéros aléatoires : rien à coordonner."
            hint = "Écrire « kind: none », ou retirer « coordination »."
            yield document.problem(message, at=("coordination", "with"), hint=hint)


def _drawn_otherwise(path: Path, plan: SamplePlan) -> Iterator[str]:
    """Yield the universes that the plan of a file drew without following their numbers; a wrong plan says it itself."""
    try:
        former = load_sample(path)
    except SpecInvalid:
        return
    shared = (name for name in plan.universes if name in former.universes)
    yield from (name for name in shared if former.universes[name].selection.kind != "simple")


def _frame(path: Path, frame: Frame, *, at: tuple[str | int, ...]) -> Iterator[SpecProblem]:
    """Compare what a plan says of its frame with the territory."""
    from maille.territory import reference_folder  # late: it brings the geometry, which reading a rule can do without

    document, store = read_document(path), Store(reference_folder())
    try:
        units = int(store.read(frame.dataset).table["in_survey"].sum())
    except DatasetNotFound:
        message = f"base de sondage inconnue « {frame.dataset} »."
        yield document.problem(message, at=(*at, "dataset"), hint=nearest(frame.dataset, store.names("territory/")))
        return
    if units != frame.units:
        message = f"« {frame.dataset} » compte {units} unités dans le champ, et non {frame.units}."
        yield document.problem(message, at=(*at, "units"), hint=f"Écrire « units: {units} ».")


def _misfits(table: Publication, indicator: Indicator) -> Iterator[str]:
    if indicator.universe != table.universe:
        yield f"« {indicator.id} » porte sur {indicator.universe}, le tableau sur {table.universe}."
    if not set(indicator.measures) & set(table.measures):
        yield f"« {indicator.id} » n’a de phrase pour aucune mesure du tableau."
    for measure in table.measures:
        if indicator.kind == "share" and measure not in (*indicator.measures, AMOUNTS):
            yield f"« {indicator.id} » n’a pas de phrase pour la mesure « {measure} »."


def _check_indicator(path: Path, indicator: Indicator, questionnaire: Questionnaire) -> Iterator[SpecProblem]:
    rules: dict[str, tuple[Rule | None, Kind]] = {
        "numerator": (indicator.numerator, "boolean"),
        "among": (indicator.among, "boolean"),
        "value": (indicator.value, "number"),
        "below": (indicator.below, "number"),
    }
    faults: list[tuple[str, str, str | None]] = [
        (key, fault.message, fault.hint)
        for key, (rule, kind) in rules.items()
        if rule is not None
        for fault in check_rule(rule, questionnaire, wanted=kind)
    ]
    names = [question.name for question in questionnaire.variables()]
    if indicator.question not in names:
        hint = nearest_or_list(indicator.question, names)
        faults.append(("question", f"variable inconnue « {indicator.question} ».", hint))
    if faults:
        document = read_document(path)
        yield from (document.problem(message, at=(key,), hint=advice) for key, message, advice in faults)
