"""Statistical secrecy: what may not be published, what must be hidden with it, and the audit that judges it.

With ``participation``, which hides and audits counts the same way, the only module that lowers a confidentiality.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.estimate import ESTIMATES, SOURCE
from maille.analyse.links import Key, Links, divided_by, key_of, link
from maille.analyse.primary import primary_of
from maille.analyse.said import Said, said
from maille.analyse.shown import published
from maille.catalogue import Confidentiality, Draft, Materials, Variable
from maille.errors import InternalError
from maille.specs import Disclosure, Publication, load_disclosure, load_indicators, load_publications, load_sample
from maille.specs.quotient import Quotient, quotients
from maille.stats.audit import Audit, audit
from maille.stats.suppression import Suppression, hide

_DESCRIBED = {variable.name: variable for variable in ESTIMATES}

CELLS = (
    *(_DESCRIBED[name] for name in ("table", "indicator", "measure", "kind", "unit", "domain_type", "domain")),
    *(_DESCRIBED[name] for name in ("region", "departement")),
    *(_DESCRIBED[name] for name in ("estimate", "standard_error", "ci_low", "ci_high", "cv", "respondents")),
    Variable(name="status", label="Statut du chiffre", kind="code"),
    *(_DESCRIBED[name] for name in ("flag", "decimals")),
    *(_DESCRIBED[name] for name in ("universe", "design_effect", "all_observed", "weight_min", "weight_max")),
    *(_DESCRIBED[name] for name in ("sampled", "universe_size")),
)
AUDIT = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="lower", label="Borne basse de la tranche de taille", kind="integer", unit="habitants"),
    Variable(name="upper", label="Borne haute, exclue", kind="integer", unit="habitants"),
    Variable(name="region", label="Région du domaine", kind="code"),
    Variable(name="departement", label="Département du domaine", kind="code"),
    Variable(name="primary", label="Secret primaire", kind="boolean"),
    Variable(name="value", label="Total caché", kind="number"),
    Variable(name="protection", label="Demi-largeur à garantir", kind="number"),
    Variable(name="low", label="Ce qu’un intrus peut déduire, au moins", kind="number"),
    Variable(name="high", label="Ce qu’un intrus peut déduire, au plus", kind="number"),
)


class SecrecyBroken(InternalError):
    """The audit can narrow a hidden cell below its protection: nothing is published."""


@dataclass(frozen=True)
class System:
    """The linked cells of one measure: their values, what all know of them, and which are secret by themselves.

    The total of a mean or of a ratio is in the unit of the published total that is the same: ``scales`` says how many
    of its own, by universe and indicator.
    """

    links: Links
    values: npt.NDArray[np.float64]
    least: npt.NDArray[np.float64]
    most: npt.NDArray[np.float64]
    primary: npt.NDArray[np.bool_]
    protection: npt.NDArray[np.float64]
    costs: npt.NDArray[np.float64]
    said: Said = field(default_factory=dict)
    scales: Mapping[tuple[str, str], float] = field(default_factory=dict)


Narrowed = Callable[[str, System], System]


def _as_it_is(_measure: str, system: System) -> System:
    return system


def protect_cells(edition: str, materials: Materials, narrowed: Narrowed = _as_it_is) -> list[Draft]:
    """Return the cells that may be published, the others emptied and marked secret, and the audit.

    A cell is secret by itself as ``primary_of`` says, unless larger published ones say the same (``said``). Others are
    hidden wherever an addition between published numbers would narrow it; a figure hidden in one measure is hidden in
    the other, and so is the mean or the ratio that it divides. ``narrowed`` adds to the system of a measure what
    earlier releases ask of it (``releases``). Raises SecrecyBroken, ProtectionImpossible.
    """
    rules = load_disclosure(materials.specs / "disclosure.yaml")
    publications = list(load_publications(materials.specs / "publications" / edition).values())
    estimates = materials.inputs[f"analysed/{edition}/estimates"].table
    frames = _frames(edition, materials)
    divided = quotients(load_indicators(materials.specs / "indicators"))
    systems = {
        key: narrowed(str(key[0]), system_of(cells, publications, rules, frames=frames, divided=divided))
        for key, cells in estimates.group_by("measure", maintain_order=True)
    }
    systems, hidden_keys = _hidden(systems, divided)
    judged = []
    for (measure,), system in systems.items():
        judged.append(_judge(str(measure), system, hidden_keys))
    return [
        _cells_draft(edition, estimates, hidden_keys, rules=rules),
        _audit_draft(edition, pl.concat(judged)),
    ]


def _hidden(
    systems: Mapping[tuple[object, ...], System], divided: Sequence[Quotient] = ()
) -> tuple[dict[tuple[object, ...], System], set[Key]]:
    """Return the systems, and what is hidden in all of them.

    A cell that larger ones say becomes secret by itself when one of these has to be hidden: then all is begun again.
    """
    hidden: set[Key] = set()
    for system in systems.values():
        again = system.links.among(hidden)
        found = hidden_of(replace(system, costs=np.where(again, 0.0, system.costs)))
        hidden |= {key for key, place in system.links.position.items() if found.hidden[place]}
    hidden |= divided_by(hidden, divided)
    left = {key: _said_by(system, hidden) for key, system in systems.items()}
    if any(left[key] is not system for key, system in systems.items()):
        return _hidden(left, divided)
    return left, hidden


def _said_by(system: System, hidden: set[Key]) -> System:
    """Return the system where a cell that a hidden one said is secret by itself again."""
    unsaid = {key for key, larger in system.said.items() if larger & hidden}
    if not unsaid:
        return system
    primary = system.primary | system.links.among(unsaid)
    return replace(system, primary=primary, said={key: system.said[key] for key in system.said.keys() - unsaid})


def hidden_of(system: System) -> Suppression:
    """Return the cells of a measure that are hidden, for the least loss. Raises ProtectionImpossible."""
    return hide(
        system.values,
        equations=system.links.equations,
        primary=system.primary,
        protection=system.protection,
        costs=system.costs,
        bounds=(system.least, system.most),
    )


def _frames(edition: str, materials: Materials) -> dict[str, pl.DataFrame]:
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    return {
        universe: materials.inputs[part.frame.dataset].table.filter(pl.col("in_survey"))
        for universe, part in plan.universes.items()
    }


def system_of(
    cells: pl.DataFrame,
    publications: Sequence[Publication],
    rules: Disclosure,
    *,
    frames: Mapping[str, pl.DataFrame] | None = None,
    divided: Sequence[Quotient] = (),
) -> System:
    """Return the linked cells of one measure with what secrecy asks for each.

    ``cells`` are estimates of one measure; what is secret, and how far it must stay uncertain, is ``primary_of``'s. The
    totals of all units (« ensemble » of an identity) are known to everybody.
    """
    links = link(cells, publications, frames=frames, divided=divided)
    count = len(links.position)
    values, most, protection = np.full(count, np.nan), np.full(count, np.inf), np.zeros(count)
    primary, costs = np.zeros(count, dtype=bool), np.full(count, np.inf)
    found = primary_of(cells, rules)
    small = {key_of(row) for row in cells.filter(found.secret).iter_rows(named=True)}
    told = {key: larger for key, larger in said(cells, rules, frames or {}).items() if key in small}
    sizes, scales = _sizes(cells), _scales(cells, divided)
    for row, secret, wanted in zip(cells.iter_rows(named=True), found.secret, found.protection, strict=True):
        key = key_of(row)
        place = links.position[key]
        scale = scales.get(key[:2], 1.0)
        values[place] = (row["total"] or 0.0) / scale
        known = sizes[row["universe"], *key[2:]] if row["kind"] == "share" else np.inf
        most[place] = max(known, values[place])
        primary[place] |= secret and key not in told
        protection[place] = max(protection[place], wanted / scale)
        # A figure too imprecise to be shown costs nothing to hide.
        costs[place] = _worth(key) * max(abs(values[place]), 1.0) if row["estimate"] is not None else 1e-3
    least = np.where(values < 0, -np.inf, 0.0)
    return _settled(System(links, values, least, most, primary, protection, costs, told, scales))


def _scales(cells: pl.DataFrame, divided: Sequence[Quotient]) -> dict[tuple[str, str], float]:
    published = set(cells.select("universe", "indicator").iter_rows())
    return {
        (quotient.universe, quotient.rate): quotient.scale
        for quotient in divided
        if (quotient.universe, quotient.top) in published
    }


def _worth(key: Key) -> float:
    """Return what a figure of this level is worth to readers: the country's before those of its parts."""
    *_, region, departement = key
    return 100.0 if region is None else 10.0 if departement is None else 1.0


