"""The simulated intercommunalités: one full set of true answers each, all of them working values."""

from dataclasses import replace

import numpy as np
import polars as pl

from maille.demo.competence import competent, with_cias
from maille.demo.latent import Latent, codes, epci_tendency, pick, pick_within
from maille.demo.means import Activity, means
from maille.demo.questions import PLACES, answers, capacities, managers, says
from maille.demo.recipes import Numbers
from maille.demo.sharing import shared_competence
from maille.demo.wording import number, one_of, several, yes_no
from maille.demo.working import Bools, load_working

_OLDEST, _LATEST = 1996, 2023


def synthetic_epci(epci: pl.DataFrame, *, seed: int, complete: bool = False) -> pl.DataFrame:
    """Return the true answers of every EPCI of the survey's field, simulated, sorted by SIREN.

    ``epci`` has the columns of territory/epci-2026; those with ``in_survey`` false are left out. The result has siren,
    region, population, factor and one column per variable of the EPCI questionnaire, written as in
    ``synthetic_communes``. An EPCI says of its competence what its communes say of it.
    """
    field = epci.filter(pl.col("in_survey")).sort("siren")
    hidden = replace(_latent(field, seed), complete=complete)
    sirens = field["siren"].to_list()
    competence = competent(sirens, field["type"].to_list(), seed=seed)
    cias = with_cias(sirens, competence, seed=seed)
    acts = _acting(hidden, competence)
    values = load_working().epci
    benefits, numbers = _benefits(hidden, acts)
    columns = {
        "factor": pl.Series(hidden.factor),
        **_organisation(hidden, competence, cias),
        "action": yes_no(acts),
        "domaines": several(_chosen(hidden, values.domaines, acts), among=acts),
        **benefits,
        "etablissements": several(_managed(hidden, acts)),
        "partenaires": several(_chosen(hidden, values.partenaires, acts)),
        "remarques": pl.Series([None] * field.height, dtype=pl.String),
    }
    columns |= answers(hidden, values.questions, known=columns, numbers=numbers)
    columns |= shared_competence(hidden, columns["domaines"], names=list(values.domaines))
    columns |= _services(hidden, cias, numbers)
    return field.select("siren", "region", "population").with_columns(**columns, **numbers.columns())


def _latent(field: pl.DataFrame, seed: int) -> Latent:
    population = field["population"].to_numpy().astype(np.float64)
    logarithm = np.log(population)
    tendency = epci_tendency(field["siren"], seed=seed)
    one_band = np.zeros(population.size, dtype=np.int64)
    return Latent(
        seed=seed,
        population=population,
        band=one_band,
        abs_band=one_band,
        region=codes(field["region"]),
        size=(logarithm - logarithm.mean()) / (float(logarithm.std()) or 1.0),
        factor=tendency,
        epci=tendency,
        weights=load_working().tendencies,
    )


def _acting(hidden: Latent, competence: Bools) -> Bools:
    values = load_working().epci
    score = hidden.score("epci action")
    with_it = pick_within(score, bands=hidden.band, rates=[values.action_competente], among=competence)
    without = pick_within(score, bands=hidden.band, rates=[values.action_sans_competence], among=~competence)
    return with_it | without


def _organisation(hidden: Latent, competence: Bools, cias: Bools) -> dict[str, pl.Series]:
    values = load_working().epci
    everyone = np.ones_like(competence)
    defined = hidden.noise("epci interet") < values.interet_communautaire
    unsure = hidden.noise("epci nsp") < 0.02
    convention = _chosen(hidden, {"convention": values.convention_departement}, everyone)["convention"]
    years = np.floor(_OLDEST + hidden.noise("epci annee") ** 0.5 * (_LATEST - _OLDEST + 1))
    shares = {code: np.full(competence.size, share) for code, share in values.fonction.items()}
    return {
        "fonction": one_of(hidden.noise("epci fonction"), shares, otherwise="secretaire"),
        "competence": yes_no(competence),
        "interet_communautaire": yes_no(defined, among=competence, unsure=unsure),
        "cias": yes_no(cias),
        "cias_annee": number(years, asked=cias),
        "convention_departement": yes_no(convention, unsure=unsure),
    }


def _managed(hidden: Latent, acts: Bools) -> dict[str, Bools]:
    """Return who has each service: those that act, at the share of all of them; and a few by contradiction."""
    values = load_working().epci
    wrong = ~acts & (hidden.noise("etablissements faux") < values.wrong)
    managed = {
        name: pick(hidden.score(f"epci {name}"), bands=hidden.band, rates=[share], among=acts)
        for name, share in values.etablissements.items()
    }
    managed["rpe"] |= wrong
    return managed


def _services(hidden: Latent, cias: Bools, numbers: Numbers) -> dict[str, pl.Series]:
    values = load_working().epci.questions
    capacities(hidden, values, {name: PLACES[name] for name in values.services if name in PLACES}, numbers=numbers)
    columns = {}
    for service in values.services:
        said = managers(hidden, values, service, otherwise="cias")
        own = pl.Series(np.where(says(said, "cias") & ~cias, "epci", said.to_numpy()).tolist(), dtype=pl.String)
        columns[f"gestion_{service}"] = own
    return columns


def _benefits(hidden: Latent, acts: Bools) -> tuple[dict[str, pl.Series], Numbers]:
    values = load_working().epci
    chosen = _chosen(hidden, values.prestations, acts)
    kinds = _chosen(hidden, values.nature_types, chosen["nature"])
    kinds["demarches"] |= chosen["nature"] & ~np.any(list(kinds.values()), axis=0)
    activity = Activity(acts, np.any(list(chosen.values()), axis=0))
    columns = {name: yes_no(mask, among=acts) for name, mask in chosen.items()}
    columns["nature_types"] = several(kinds, among=chosen["nature"])
    return columns, means(hidden, activity, values.moyens)


def _chosen(hidden: Latent, shares: dict[str, float], among: Bools) -> dict[str, Bools]:
    return {
        name: pick_within(hidden.score(f"epci {name}"), bands=hidden.band, rates=[share], among=among)
        for name, share in shares.items()
    }
