"""What changed since the edition before: published figures side by side, their difference and what breaks it."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from maille.analyse.estimate import SOURCE
from maille.catalogue import Confidentiality, Draft, Materials, Variable
from maille.specs import TOTAL, Evolution, Target, load_evolution, load_targets
from maille.stats.differences import edition_differences
from maille.stats.variance import Estimates

EVOLUTIONS = (
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="year_before", label="Année du chiffre précédent", kind="integer"),
    Variable(name="year_after", label="Année de ce chiffre", kind="integer"),
    Variable(name="before", label="Chiffre de l’édition précédente", kind="number", unit="%"),
    Variable(name="after", label="Chiffre de cette édition", kind="number", unit="%"),
    Variable(name="difference", label="Évolution", kind="number", unit="points"),
    Variable(name="standard_error", label="Erreur type de l’évolution", kind="number", unit="points"),
    Variable(name="ci_low", label="Borne basse de l’évolution à 95 %", kind="number", unit="points"),
    Variable(name="ci_high", label="Borne haute de l’évolution à 95 %", kind="number", unit="points"),
    Variable(
        name="precision",
        label="Ce que l’intervalle compte",
        kind="code",
        codes={"after_only": "cette édition seulement", "both": "les deux éditions"},
    ),
    Variable(name="break", label="Rupture de la comparaison"),
    Variable(name="status", label="Statut de cette édition", kind="code"),
    Variable(name="before_status", label="Statut du chiffre précédent", kind="code"),
    Variable(name="published", label="Ce que dit la source, quand ce n’est pas un nombre"),
    Variable(name="source", label="Source du chiffre précédent"),
)


def evolve(edition: str, materials: Materials) -> list[Draft]:
    """Return the evolutions of an edition, from protected cells: what either edition hides stays so.

    Figures before that were published without precision leave an interval that counts this edition only, and says so;
    where the answers of the edition before are here (``editions``), it counts both, and who answered twice.
    """
    spec = load_evolution(materials.specs / "publications" / edition / "evolutions.yaml")
    path = materials.specs / "targets" / f"{spec.before}.yaml"
    targets = load_targets(path) if path.is_file() else ()
    known = _shares(materials.inputs[f"protected/{edition}/cells"].table)
    rows = {_key(row): row for row in _from_answers(edition, spec, materials, known=known)}
    told = [row for target in targets for row in _rows(target, spec, known)]
    kept = [row for row in told if _key(row) not in rows] + list(rows.values())
    return [
        Draft(
            name=f"analysed/{edition}/evolutions",
            table=pl.DataFrame(kept, schema={variable.name: _type(variable) for variable in EVOLUTIONS}),
            title=spec.title,
            description=_told(edition, spec.note, materials) if rows else spec.note,
            variables=EVOLUTIONS,
            source=SOURCE,
            vintage=edition,
            confidentiality=Confidentiality.OPEN,
        )
    ]


def _told(edition: str, note: str, materials: Materials) -> str:
    """Return the note of the evolutions, then how the units of both editions were matched."""
    return f"{note} {materials.inputs[f'analysed/{edition}/editions-compared'].card.description}".strip()


def _key(row: Mapping[str, object]) -> tuple[object, object, object]:
    return row["indicator"], row["measure"], row["domain"]


def _shares(cells: pl.DataFrame) -> dict[tuple[object, object, object], Mapping[str, object]]:
    wanted = cells.filter(pl.col("kind") == "share", pl.col("domain_type").is_in(["total", "size_band"]))
    return {_key(row): row for row in wanted.iter_rows(named=True)}


def _from_answers(
    edition: str,
    spec: Evolution,
    materials: Materials,
    *,
    known: Mapping[tuple[object, object, object], Mapping[str, object]],
) -> Iterator[dict[str, object]]:
    """Yield the lines of figures that both editions publish, nothing when the one before has not been protected."""
    compared = materials.inputs.get(f"analysed/{edition}/editions-compared")
    former = materials.inputs.get(f"protected/{spec.before}/cells")
    if compared is None or former is None:
        return
    before = _shares(former.table)
    for row in compared.table.iter_rows(named=True):
        after, earlier = known.get(_key(row)), before.get(_key(row))
        if row["indicator"] in spec.left_out or after is None or earlier is None:
            continue
        if earlier["estimate"] is not None:
            yield _compared(row, (after, earlier), spec)


def _compared(
    row: Mapping[str, object], cells: tuple[Mapping[str, object], Mapping[str, object]], spec: Evolution
) -> dict[str, object]:
    after, before = cells
    shown = after["estimate"] is not None
    gap = ("difference", "standard_error", "ci_low", "ci_high")
    return {
        **{name: row[name] for name in ("indicator", "measure", "domain_type", "domain")},
        "year_before": spec.years[0],
        "year_after": spec.years[1],
        "before": before["estimate"],
        "after": after["estimate"],
        **{name: _rounded(row[name]) if shown else None for name in gap},
        "precision": "both",
        "break": _broken(str(row["indicator"]), spec),
        "status": after["status"],
        "before_status": "published",
        "published": None,
        "source": f"Maille, édition {spec.before}",
    }


def _rounded(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 1)


def _broken(indicator: str, spec: Evolution) -> str | None:
    return " ".join(item.text for item in spec.breaks if indicator in item.indicators) or None


def _type(variable: Variable) -> type[pl.DataType]:
    return {"number": pl.Float64, "integer": pl.Int64}.get(variable.kind, pl.String)


def _rows(
    target: Target, spec: Evolution, known: Mapping[tuple[object, object, object], Mapping[str, object]]
) -> Iterator[dict[str, object]]:
    """Yield the line of a figure; none when this edition has no such figure, or measures something else."""
    domain = target.bands[0] if len(target.bands) == 1 else TOTAL
    cell = known.get((target.indicator, target.measure, domain))
    if cell is None or len(target.bands) > 1 or target.indicator in spec.left_out:
        return
    yield {
        "indicator": target.indicator,
        "measure": target.measure,
        "domain_type": cell["domain_type"],
        "domain": domain,
        "year_before": spec.years[0],
        "year_after": spec.years[1],
        "before": target.value,
        "after": cell["estimate"],
        **_difference(cell, target.value),
        "precision": "after_only",
        "break": _broken(target.indicator, spec),
        "status": cell["status"],
        "before_status": target.status,
        "published": target.published,
        "source": target.source,
    }


def _difference(cell: Mapping[str, object], before: float) -> dict[str, float | None]:
    """Return the difference of a published cell and a figure without precision, nothing when the cell is hidden."""
    names = ("estimate", "standard_error", "ci_low", "ci_high")
    values = [cell[name] for name in names]
    if any(value is None for value in values):
        return dict.fromkeys(("difference", "standard_error", "ci_low", "ci_high"))
    estimate, error, low, high = (np.array([float(str(value))]) for value in values)
    count = np.zeros(1, dtype=np.int64)
    fixed = np.array([before])
    result = edition_differences(
        Estimates(estimate, error, low, high, count), Estimates(fixed, np.zeros(1), fixed, fixed, count)
    )
    return {
        "difference": round(float(result.estimate[0]), 1),
        "standard_error": round(float(result.standard_error[0]), 1),
        # The interval of a share is not symmetrical: that of its difference with a known number is not either.
        "ci_low": round(float(low[0]) - before, 1),
        "ci_high": round(float(high[0]) - before, 1),
    }