def _sizes(cells: pl.DataFrame) -> dict[tuple[object, ...], float]:
    """Return what each domain has of the measure: the denominator of a share among some of its units may be hidden."""
    domain = ["lower", "upper", "region", "departement"]
    shares = cells.filter(pl.col("kind") == "share").group_by("universe", *domain).agg(pl.col("whole").max())
    return {row[:-1]: float(row[-1] or 0.0) for row in shares.iter_rows()}


def _settled(system: System) -> System:
    """Fill the cells that everybody knows, and drop the additions that these data do not satisfy.

    An addition broken by unknown answers tells the intruder nothing exact.
    """
    equations = system.links.equations
    values = system.values.copy()
    for place in np.flatnonzero(np.isnan(values)):
        line = equations[[int(equations[:, [place]].nonzero()[0][0])]]
        values[place] = (line @ np.nan_to_num(values))[0]
    unseen = system.links.among(system.links.unseen)
    most = np.where(np.isnan(system.values) & ~unseen, values, system.most)
    gaps = np.abs(equations @ values)
    exact = gaps <= 1e-7 * np.maximum(abs(equations) @ np.abs(values), 1.0)
    kept = replace(system.links, equations=equations[np.flatnonzero(exact)])
    costs = np.where(unseen, 0.0, system.costs)
    return replace(system, links=kept, values=values, most=most, costs=costs)


