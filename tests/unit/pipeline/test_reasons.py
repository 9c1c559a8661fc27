"""The verdict of an attack: what is secret by itself is due its doubt, what covers it is not."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from maille.analyse.attack import Finding
from maille.analyse.intruder import Public
from maille.analyse.protect import AUDIT
from maille.catalogue import Draft, Variable
from maille.pipeline.attack import told
from maille.pipeline.reasons import judged
from maille.pipeline.run import Run
from maille.specs import load_bands, load_disclosure, load_indicators, load_publications

SPECS = Path(__file__).parents[3] / "specs"
EDITION = "asco-2025"
NARROW = Finding("domaine_pauvrete, 10000_plus, communes", 19.0, 21.0, 5.0, most=200.0)


@pytest.fixture
def run(tmp_path) -> Run:
    return Run(tmp_path, SPECS)


@pytest.fixture(scope="module")
def public() -> Public:
    """Five communes of each size."""
    size = [100, 700, 2000, 7000, 20000] * 5
    frame = pl.DataFrame({"population": size, "region": ["84"] * 25, "departement": ["01"] * 25})
    return Public(
        load_publications(SPECS / "publications" / EDITION),
        load_indicators(SPECS / "indicators"),
        load_bands(SPECS / "bands.yaml"),
        load_disclosure(SPECS / "disclosure.yaml"),
        {"communes": frame, "epci": frame},
    )


def audited(run: Run, *, primary: bool, value: float = 20.0, protection: float = 50.0) -> None:
    """Write the audit of the largest size band, hidden."""
    rows = {
        "universe": "communes",
        "measure": "communes",
        "indicator": "domaine_pauvrete",
        "lower": [10000],
        "upper": pl.Series([None], dtype=pl.Int64),
        "region": pl.Series([None], dtype=pl.String),
        "departement": pl.Series([None], dtype=pl.String),
        "primary": primary,
        "value": value,
        "protection": protection,
        "low": 0.0,
        "high": 900.0,
    }
    run.store.write(
        Draft(
            f"analysed/{EDITION}/audit", pl.DataFrame(rows), title="Audit", variables=AUDIT, source="Essai", vintage=""
        )
    )


def verdict(run: Run, public: Public, found: Finding = NARROW) -> Finding:
    return judged([found], run, EDITION, public=public, versions=[""])[0]


def test_a_secret_narrowed_is_a_breach(run, public):
    audited(run, primary=True)
    one = verdict(run, public)
    assert (one.reason, one.broken) == ("secret", True)
    assert next(told([one])).startswith("▲")


def test_a_cover_narrowed_is_told_apart_and_nothing_is_due_to_it(run, public):
    audited(run, primary=False)
    one = verdict(run, public)
    assert (one.reason, one.narrowed, one.broken) == ("cover", True, False)
    lines = list(told([one]))
    assert lines[0].startswith(f"◇ {NARROW.cell}")
    assert lines[1].endswith("0 trop bien cerné(s).")
    assert lines[2].startswith("1 autre(s) resserré(s), caché(s) seulement pour en couvrir")


def test_a_cover_that_another_publication_gives_is_a_contradiction_all_the_same(run, public):
    audited(run, primary=False)
    assert verdict(run, public, replace(NARROW, given="les évolutions")).broken


def test_what_an_earlier_version_hid_to_cover_others_is_still_a_cover(run, public):
    audited(run, primary=True, protection=0.0)
    assert verdict(run, public).reason == "cover"


def test_without_the_audit_nobody_can_say_and_the_verdict_says_so(run, public):
    one = verdict(run, public)
    assert (one.reason, one.narrowed, one.broken, one.as_dict()["broken"]) == ("unknown", True, False, None)
    assert "sans qu’on sache si le chiffre est secret" in list(told([one]))[-1]


@pytest.mark.parametrize(
    ("value", "broken"), [(50.0, False), (41.0, True), (99.0, True), (46.0, False), (30.0, False), (150.0, False)]
)
def test_limits_must_leave_a_doubt_on_both_sides_of_the_true_figure(run, public, value, broken):
    audited(run, primary=True, value=value)
    wide = Finding(NARROW.cell, 40.0, 100.0, 5.0, most=200.0)
    assert verdict(run, public, wide).broken is broken, (
        "cinq communes de part et d’autre ; hors des limites, il se trompe"
    )


def test_limits_that_everybody_knew_beforehand_are_no_breach(run, public):
    audited(run, primary=True, value=2.0)
    assert not verdict(run, public, Finding(NARROW.cell, 0.0, 60.0, 5.0, most=200.0)).broken
    audited(run, primary=True, value=199.0)
    assert not verdict(run, public, Finding(NARROW.cell, 100.0, 200.0, 5.0, most=200.0)).broken


def test_an_amount_is_due_what_its_audit_guarantees(run, public):
    audited(run, primary=True, value=60.0, protection=30.0)
    assert verdict(run, public, Finding(NARROW.cell, 40.0, 100.0, 4.0)).broken
    assert not verdict(run, public, Finding(NARROW.cell, 25.0, 100.0, 4.0)).broken


def test_a_version_frozen_before_tells_its_own_reasons(run, public):
    estimates = run_estimates(yes=2)
    cell = ["table", "indicator", "measure", "domain_type", "domain"]
    figures = estimates.select(cell).with_columns(status=pl.lit("secret"))
    for what, table in (("estimates", estimates), ("figures", figures)):
        described = tuple(Variable(name=column, label=column) for column in table.columns)
        name = f"released/{EDITION}/1.0/{what}"
        run.store.write(Draft(name, table, title="Essai", variables=described, source="Essai", vintage=""))
    found = judged([NARROW], run, EDITION, public=public, versions=["1.0"])
    assert (found[0].reason, found[0].broken) == ("secret", True)


def run_estimates(*, yes: int) -> pl.DataFrame:
    row = {"table": "domaines", "indicator": "domaine_pauvrete", "measure": "communes", "domain_type": "size_band"}
    counts = {"kind": "share", "yes": yes, "respondents": 40, "nonzero": yes, "top1": 1.0, "top2": 1.0}
    return pl.DataFrame([{**row, "domain": "10000_plus", **counts, "total": 20.0, "whole": 200.0}])
