"""A sample plan: the universes, their strata, how many units are drawn in each, and how answers are weighted."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self, get_args

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from maille.specs.bands import Bands, Identifier, load_bands
from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import SpecProblem
from maille.specs.questionnaire import Universe
from maille.specs.source import Level as SourceLevel
from maille.specs.source_value import SourceMeasure, value_problems, variables_at

Level = Literal["size_band", "region", "departement", "epci_type"]
EpciType = Literal["CC", "CA", "CU", "METRO", "MET69"]


UNIT_LEVELS: dict[Universe, SourceLevel] = {"communes": "commune", "epci": "epci"}
"""The level of a source that gives a value to each unit of a universe."""


class Frame(Frozen):
    """The list that is drawn from: a dataset, and the number of its units that are in the survey."""

    dataset: str
    units: int = Field(gt=0)


class Precision(Frozen):
    """The greatest coefficient of variation, as a share of the estimate, wanted in each domain of a kind.

    ``codes`` restricts it to some domains; ``share`` is what is anticipated of ``indicator`` in each band, without them
    the anticipated indicator of the plan and its shares.
    """

    domain: Literal["total", "size_band", "region", "departement", "epci_type"]
    cv: float = Field(gt=0, lt=1)
    codes: tuple[str, ...] = ()
    indicator: Identifier | None = None
    share: dict[str, float] | None = None

    @model_validator(mode="after")
    def _anticipated(self) -> Self:
        if (self.indicator is None) != (self.share is None):
            raise ValueError(
                "« indicator » et « share » vont ensemble : un indicateur et sa part attendue par tranche."
            )
        return self


class Allocation(Frozen):
    """How the sample is shared between strata: in proportion to size to the power ``power``, for instance.

    ``minimum`` and ``maximum`` bound the units drawn in a stratum, all of them when it has fewer than the minimum.
    ``constrained`` meets every ``precision``: with the smallest sample, at most the total (``aim: smallest``), or as
    nearly as the total allows (``aim: best``).
    """

    kind: Literal["power", "neyman", "proportional", "constrained"]
    power: float = Field(default=0.5, ge=0, le=1)
    minimum: int = Field(default=2, ge=1)
    maximum: int | None = Field(default=None, ge=1)
    aim: Literal["smallest", "best"] = "smallest"
    precision: tuple[Precision, ...] = ()

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if (self.kind == "constrained") != bool(self.precision):
            raise ValueError("« precision » est la liste de l’allocation « constrained », et d’elle seule.")
        if self.maximum is not None and (self.kind != "constrained" or self.maximum < self.minimum):
            raise ValueError("« maximum » borne l’allocation « constrained », au-dessus de « minimum ».")
        return self


class Selection(Frozen):
    """How units are drawn in the strata.

    ``systematic`` goes through the list in ``order``, its variance being that of a simple sample or that of
    ``neighbours``; ``pps`` has chances proportional to the population to the power
    ``power``, certain when they would pass 1; ``cube`` keeps the chances of a simple sample and balances it on
    ``balancing``: population, or the number of units by each code of a level, in the order in which the landing keeps
    them.
    """

    kind: Literal["simple", "systematic", "pps", "cube"] = "simple"
    order: tuple[Literal["region", "departement", "population", "unit"], ...] = ("region", "departement", "population")
    neighbours: bool = False
    power: float = Field(default=1.0, ge=0, le=1)
    balancing: tuple[Literal["population"] | Level, ...] = ()
    landing: Literal["drop", "program"] = "drop"

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        if (self.kind == "cube") != bool(self.balancing):
            raise ValueError("« balancing » est la liste du tirage « cube », et de lui seul.")
        if self.neighbours and self.kind != "systematic":
            raise ValueError("« neighbours » est du tirage « systematic » : les voisines sont celles de sa liste.")
        return self

    def balancing_variables(self, units: pl.DataFrame) -> np.ndarray:
        """Return the variables (n, p) in the order of the plan: an amount as it is, a level one column a code."""
        columns = [np.empty((units.height, 0))]
        for name in self.balancing:
            if name == "population":
                columns.append(units[name].to_numpy().astype(np.float64))
                continue
            for code in sorted(units[name].drop_nulls().unique()):
                columns.append((units[name] == code).fill_null(value=False).to_numpy().astype(np.float64))
        return np.column_stack(columns)

    def places(self, units: pl.DataFrame) -> np.ndarray:
        """Return the place (n,) of each unit in the list that a systematic draw goes through, stratum by stratum."""
        listed = units.select("stratum", *self.order).with_row_index("row").sort("stratum", *self.order)
        place = np.empty(units.height)
        place[listed["row"].to_numpy()] = np.arange(units.height)
        return place


class Coordination(Frozen):
    """Whom to keep of the sample of another edition: as many as can be, as few, or by chance alone.

    ``edition`` is written ``with``, a word that Python keeps.
    """

    edition: str = Field(alias="with")
    kind: Literal["positive", "negative", "none"]


class Merge(Frozen):
    """Strata with fewer than ``below`` units join, inside the same ``within``, one stratum named ``pooled``.

    When the pooled stratum is itself too small, it joins the smallest of the other strata of the same ``within``.
    """

    below: int = Field(ge=2)
    within: Level
    pooled: Identifier


class ResponseGroups(Frozen):
    """Groups inside which answering is taken as equally likely, each with ``minimum_respondents`` at least.

    ``crossing`` crosses the levels ``by``, small groups being merged, last level first; ``score`` cuts at ``quantiles``
    the chances of answering that a logistic model gives to the codes of ``by`` and to the logarithm of ``numbers``,
    its coefficients shrunk by ``ridge``. ``size_bands`` is the scheme of the level ``size_band`` here, that of the
    universe when it is left out: answering varies with size inside the published bands, and so do the indicators.
    """

    kind: Literal["crossing", "score"] = "crossing"
    by: tuple[Level, ...] = ()
    numbers: tuple[Literal["population"], ...] = ()
    quantiles: int | None = Field(default=None, ge=2, le=50)
    ridge: float = Field(default=0.0, ge=0)
    size_bands: Bands | None = None
    minimum_respondents: int = Field(ge=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if not self.by and not (self.kind == "score" and self.numbers):
            raise ValueError("« by » dit ce que les groupes croisent, ou les variables du modèle.")
        if (self.kind == "score") != (self.quantiles is not None):
            raise ValueError("« quantiles » est le nombre de groupes de « kind: score », et de lui seul.")
        if self.kind == "crossing" and (self.numbers or self.ridge):
            raise ValueError("« numbers » et « ridge » sont du modèle de « kind: score ».")
        return self


class Margin(Frozen):
    """Totals that the weights must reproduce: units or population (or both), by each code of ``by``."""

    by: Level
    totals: tuple[Literal["units", "population"], ...] = Field(min_length=1)


class SourceMargin(SourceMeasure):
    """Totals that another source gives: an amount that it has of each unit, or units and population by class of it.

    Without classes, the total is that of ``of`` over the universe, at the level of its units. What to do of units of
    which the source says nothing: ``refuse`` them, or give them a ``class`` of their own, whose number is a margin too.
    """

    id: Identifier
    totals: tuple[Literal["units", "population"], ...] = ()
    missing: Literal["refuse", "class"] = "refuse"

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.quantiles is not None and self.thresholds:
            raise ValueError("les classes sont des « quantiles » ou des seuils (« thresholds »), l’un ou l’autre.")
        if not self.rising():
            raise ValueError("les seuils doivent monter.")
        if bool(self.count) != bool(self.totals):
            raise ValueError("« totals » (units, population) va avec des classes, et avec elles seules.")
        if not self.count and self.per is not None:
            raise ValueError("un rapport (« per ») ne s’additionne pas : le couper en classes, ou l’enlever.")
        if self.id in get_args(Level):
            raise ValueError(f"« {self.id} » est déjà un niveau de la base : donner un autre nom à la marge.")
        return self


class Calibration(Frozen):
    """How weights are calibrated; ``bounds`` are the least and greatest ratio of final to initial weight.

    ``sources`` are margins that other sources give, beside those of the frame.
    """

    method: Literal["linear", "raking", "logit", "truncated"]
    bounds: tuple[float, float] | None = None
    margins: tuple[Margin, ...] = Field(min_length=1)
    sources: tuple[SourceMargin, ...] = ()

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.method in ("logit", "truncated") and self.bounds is None:
            raise ValueError(f"la méthode « {self.method} » demande des bornes.")
        if self.bounds is not None and not self.bounds[0] < 1 < self.bounds[1]:
            raise ValueError("les bornes doivent encadrer 1, par exemple [0.4, 3].")
        if len({item.id for item in self.sources}) < len(self.sources):
            raise ValueError("deux marges de source portent le même nom.")
        return self


class Winsorising(Frozen):
    """Totals and means whose largest values are cut where that lowers the mean squared error of the total.

    A value is compared with the mean of its class, the crossing of ``classes`` among those with ``minimum`` values,
    else of all. ``kind`` 2 lets a unit count for itself above its limit, 1 does not (``stats.outliers``).
    """

    indicators: tuple[Identifier, ...] = Field(min_length=1)
    classes: tuple[Literal["size_band", "region", "departement"], ...] = ("size_band",)
    kind: Literal[1, 2] = 2
    minimum: int = Field(default=10, ge=2)


class UniversePlan(Frozen):
    """The plan of one universe; shares and rates are between 0 and 1, populations in inhabitants.

    ``anticipated_share`` is the share of the indicator ``anticipated_indicator`` expected in each band: it gives the
    expected precision, and the allocation when it is Neyman's.
    """

    frame: Frame
    size_bands: Bands
    strata: tuple[Level, ...] = Field(min_length=1)
    total: int = Field(gt=0)
    take_all_from: int | None = Field(default=None, ge=0)
    take_all_types: tuple[EpciType, ...] = ()
    allocation: Allocation
    selection: Selection = Selection()
    merge: Merge
    expected_response: dict[str, float]
    anticipated_indicator: Identifier
    anticipated_share: dict[str, float]
    response_groups: ResponseGroups
    calibration: Calibration
    winsorising: tuple[Winsorising, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.total > self.frame.units:
            universe = f"l’univers « {self.frame.dataset} » n’en a que {self.frame.units}"
            raise ValueError(f"le tirage demande {self.total} unités, {universe}.")
        codes = set(self.size_bands.codes())
        shares = {"expected_response": self.expected_response, "anticipated_share": self.anticipated_share}
        shares |= {f"precision : {one.indicator}": one.share for one in self.allocation.precision if one.share}
        for name, given in shares.items():
            if set(given) != codes:
                wrong = ", ".join(sorted(set(given) ^ codes))
                raise ValueError(f"« {name} » doit donner une valeur pour chaque tranche : voir {wrong}.")
            if not all(0 <= share <= 1 for share in given.values()):
                raise ValueError(f"« {name} » ne contient que des parts entre 0 et 1.")
        return self


class Collection(Frozen):
    """What is expected of the collection: working hypotheses, shown as such beside what they are used for.

    ``curve`` gives points (share of the collection's time, share of the answers in by then), from (0, 0) to (1, 1);
    ``answers_when_called`` the chance that an authority answers when it is called, by what it has done so far.
    """

    curve: tuple[tuple[float, float], ...] = Field(min_length=2)
    answers_when_called: dict[Literal["never_opened", "started"], float]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.curve[0] != (0, 0) or self.curve[-1] != (1, 1):
            raise ValueError("la courbe va de [0, 0] à [1, 1].")
        for before, after in pairwise(self.curve):
            if not (before[0] < after[0] and before[1] <= after[1]):
                raise ValueError(f"la courbe doit monter avec le temps : voir {list(before)} puis {list(after)}.")
        if not all(0 <= chance <= 1 for chance in self.answers_when_called.values()):
            raise ValueError("« answers_when_called » ne contient que des parts entre 0 et 1.")
        return self


LINEAR = Collection(curve=((0, 0), (1, 1)), answers_when_called={"never_opened": 0.25, "started": 0.5})
"""What is expected of a collection when its plan says nothing: answers at an even pace."""


class SamplePlan(Frozen):
    """The plan of an edition; ``seed`` makes the draw reproducible, and gives each unit its permanent number."""

    edition: str
    title: str
    reference_year: int
    seed: int
    coordination: Coordination | None = None
    collection: Collection = LINEAR
    universes: dict[Universe, UniversePlan]

    @model_validator(mode="after")
    def _own_level(self) -> Self:
        for universe, plan in self.universes.items():
            own = UNIT_LEVELS[universe]
            for item in plan.calibration.sources:
                if not item.count and item.level != own:
                    raise ValueError(
                        f"la marge « {item.id} » est un montant de niveau « {item.level} » : seul un montant de chaque "
                        f"unité (« {own} ») s’additionne sur l’univers ; un territoire se coupe en classes."
                    )
        return self


def load_sample(path: Path) -> SamplePlan:
    """Return the sample plan of a file, with the size bands of ``bands.yaml`` two folders up; raises SpecInvalid."""
    bands = load_bands(path.parent.parent / "bands.yaml")
    return build(read_document(path), SamplePlan, context={"bands": bands})


def check_margins(path: Path, plan: SamplePlan) -> Iterator[SpecProblem]:
    """Yield what is wrong between the margins of a plan and the sources that they name, two folders up."""
    document = read_document(path)
    sources = {found.stem: found for found in (path.parents[1] / "sources").glob("*.yaml")}
    for universe, part in plan.universes.items():
        for position, item in enumerate(part.calibration.sources):
            at = ("universes", universe, "calibration", "sources", position)
            yield from value_problems(document, item, at=at, sources=sources)
            known = variables_at(sources[item.of.source], item.level) if item.of.source in sources else None
            variable = (known or {}).get(item.of.variable)
            if variable is not None and not item.count and not variable.adds_up:
                message = f"« {variable.name} » ne s’additionne pas : ce n’est pas un total."
                hint = "La couper en classes (« quantiles » ou « thresholds »)."
                yield document.problem(message, at=(*at, "of", "variable"), hint=hint)