def _judge(measure: str, system: System, hidden_keys: set[Key]) -> pl.DataFrame:
    keys = list(system.links.position)
    hidden = system.links.among(hidden_keys)
    wanted = np.where(system.primary, system.protection, 0.0)
    verdict = audit(
        system.values, hidden, equations=system.links.equations, bounds=(system.least, system.most), protection=wanted
    )
    if len(verdict.unsafe):
        cell = keys[int(verdict.unsafe[0])]
        raise SecrecyBroken(
            "l’audit retrouve une case cachée de trop près : rien n’est publié.",
            where=f"{measure}, {cell}",
            got=f"{len(verdict.unsafe)} case(s)",
            hint="signalez-le : la suppression secondaire et l’audit se contredisent.",
        )
    return _audit_table(measure, system, verdict, hidden=hidden)


def _audit_table(measure: str, system: System, verdict: Audit, *, hidden: npt.NDArray[np.bool_]) -> pl.DataFrame:
    hidden = hidden & ~system.links.among(system.links.unseen)
    keys = [key for key, secret in zip(system.links.position, hidden, strict=True) if secret]
    scale = np.array([system.scales.get(key[:2], 1.0) for key in keys])
    return pl.DataFrame(
        {
            "universe": [key[0] for key in keys],
            "measure": [measure] * len(keys),
            "indicator": [key[1] for key in keys],
            "lower": [key[2] for key in keys],
            "upper": pl.Series([key[3] for key in keys], dtype=pl.Int64),
            "region": pl.Series([key[4] for key in keys], dtype=pl.String),
            "departement": pl.Series([key[5] for key in keys], dtype=pl.String),
            "primary": system.primary[hidden],
            "value": system.values[hidden] * scale,
            "protection": system.protection[hidden] * scale,
            "low": verdict.low[hidden] * scale,
            "high": np.where(np.isfinite(verdict.high[hidden]), verdict.high[hidden] * scale, np.nan),
        },
        schema_overrides={
            "universe": pl.String,
            "indicator": pl.String,
            "lower": pl.Int64,
            "measure": pl.String,
        },
    )


def _cells_draft(
    edition: str,
    estimates: pl.DataFrame,
    hidden_keys: set[Key],
    *,
    rules: Disclosure,
) -> Draft:
    secret = pl.Series("secret", [key_of(row) in hidden_keys for row in estimates.iter_rows(named=True)])
    table = published(estimates.with_columns(secret), rules)
    return Draft(
        name=f"protected/{edition}/cells",
        table=table.select([variable.name for variable in CELLS]),
        title="Cases publiables, après protection du secret",
        variables=CELLS,
        source=SOURCE,
        vintage=edition,
        confidentiality=Confidentiality.OPEN,
    )


def _audit_draft(edition: str, table: pl.DataFrame) -> Draft:
    return Draft(
        name=f"analysed/{edition}/audit",
        table=table,
        title="Audit du secret : ce qu’un intrus peut déduire de chaque case cachée",
        variables=AUDIT,
        source=SOURCE,
        vintage=edition,
    )
