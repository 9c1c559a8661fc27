"""The TopoJSON files of the reference: the country, each département closer, départements and régions."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import shapely

from maille.territory.polygons import Contours, coverage
from maille.territory.topology import Layer, topojson

COUNTRY_TOLERANCE, COUNTRY_STEP = 0.02, 0.0005
CLOSE_TOLERANCE, CLOSE_STEP = 0.004, 0.0001
"""Simplification (Visvalingam and Whyatt, square root of an area) and grid, in degrees."""


def map_files(found: Contours, tables: Mapping[str, pl.DataFrame]) -> dict[str, bytes]:
    """Return the files by name; ``tables`` are communes, departements and regions.

    Départements and régions are dissolved from the simplified communes, so that their borders agree with them.
    """
    order, polygons = coverage(found)
    about = pl.DataFrame({"code": order}).join(tables["communes"], on="code", how="left", maintain_order="left")
    country = shapely.coverage_simplify(polygons, COUNTRY_TOLERANCE)
    files = {
        "communes.json": topojson({"communes": _communes(about, country)}, step=COUNTRY_STEP),
        "departements.json": topojson(
            {
                "departements": _dissolved(about["departement"], country, tables["departements"]),
                "regions": _dissolved(about["region"], country, tables["regions"]),
            },
            step=COUNTRY_STEP,
        ),
    }
    close = shapely.coverage_simplify(polygons, CLOSE_TOLERANCE)
    for departement in about["departement"].unique().sort():
        inside = (about["departement"] == departement).to_numpy()
        layer = _communes(about.filter(inside), close[inside])
        files[f"communes-{departement}.json"] = topojson({"communes": layer}, step=CLOSE_STEP)
    return files


def _communes(about: pl.DataFrame, polygons: np.ndarray) -> Layer:
    return Layer(about["code"].to_list(), about["name"].to_list(), list(polygons))


def _dissolved(groups: pl.Series, polygons: np.ndarray, areas: pl.DataFrame) -> Layer:
    members = groups.to_numpy()
    present = areas.filter(pl.col("code").is_in(groups.unique()))
    merged = [shapely.coverage_union_all(polygons[members == code]) for code in present["code"]]
    return Layer(present["code"].to_list(), present["name"].to_list(), merged)
