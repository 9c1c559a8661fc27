"""A version that readers have never changes; what moved since the last one is said cell by cell."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from maille.catalogue import Confidentiality, Draft, Variable
from maille.pipeline import Planned, ReleaseRefused, Run, Step, release

EDITION = "asco-2025"
FIRST = """edition: asco-2025
releases:
  - {version: "1.0", date: 2026-11-22, kind: first, note: "Première publication."}
"""
SECOND = FIRST + '  - {version: "1.1", date: 2026-12-01, kind: correction, note: "Une réponse corrigée."}\n'


class UpToDate(Run):
    """A home where nothing is stale."""

    stale: tuple[Planned, ...] = ()

    def plan(self, wanted=None):
        return list(self.stale)


@pytest.fixture
def run(tmp_path) -> UpToDate:
    (tmp_path / "specs" / "releases").mkdir(parents=True)
    run = UpToDate(tmp_path / "home", tmp_path / "specs")
    declare(run, FIRST)
    publish(run, [82.4, 12.5, 40.0])
    return run


def declare(run: Run, text: str) -> None:
    (run.specs / "releases" / f"{EDITION}.yaml").write_text(text)


def publish(run: Run, estimates: list[float | None], names: str = "abc") -> None:
    cells = pl.DataFrame(
        {
            "table": "abs",
            "indicator": list(names),
            "measure": "communes",
            "domain_type": "total",
            "domain": "ensemble",
            "status": ["secret" if value is None else "value" for value in estimates],
            "estimate": estimates,
            "ci_low": [None if value is None else value - 1 for value in estimates],
            "ci_high": [None if value is None else value + 1 for value in estimates],
        },
        schema_overrides={"estimate": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64},
    )
    variables = tuple(Variable(name=name, label=name) for name in cells.columns)
    draft = Draft(name="", table=cells, title="Les cases", variables=variables, source="", vintage=EDITION)
    estimated = replace(draft, name=f"analysed/{EDITION}/estimates", confidentiality=Confidentiality.SECRET)
    run.store.write(estimated)
    for what in ("figures", "abs", "catalogue"):
        files = {"abs.csv": cells.write_csv().encode()} if what == "abs" else {}
        run.store.write(replace(draft, name=f"disseminated/{EDITION}/{what}", files=files))


def changes(run: Run, version: str) -> list[tuple[str, str]]:
    table = run.store.read(f"released/{EDITION}/{version}/differences").table
    return list(table.select("indicator", "change").iter_rows())


def test_a_release_keeps_every_table_byte_for_byte(run):
    frozen = release(run, EDITION)
    assert (frozen.version, frozen.previous, frozen.new, frozen.changed) == ("1.0", None, True, 0)
    kept = f"released/{EDITION}/1.0/abs"
    assert run.store.file(kept, "abs.csv") == run.store.file(f"disseminated/{EDITION}/abs", "abs.csv")
    publish(run, [1.0, 2.0, 3.0])
    assert run.store.read(kept).table["estimate"].to_list() == [82.4, 12.5, 40.0]


def test_frozen_estimates_stay_secret(run):
    release(run, EDITION)
    card = run.store.card(f"released/{EDITION}/1.0/estimates")
    assert card.confidentiality == Confidentiality.SECRET


def test_done_again_it_does_nothing(run):
    release(run, EDITION)
    assert not release(run, EDITION).new


def test_another_content_under_the_same_version_is_refused(run):
    release(run, EDITION)
    publish(run, [82.4, 12.5, 41.0])
    with pytest.raises(ReleaseRefused, match="nouvelle version"):
        release(run, EDITION)
    assert run.store.read(f"released/{EDITION}/1.0/abs").table["estimate"].to_list() == [82.4, 12.5, 40.0]


def test_a_correction_says_what_it_changes(run):
    release(run, EDITION)
    declare(run, SECOND)
    publish(run, [82.4, None, 41.0, 7.0], "abcd")
    frozen = release(run, EDITION)
    assert (frozen.version, frozen.previous, frozen.changed) == ("1.1", "1.0", 3)
    assert changes(run, "1.1") == [("b", "status"), ("c", "value"), ("d", "appeared")]


def test_a_figure_that_rounding_leaves_as_it_was_is_no_difference(run):
    release(run, EDITION)
    declare(run, SECOND)
    publish(run, [82.4, 12.5, 40.0])
    assert release(run, EDITION).changed == 0


def test_an_interrupted_release_is_taken_up_again(run):
    release(run, EDITION)
    (run.store.home / "released" / EDITION / "1.0" / "release" / "card.json").unlink()
    publish(run, [82.4, 12.5, 41.0])
    assert release(run, EDITION).new, "personne n’a pu lire une version sans sa fiche"


def test_what_is_out_of_date_is_not_frozen(run):
    step = Step(f"analyse.protect:{EDITION}", "", (), (), (), lambda _: [])
    run.stale = (Planned(step, "une entrée a changé"),)
    with pytest.raises(ReleaseRefused, match=r"maille run"):
        release(run, EDITION)


def test_an_edition_without_declared_versions_is_not_frozen(run):
    Path(run.specs / "releases" / f"{EDITION}.yaml").unlink()
    with pytest.raises(ReleaseRefused, match="aucune version"):
        release(run, EDITION)
