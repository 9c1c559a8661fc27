"""The simulated country: one full set of true answers for each commune of the field.

The rates of the working values are met exactly, band by band; which commune does what follows its size, its région,
its intercommunalité and a tendency of its own. Nothing here is a statistic: docs/explications/population-simulee.md.
"""

import numpy as np
import polars as pl

from maille.demo.competence import competent, with_cias
from maille.demo.domains import domains
from maille.demo.latent import Latent, latent, pick, pick_within
from maille.demo.means import Activity, means
from maille.demo.questions import PLACES, answers, capacities, managers, says
from maille.demo.recipes import Numbers, by_band, rank
from maille.demo.sharing import Neighbours, actors, neighbours
from maille.demo.wording import number, one_of, only, several, yes_no
from maille.demo.working import Bools, load_working

REMARKS = (
    "Réponse préparée avec le secrétariat de mairie.",
    "Les montants sont ceux du compte administratif.",
    "Le portage des repas est assuré avec la commune voisine.",
    "Le CCAS a été dissous, ses missions sont exercées par la commune.",
)
_REMARKING = 0.02
_SIZE_AMONG_LARGE = 0.3
"""Weight of size where the published share of the population (E1p, F1p) leaves the largest cities some exceptions."""

_SERVED_BY_EPCI = 0.35
"""Share of the communes of an intercommunalité that have its service on their own territory."""


def synthetic_communes(
    communes: pl.DataFrame, epci: pl.DataFrame, *, seed: int, complete: bool = False
) -> pl.DataFrame:
    """Return the true answers of every commune of the survey's field, simulated, sorted by code.

    ``communes`` has the columns of territory/communes-2026; communes with ``in_survey`` false are left out. ``epci``
    is what ``synthetic_epci`` gives with the same seed. The result has code, epci, region, population, factor (the
    hidden tendency, n(0, 1)) and one column per variable of the communes' questionnaire: codes as text, lists for
    several choices. A commune has an opinion on what it is not asked: the path of the questionnaire decides what it
    gives. A number that is asked and null is one that it cannot give, unless all are ``complete``; a choice that is
    null is left blank.
    """
    field = communes.filter(pl.col("in_survey")).sort("code")
    hidden = latent(field, seed=seed, complete=complete)
    sirens, types = field["epci"].to_list(), field["epci_type"].to_list()
    competence = competent(sirens, types, seed=seed)
    acts = _acting(hidden, competence)
    organisation = _organisation(hidden, acts, competence=competence, cias=with_cias(sirens, competence, seed=seed))
    values = load_working().communes.questions
    benefits, numbers = _benefits(hidden, acts)
    columns = {
        "factor": pl.Series(hidden.factor),
        "fonction": _fonction(hidden),
        **organisation,
        "action": yes_no(acts),
        "domaines": several(domains(hidden, acts), among=acts),
        **benefits,
        "partenaires": several(_partners(hidden, acts)),
        **_analysis_of_needs(hidden),
        "remarques": _remarks(hidden),
    }
    around = neighbours(sirens, epci, services=[name for name in values.services if name != "teleassistance"])
    columns |= answers(hidden, values, known=columns, numbers=numbers)
    columns |= actors(hidden, columns, around)
    columns |= _services(hidden, columns["ccas"], around)
    capacities(hidden, values, PLACES, numbers=numbers)
    return field.select("code", "epci", "region", "population").with_columns(**columns, **numbers.columns())


def _services(hidden: Latent, ccas: pl.Series, around: Neighbours) -> dict[str, pl.Series]:
    """Return what is on the territory and who manages it: often the intercommunalité where it says that it does."""
    values = load_working().communes.questions
    present: dict[str, Bools] = {}
    columns: dict[str, pl.Series] = {}
    for name, service in values.services.items():
        nearby = around.services.get(name, np.zeros_like(around.acts)) & (
            hidden.noise(f"epci {name}") < _SERVED_BY_EPCI
        )
        present[name] = nearby | (rank(hidden, f"present {name}") < by_band(hidden, service.present))
        said = managers(hidden, values, name, otherwise="autre").to_numpy()
        said = np.where((said == "ccas") & ~says(ccas, "oui"), "commune", said)
        columns[f"gestion_{name}"] = pl.Series(np.where(nearby, "epci", said).tolist(), dtype=pl.String)
    return {"services_presents": several(present), **columns}


def _acting(hidden: Latent, competence: Bools) -> Bools:
    values = load_working().communes
    idle = -hidden.score("action")
    with_epci = pick(idle, bands=hidden.band, rates=values.sans_action_epci_competent.rates, among=competence)
    nowhere = pick(idle, bands=hidden.band, rates=values.sans_action_nulle_part.rates, among=~competence)
    return ~with_epci & ~nowhere


def _fonction(hidden: Latent) -> pl.Series:
    shares = {code: np.asarray(row.rates)[hidden.band] for code, row in load_working().communes.fonction.items()}
    return one_of(hidden.noise("fonction"), shares, otherwise="secretaire")


