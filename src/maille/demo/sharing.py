"""Who acts with whom: what a commune says of its intercommunalité is what the intercommunalité says, but by mistake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from maille.demo.latent import Latent
from maille.demo.questions import Columns, says, ticked
from maille.demo.wording import several
from maille.demo.working import Bools, Sharing, load_working

_ELSEWHERE = {"departement": 0.62, "autre": 0.10}
_NEARBY = (0.30, 0.48, 0.72, 0.86, 0.95)
_THROUGH_CCAS = 0.65
_THROUGH_CIAS = 0.45


@dataclass(frozen=True)
class Neighbours:
    """What the intercommunalité of each commune does, in the order of the communes: false where there is none."""

    acts: Bools
    cias: Bools
    domains: Mapping[str, Bools]
    shares: Mapping[str, pl.Series]
    services: Mapping[str, Bools]


def neighbours(sirens: Sequence[str | None], epci: pl.DataFrame, *, services: Sequence[str]) -> Neighbours:
    """Return what the intercommunalités of some communes answer; ``epci`` is the result of ``synthetic_epci``."""
    names = list(load_working().epci.domaines)
    units = pl.DataFrame({"siren": sirens}, schema={"siren": pl.String})
    table = units.join(epci, on="siren", how="left", maintain_order="left")
    return Neighbours(
        acts=says(table["action"], "oui"),
        cias=says(table["cias"], "oui"),
        domains={name: ticked(table["domaines"], name) for name in names},
        shares={name: table[f"partage_{name}"] for name in names},
        services={name: ticked(table["etablissements"], name) for name in services},
    )


def shared_competence(hidden: Latent, domains: pl.Series, *, names: Sequence[str]) -> Columns:
    """Return, for intercommunalités, who exercises the competence in each domain."""
    values = load_working().epci
    columns = {}
    for name in names:
        noise = hidden.noise(f"partage {name}")
        acting = ticked(domains, name) ^ (hidden.noise(f"partage faux {name}") < values.wrong)
        mine = np.where(noise < values.shared, "partagee", "epci")
        others = np.where(noise < 0.80, "communes", np.where(noise < 0.92, "personne", "nsp"))
        columns[f"partage_{name}"] = pl.Series(np.where(acting, mine, others).tolist(), dtype=pl.String)
    return columns


def actors(hidden: Latent, known: Columns, around: Neighbours) -> Columns:
    """Return, for communes, who acts in each domain, how the competence is shared, and who else is there."""
    values = load_working().communes.sharing
    columns = {"territoire_acteurs": _others(hidden, around)}
    for name in values.departement:
        columns[f"acteurs_{name}"] = _actors(hidden, name, known=known, around=around)
        columns[f"transfert_{name}"] = _transfer(hidden, name, known=known, around=around)
    return columns


def _others(hidden: Latent, around: Neighbours) -> pl.Series:
    near = np.asarray(_NEARBY)[hidden.band]
    return several(
        {
            "epci": around.acts & (hidden.noise("autres epci") < load_working().communes.sharing.seen),
            "departement": hidden.noise("autres departement") < _ELSEWHERE["departement"],
            "association": hidden.noise("autres association") < near,
            "autre": hidden.noise("autres autre") < _ELSEWHERE["autre"],
        },
        nobody="personne",
    )


def _actors(hidden: Latent, name: str, *, known: Columns, around: Neighbours) -> pl.Series:
    values = load_working().communes.sharing
    mine = ticked(known["domaines"], name) | (hidden.noise(f"acteurs faux {name}") < values.wrong)
    by_ccas = mine & says(known["ccas"], "oui") & (hidden.noise(f"acteurs ccas {name}") < _THROUGH_CCAS)
    theirs = around.domains[name] & (hidden.noise(f"acteurs epci {name}") < values.seen)
    theirs |= hidden.noise(f"acteurs epci faux {name}") < values.wrong
    by_cias = theirs & around.cias & (hidden.noise(f"acteurs cias {name}") < _THROUGH_CIAS)
    found = {
        "commune": mine & ~by_ccas,
        "ccas": by_ccas,
        "epci": theirs & ~by_cias,
        "cias": by_cias,
        "departement": hidden.noise(f"acteurs departement {name}") < values.departement[name],
        "association": _associations(hidden, name, values),
    }
    nobody = ~np.any(list(found.values()), axis=0)
    lost = nobody & (hidden.noise(f"acteurs nsp {name}") < 4 * values.unsure)
    return several(found | {"personne": nobody & ~lost, "nsp": lost})


def _associations(hidden: Latent, name: str, values: Sharing) -> Bools:
    near = np.asarray(_NEARBY)[hidden.band]
    return np.asarray(hidden.noise(f"acteurs association {name}") < values.association[name] * near)


def _transfer(hidden: Latent, name: str, *, known: Columns, around: Neighbours) -> pl.Series:
    """Return what the intercommunalité says, in the words of a commune; who is not sure of it does not say it."""
    words = {"epci": "transferee", "partagee": "partagee", "communes": "commune", "personne": "commune"}
    said = around.shares[name].replace_strict(words, default="nsp", return_dtype=pl.String).to_numpy()
    noise = hidden.noise(f"transfert {name}")
    unsure = (noise < load_working().communes.sharing.unsure) | ~says(known["epci_competence"], "oui")
    wrong = noise > 1 - 10 * load_working().communes.sharing.wrong
    answer = np.where(unsure, "nsp", np.where(wrong, "partagee", said))
    return pl.Series(answer.tolist(), dtype=pl.String)
