"""The working values of the simulated population, read from ``working_values.yaml``."""

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

WORKING_VALUES = Path(__file__).with_name("working_values.yaml")
"""What the simulated population is drawn from: not code, and what depends on it says so."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scheme(_Frozen):
    """A way to cut communes by population: codes of the bands and the lower limit of each."""

    codes: tuple[str, ...]
    lower: tuple[float, ...]

    def assign(self, population: Floats) -> Ints:
        """Return the position of each population's band."""
        return (np.searchsorted(np.asarray(self.lower), population, side="right") - 1).astype(np.int64)


class Rates(_Frozen):
    """A share of each band, in the order of the bands, and where it comes from."""

    rates: tuple[float, float, float, float, float]
    source: str


class Values(_Frozen):
    """Plain values, and where they come from."""

    values: tuple[float, ...]
    source: str


class Amount(_Frozen):
    """A lognormal amount: median for 1,000 inhabitants by band, spread of its logarithm, share that cannot say."""

    per_thousand: tuple[float, ...]
    spread: float
    unknown: tuple[float, ...]
    source: str


ByBand = tuple[float, ...]
"""One value a band, or one for all of them."""


class One(_Frozen):
    """The share of each code of a single choice; what is left says ``otherwise``."""

    shares: dict[str, ByBand]
    otherwise: str


class Several(_Frozen):
    """The rate of each code of a multiple choice; whoever has none says ``otherwise``; ``empty`` leave it blank."""

    rates: dict[str, ByBand]
    otherwise: str
    empty: float = 0.0


class Count(_Frozen):
    """A lognormal number: median, for 1,000 inhabitants unless ``flat``; ``zero`` is the share that has none."""

    median: ByBand
    flat: bool = False
    spread: float
    most: float | None = None
    zero: ByBand = (0.0,)
    unknown: float
    decimals: int = 0


class Part(_Frozen):
    """A lognormal share of another number, never more than ``most`` of it."""

    of: str
    share: float
    spread: float
    most: float = 1.0
    zero: ByBand = (0.0,)
    unknown: float


class Service(_Frozen):
    """An establishment or a service: how often it is there, who manages it, how large it is."""

    present: ByBand
    managers: dict[str, ByBand]
    capacity: Count | None = None


class Questions(_Frozen):
    """What rules the answers to the questions that no published result bounds."""

    source: str
    one: dict[str, One]
    several: dict[str, Several]
    counts: dict[str, Count]
    parts: dict[str, Part]
    services: dict[str, Service]
    actions: dict[str, dict[str, float]]
    first_action: ByBand
    partners: tuple[str, ...]
    links: dict[str, ByBand]
    jobs: dict[str, float]
    benefits: dict[str, float]


class Sharing(_Frozen):
    """Who else acts on the territory of a commune, domain by domain, and how well it is known."""

    source: str
    departement: dict[str, float]
    association: dict[str, float]
    seen: float
    wrong: float
    unsure: float


class CommuneValues(_Frozen):
    """What rules the answers of communes."""

    sans_action_epci_competent: Rates
    sans_action_nulle_part: Rates
    aucun_domaine: Rates
    sept_domaines: Rates
    moyenne_sept_domaines: Values
    domaines: dict[str, Rates]
    prestations: dict[str, Rates]
    nature_types: dict[str, Rates]
    organisation: dict[str, Rates]
    partenaires: dict[str, Rates]
    partenaires_sans_action: Values
    abs: dict[str, Rates]
    abs_annees: dict[int, float]
    moyens: dict[str, Amount]
    fonction: dict[str, Rates]
    questions: Questions
    sharing: Sharing


class EpciValues(_Frozen):
    """What rules the answers of intercommunalités: shares, by type for the competence."""

    competence: dict[str, float]
    interet_communautaire: float
    cias: float
    convention_departement: float
    action_competente: float
    action_sans_competence: float
    domaines: dict[str, float]
    prestations: dict[str, float]
    nature_types: dict[str, float]
    etablissements: dict[str, float]
    partenaires: dict[str, float]
    moyens: dict[str, Amount]
    fonction: dict[str, float]
    questions: Questions
    shared: float
    wrong: float


class ResponseValues(_Frozen):
    """What modulates the response, on the logit scale, and when the collection is open."""

    region: float
    size: float
    commune: float
    started: float
    opens: date
    closes: date
    site_closes: date


class Tendencies(_Frozen):
    """Weights of the hidden tendencies in the score that ranks the communes of a band."""

    size: float
    commune: float
    region: float
    epci: float
    own: float


class Working(_Frozen):
    """All working values of the simulation."""

    schemes: dict[str, Scheme]
    communes: CommuneValues
    epci: EpciValues
    tendencies: Tendencies
    response: ResponseValues


@cache
def load_working() -> Working:
    """Return the working values that come with the code."""
    return Working.model_validate(YAML(typ="safe", pure=True).load(WORKING_VALUES.read_text(encoding="utf-8")))
