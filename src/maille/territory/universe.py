"""Who belongs to the survey: the one place that decides it (decision record 0002).

The field is « France entière »: metropole and the five overseas départements. The four islands without EPCI
(22016, 29083, 29155, 85113) are communes like the others and stay in.
"""

from dataclasses import dataclass

import polars as pl

METROPOLE_DE_LYON = "200046977"
ISLANDS_WITHOUT_EPCI = ("22016", "29083", "29155", "85113")

OUTSIDE = "collectivité d’outre-mer, hors du champ de l’enquête"
UNPOPULATED = "commune sans habitant : personne pour qui agir"
NOT_AN_EPCI = "la Métropole de Lyon est une collectivité à statut particulier, pas un EPCI"


@dataclass(frozen=True)
class Universe:
    """The choices that may change from one edition to the next; the defaults are those of ASCO 2025."""

    overseas_collectivities: bool = False
    unpopulated_communes: bool = False
    metropole_de_lyon_as_epci: bool = True


ASCO = Universe()


def commune_exclusion(universe: Universe = ASCO) -> pl.Expr:
    """Return the column ``exclusion`` of communes from ``zone`` and ``population``: a French reason, or null."""
    outside = (pl.col("zone") == "com") & (not universe.overseas_collectivities)
    empty = (pl.col("population").fill_null(0) == 0) & (not universe.unpopulated_communes)
    return pl.when(outside).then(pl.lit(OUTSIDE)).when(empty).then(pl.lit(UNPOPULATED)).alias("exclusion")


def epci_exclusion(universe: Universe = ASCO) -> pl.Expr:
    """Return the column ``exclusion`` of EPCI from ``siren``: a French reason, or null."""
    refused = (pl.col("siren") == METROPOLE_DE_LYON) & (not universe.metropole_de_lyon_as_epci)
    return pl.when(refused).then(pl.lit(NOT_AN_EPCI)).alias("exclusion")


def with_decision(table: pl.DataFrame, exclusion: pl.Expr) -> pl.DataFrame:
    """Add ``in_survey`` and ``exclusion`` to a table of authorities."""
    decided = table.with_columns(exclusion)
    return decided.with_columns(in_survey=pl.col("exclusion").is_null()).select(
        *table.columns, "in_survey", "exclusion"
    )