def _organisation(hidden: Latent, acts: Bools, *, competence: Bools, cias: Bools) -> dict[str, pl.Series]:
    rates = load_working().communes.organisation
    share = np.asarray(rates["ne_sait_pas"].rates)[hidden.band]

    def unsure(name: str) -> Bools:
        return np.asarray(hidden.noise(f"nsp {name}") < share)

    def chosen(name: str, size: float | None = None) -> Bools:
        return pick(hidden.score(name, size=size), bands=hidden.band, rates=rates[name].rates)

    ccas = chosen("ccas")
    budget = pick_within(hidden.score("budget"), bands=hidden.band, rates=rates["ccas_budget"].rates, among=ccas)
    convention = chosen("convention_departement", _SIZE_AMONG_LARGE)
    # A commune without any action always knows whether its EPCI acts: the identity A2 = A3 + A4 needs it.
    lost = unsure("competence") & acts
    return {
        "ccas": yes_no(ccas, unsure=unsure("ccas")),
        "ccas_budget": yes_no(budget, among=ccas, unsure=unsure("budget")),
        "epci_competence": yes_no(competence & ~lost, unsure=lost),
        "cias": yes_no(cias, among=competence & ~lost, unsure=unsure("cias")),
        "convention_departement": yes_no(convention, unsure=unsure("convention")),
        "domiciliation": yes_no(chosen("domiciliation"), unsure=unsure("domiciliation")),
    }


def _benefits(hidden: Latent, acts: Bools) -> tuple[dict[str, pl.Series], Numbers]:
    rates = {name: row.rates for name, row in load_working().communes.prestations.items()}
    helps = pick(hidden.score("prestations"), bands=hidden.band, rates=rates["une_au_moins"], among=acts)
    in_kind = pick(hidden.score("nature"), bands=hidden.band, rates=rates["nature"], among=helps)
    # Whoever helps gives in kind or in cash: those who give nothing in kind come first.
    cash_score = hidden.score("secours") + np.where(in_kind, 0, 1e6)
    cash = pick(cash_score, bands=hidden.band, rates=rates["secours"], among=helps)
    loans = pick(hidden.score("avances"), bands=hidden.band, rates=rates["avances"], among=cash)
    vouchers = pick(hidden.score("cap"), bands=hidden.band, rates=rates["cap"], among=cash)
    given = {"nature": in_kind, "secours": cash, "avances": loans, "cap": vouchers}
    columns = {name: yes_no(mask, among=acts) for name, mask in given.items()}
    columns["nature_types"] = _kinds(hidden, in_kind)
    return columns, means(hidden, Activity(acts, helps), load_working().communes.moyens)


def _kinds(hidden: Latent, in_kind: Bools) -> pl.Series:
    rates = load_working().communes.nature_types
    chosen = {
        name: pick_within(hidden.score(f"nature {name}"), bands=hidden.band, rates=row.rates, among=in_kind)
        for name, row in rates.items()
    }
    chosen["colis"] |= in_kind & ~np.any(list(chosen.values()), axis=0)
    return several(chosen, among=in_kind)


def _partners(hidden: Latent, acts: Bools) -> dict[str, Bools]:
    values = load_working().communes
    rare = hidden.noise("partenaires sans action") < values.partenaires_sans_action.values[0]
    chosen = {
        name: pick_within(hidden.score(f"partenaire {name}"), bands=hidden.band, rates=row.rates, among=acts)
        for name, row in values.partenaires.items()
    }
    chosen["departement"] |= ~acts & rare
    return chosen


def _analysis_of_needs(hidden: Latent) -> dict[str, pl.Series]:
    values = load_working().communes
    rates = {name: row.rates for name, row in values.abs.items()}
    bands = hidden.abs_band
    done = pick(hidden.score("abs", size=_SIZE_AMONG_LARGE), bands=bands, rates=rates["abs"])
    planned = pick(hidden.score("abs prevue"), bands=bands, rates=rates["abs_prevue"], among=~done)
    yearly = pick_within(hidden.score("abs annuelle"), bands=bands, rates=rates["annuelle"], among=done)
    # Shares of all that have one, drawn among those that do not renew it every year.
    often_rates = [often / (1 - every) for often, every in zip(rates["plusieurs"], rates["annuelle"], strict=True)]
    often = pick_within(hidden.score("abs plusieurs"), bands=bands, rates=often_rates, among=done & ~yearly)
    frequency = {"annuelle": yearly.astype(float), "plusieurs": often.astype(float)}
    authors = {name: np.asarray(rates[name])[bands] for name in ("prestataire", "mutualisee")}
    unsure = hidden.noise("abs nsp") < np.asarray(values.organisation["ne_sait_pas"].rates)[hidden.band]
    return {
        "abs": yes_no(done),
        "abs_annee": number(_years(hidden, yearly), asked=done),
        "abs_frequence": only(one_of(np.zeros(done.size), frequency, otherwise="une"), among=done),
        "abs_auteur": only(one_of(hidden.noise("abs auteur"), authors, otherwise="interne"), among=done),
        "abs_prevue": yes_no(planned, among=~done, unsure=unsure),
    }


def _years(hidden: Latent, yearly: Bools) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    shares = load_working().communes.abs_annees
    years = np.array(sorted(shares), dtype=np.float64)
    edges = np.cumsum([shares[int(year)] for year in years])
    drawn = years[np.searchsorted(edges / edges[-1], hidden.noise("abs annee"))]
    return np.where(yearly, np.where(hidden.noise("abs recente") < 0.8, 2024, 2023), drawn)


def _remarks(hidden: Latent) -> pl.Series:
    uniform = hidden.noise("remarques")
    which = np.floor(uniform / _REMARKING * len(REMARKS)).astype(int)
    return pl.Series([REMARKS[k] if k < len(REMARKS) else None for k in which], dtype=pl.String)
