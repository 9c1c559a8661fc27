"""What moved between two versions of an edition, cell by cell, as readers would see it by comparing the files."""

import polars as pl

from maille.catalogue import Draft, Variable
from maille.catalogue.cells import table_csv
from maille.disseminate.schema import DOMAIN_TYPES, MEASURES, STATUSES

CELL_KEYS = ["table", "indicator", "measure", "domain_type", "domain"]
CHANGES = {
    "appeared": "case nouvelle",
    "disappeared": "case supprimée",
    "status": "statut changé",
    "value": "chiffre changé",
    "precision": "intervalle changé",
}
KINDS = {"first": "première publication", "correction": "correction", "addition": "ajout"}
RELEASE_VARIABLES = (
    Variable(name="version", label="Version"),
    Variable(name="date", label="Date de publication", kind="date"),
    Variable(name="kind", label="Nature de la version", kind="code", codes=KINDS),
    Variable(name="note", label="Ce que la version apporte ou corrige"),
    Variable(name="previous", label="Version remplacée"),
    Variable(name="changed", label="Cases qui changent", kind="integer"),
)
_COMPARED = ("status", "estimate", "ci_low", "ci_high")
_SAME = 1e-9
VARIABLES = (
    Variable(name="table", label="Tableau", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="measure", label="Mesure", kind="code", codes=MEASURES),
    Variable(name="domain_type", label="Type de domaine", kind="code", codes=DOMAIN_TYPES),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="change", label="Ce qui change", kind="code", codes=CHANGES),
    Variable(name="status_before", label="Statut dans la version remplacée", kind="code", codes=STATUSES),
    Variable(name="status_after", label="Statut dans cette version", kind="code", codes=STATUSES),
    Variable(name="estimate_before", label="Estimation dans la version remplacée", kind="number"),
    Variable(name="estimate_after", label="Estimation dans cette version", kind="number"),
)


def differences(edition: str, version: str, *, before: pl.DataFrame | None, after: pl.DataFrame | None) -> Draft:
    """Return the cells that differ between two sets of published cells; none when ``before`` is None.

    Figures are compared as they are published, with their decimals: what rounding hides is no difference.
    """
    if after is None:
        raise AssertionError(f"{edition} {version} : aucune case publiée")
    table = _compared(after if before is None else before, after)
    return Draft(
        name=f"released/{edition}/{version}/differences",
        table=table,
        title=f"Ce que la version {version} change, case par case",
        variables=VARIABLES,
        source="Maille",
        vintage=edition,
        files={"differences.csv": table_csv(table)},
    )


def _compared(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    old, new = (
        cells.select(*CELL_KEYS, *(pl.col(name).alias(f"{name}_{when}") for name in _COMPARED))
        for cells, when in ((before, "before"), (after, "after"))
    )
    joined = old.join(new, on=CELL_KEYS, how="full", coalesce=True, maintain_order="right_left")
    change = (
        pl.when(pl.col("status_before").is_null())
        .then(pl.lit("appeared"))
        .when(pl.col("status_after").is_null())
        .then(pl.lit("disappeared"))
        .when(pl.col("status_before") != pl.col("status_after"))
        .then(pl.lit("status"))
        .when(_moved("estimate"))
        .then(pl.lit("value"))
        .when(_moved("ci_low") | _moved("ci_high"))
        .then(pl.lit("precision"))
    )
    moved = joined.with_columns(change=change).filter(pl.col("change").is_not_null())
    return moved.select([variable.name for variable in VARIABLES])


def _moved(name: str) -> pl.Expr:
    old, new = pl.col(f"{name}_before"), pl.col(f"{name}_after")
    return ((old - new).abs() > _SAME).fill_null(value=False) | (old.is_null() != new.is_null())
