"""Size bands are cut where the specification says, and nowhere else."""

import polars as pl

from maille.specs import load_bands
from unit.specs.tiny import write_specs


def test_a_limit_belongs_to_the_band_above_and_null_to_none(tmp_path):
    bands = load_bands(write_specs(tmp_path) / "bands.yaml")["deux"]
    population = pl.Series([0, 499, 500, 2_000_000, None])
    assert bands.assign(population).to_list() == ["petites", "petites", "500_plus", "500_plus", None]
    assert bands.label_of("500_plus") == "500 ou plus"


def test_a_band_code_that_looks_like_a_number_stays_a_text(tmp_path):
    folder = write_specs(tmp_path)
    path = folder / "bands.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('"500_plus"', "500_1499"), encoding="utf-8")
    assert load_bands(path)["deux"].codes() == ("petites", "500_1499")
