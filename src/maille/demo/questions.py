"""The answers to the questions that no published result bounds: actions, services, links, parts of the means."""

import numpy as np
import polars as pl

from maille.demo import recipes
from maille.demo.latent import Latent
from maille.demo.recipes import Numbers
from maille.demo.wording import one_of, only, several
from maille.demo.working import Bools, Questions

Columns = dict[str, pl.Series]

PLACES = {
    "creche": "places_creche",
    "residence_autonomie": "places_residence_autonomie",
    "ehpad": "places_ehpad",
    "hebergement_urgence": "places_hebergement_urgence",
    "saad": "personnes_saad",
    "portage": "personnes_portage",
    "teleassistance": "personnes_teleassistance",
    "epicerie": "menages_epicerie",
}
"""The variable that counts what a service can take in."""

_EURO_A_POST = 38_000
_MOST_OF_SPENDING = 0.8
_TYPED_WRONG = 0.01
"""Share of the authorities whose detail goes beyond the total: the pages ask them why."""


def ticked(column: pl.Series, code: str) -> Bools:
    """Tell which units have ticked a code; those that have not answered have not."""
    return column.list.contains(code).fill_null(False).to_numpy()


def says(column: pl.Series, code: str) -> Bools:
    """Tell which units have answered a code."""
    return (column == code).fill_null(False).to_numpy()


def answers(hidden: Latent, values: Questions, *, known: Columns, numbers: Numbers) -> Columns:
    """Return the columns that only depend on the working values; ``numbers`` takes the new ones in.

    ``known`` are the columns already drawn: domains, benefits. A column has an answer for everyone, asked
    or not: the path of the questionnaire decides what is given.
    """
    columns = {name: recipes.one(hidden, name, recipe) for name, recipe in values.one.items()}
    columns |= {name: recipes.many(hidden, name, recipe) for name, recipe in values.several.items()}
    columns |= _actions(hidden, values)
    columns |= _links(hidden, values)
    columns["domaine_principal"] = _main_domain(hidden, known["domaines"], names=list(values.actions))
    for name, recipe in values.counts.items():
        drawn, unknown = recipes.count(hidden, name, recipe)
        numbers.add(name, drawn, unknown=unknown, decimals=recipe.decimals)
    _means(hidden, values, known=known, numbers=numbers)
    _population(hidden, numbers)
    return columns


def capacities(hidden: Latent, values: Questions, names: dict[str, str], *, numbers: Numbers) -> None:
    """Add the places of each service; ``names`` gives the variable of a service."""
    for service, name in names.items():
        recipe = values.services[service].capacity
        if recipe is not None:
            drawn, unknown = recipes.count(hidden, name, recipe)
            numbers.add(name, drawn, unknown=unknown)


def managers(hidden: Latent, values: Questions, service: str, *, otherwise: str) -> pl.Series:
    """Return who manages a service, wherever it is."""
    shares = {code: recipes.by_band(hidden, share) for code, share in values.services[service].managers.items()}
    return one_of(hidden.noise(f"gestion {service}"), shares, otherwise=otherwise)


def _actions(hidden: Latent, values: Questions) -> Columns:
    """Return the actions of every domain: the first of the list is the commonest."""
    common = recipes.by_band(hidden, values.first_action)
    columns = {}
    for domain, weights in values.actions.items():
        name = f"actions_{domain}"
        drawn = {code: recipes.rank(hidden, f"{name} {code}") < common * weight for code, weight in weights.items()}
        drawn[next(iter(weights))] |= ~np.any(list(drawn.values()), axis=0)
        columns[name] = several(drawn)
    return columns


def _links(hidden: Latent, values: Questions) -> Columns:
    columns = {}
    for partner in values.partners:
        name = f"lien_{partner}"
        drawn = several(recipes.chosen(hidden, name, values.links))
        columns[name] = only(drawn, among=hidden.noise(f"vide {name}") >= _TYPED_WRONG)
    return columns


def _main_domain(hidden: Latent, domains: pl.Series, *, names: list[str]) -> pl.Series:
    """Return one of the domains ticked, or by mistake any other."""
    wrong = hidden.noise("domaine principal") < _TYPED_WRONG / 3
    weights = [
        hidden.noise(f"principal {name}") * (0.2 + ticked(domains, name).mean()) + (ticked(domains, name) | wrong)
        for name in names
    ]
    return pl.Series(np.array(names, dtype=object)[np.argmax(weights, axis=0)].tolist(), dtype=pl.String)


def _means(hidden: Latent, values: Questions, *, known: Columns, numbers: Numbers) -> None:
    """Add the parts of the aid, of the staff and of the spending, none beyond its total but by mistake."""
    wrong = np.where(hidden.noise("saisie") < _TYPED_WRONG, 1.5, 1.0)
    nobody = np.zeros(hidden.band.size, dtype=bool)
    given = {kind: weight * says(known[kind], "oui").astype(np.float64) for kind, weight in values.benefits.items()}
    for kind, euros in recipes.split(hidden, numbers.values["montant_aides"], given).items():
        numbers.add(f"montant_{kind}", euros * (wrong if kind == "nature" else 1), unknown=_unsure(hidden, kind))
    jobs = {job: np.full(hidden.band.size, share, dtype=np.float64) for job, share in values.jobs.items()}
    for job, posts in recipes.split(hidden, numbers.values["etp"], jobs, step=0.1).items():
        numbers.add(f"etp_{job}", posts, unknown=_unsure(hidden, job), decimals=1)
    spent = numbers.values["depenses"]
    wages = np.minimum(numbers.values["etp"] * _EURO_A_POST, _MOST_OF_SPENDING * spent) * wrong
    numbers.add("depenses_personnel", wages, unknown=_unsure(hidden, "personnel"))
    shared = 0.1 * hidden.noise("subventions") ** 2 * spent
    numbers.add("subventions_associations", shared, unknown=nobody)
    for name, recipe in values.parts.items():
        drawn, unknown = recipes.part(hidden, name, recipe, whole=numbers.values[recipe.of])
        numbers.add(name, drawn, unknown=unknown)


def _population(hidden: Latent, numbers: Numbers) -> None:
    """Add the population that the authority confirms; a few correct it, fewer mistype it."""
    noise = hidden.noise("population")
    said = np.where(noise < 0.02, np.ceil(hidden.population * 1.02), hidden.population)
    said = np.where(noise < _TYPED_WRONG / 5, hidden.population * 10, said)
    numbers.add("population_municipale", said, unknown=np.zeros(noise.size, dtype=bool))


def _unsure(hidden: Latent, name: str) -> Bools:
    return np.asarray(hidden.noise(f"inconnu {name}") < 0.04)
