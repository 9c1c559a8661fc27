"""The intruder reads the report as well: its drawings say figures too."""

import json

import polars as pl
import pytest

from maille.catalogue import Draft, Variable
from maille.pipeline.attack import _dataset, number_of
from maille.pipeline.run import Run

CELL = "domaines.domaine_pauvrete.communes.5000_9999"


@pytest.mark.parametrize(
    ("written", "number"),
    [("34,6\u202f%", 34.6), ("1\u202f234", 1234.0), ("-2,5", -2.5), ("secret", None), ("trop peu de réponses", None)],
)
def test_a_number_is_read_as_french_writes_it(written, number):
    assert number_of(written) == number


def test_what_a_chart_or_a_boxed_map_shows_is_read_as_a_sentence_is(tmp_path):
    run = Run(tmp_path, tmp_path)
    shown, hidden = {"value": "40,0\u202f%", "cell": CELL}, {"value": "secret", "cell": CELL}
    chart = {"kind": "chart", "rows": [{"marks": [shown, {"value": "non publié", "cell": None}]}]}
    box = {"kind": "box", "blocks": [{"kind": "map", "rows": [{"marks": [hidden, {**shown, "value": "12,0\u202f%"}]}]}]}
    names = ("sentence", "table", "indicator", "measure", "domain")
    table = pl.DataFrame([["s1", "domaines", "action", "communes", "ensemble"]], schema=names, orient="row")
    table = table.with_columns(estimate=pl.lit(80.0))
    described = tuple(
        Variable(name=name, label=name, kind="number" if name == "estimate" else "text") for name in table.columns
    )
    files = {"report.json": json.dumps({"summary": [chart], "blocks": [box]}).encode()}
    name = "disseminated/asco-2025/report"
    run.store.write(Draft(name, table, title="Rapport", variables=described, source="Essai", vintage="", files=files))
    read = _dataset(run, name)
    assert read["estimate"].to_list() == [80.0, 40.0, 12.0]
    assert read.row(1)[1:5] == ("domaines", "domaine_pauvrete", "communes", "5000_9999")
