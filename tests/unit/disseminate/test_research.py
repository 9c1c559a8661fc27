"""Research files: nobody is recognised in them, and every tool reads the same values with the same labels."""

import io
import json
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from lxml import etree

from maille.catalogue import Confidentiality, Dataset, Materials
from maille.disseminate.research import KEY, publish_research
from maille.disseminate.research_columns import Column
from maille.disseminate.research_formats import Titled, stata
from maille.disseminate.research_shield import MASKED, ResearchUnsafe, clustered, coarser, even_weights, masked
from maille.specs.research import load_research
from research_survey import survey
from unit.forms.ddi_schema import faults

SPECS = Path(__file__).parents[3] / "specs"
EDITION = "asco-2025"
PLAN = load_research(SPECS / "research" / f"{EDITION}.yaml")


@pytest.fixture(scope="module")
def given():
    return survey()


@pytest.fixture(scope="module")
def made(given):
    return {draft.name: draft for draft in publish_research(EDITION, Materials(given, SPECS, {}, {KEY: "clef"}))}


@pytest.fixture(scope="module")
def files(made):
    return made[f"research/{EDITION}/files-communes"].files


@pytest.fixture(scope="module")
def table(files):
    return pl.read_parquet(io.BytesIO(files["asco_2025_communes.parquet"]))


def written(files, name, folder):
    path = folder / name
    path.write_bytes(files[name])
    return path


def test_everything_stays_secret_and_is_written_the_same_twice(given, made):
    again = publish_research(EDITION, Materials(given, SPECS, {}, {KEY: "clef"}))
    assert {draft.confidentiality for draft in again} == {Confidentiality.SECRET}
    assert all(draft.files == made[draft.name].files for draft in again)
    assert [draft.table.height for draft in again] == [8, 12, 8, 11]


def test_no_code_no_name_and_no_free_text_is_in_any_file(given, files):
    sample = given[f"collected/{EDITION}/sample"].table.filter(pl.col("universe") == "communes")
    content = files["asco_2025_communes.csv"].decode()
    rows = [line.split(",") for line in content.splitlines()[1:]]
    first = {row[0] for row in rows}
    assert not first & set(sample["unit"])
    assert "secret de" not in content
    assert "Commune 0" not in content
    header = content.splitlines()[0].split(",")
    assert not {"remarques", "population_municipale", "fonction", "unit", "code", "population"} & set(header)
    assert not any("EPCI" in cell for row in rows for cell in row)


def test_five_rows_at_least_share_every_combination_of_identifiers(table, made):
    names = ["tranche", "region", "departement", "strate", "groupe"]
    assert table.group_by(names).len()["len"].min() >= PLAN.anonymity.units
    report = dict(made[f"research/{EDITION}/risk-communes"].table.select("measure", "value").iter_rows())
    assert report["alone_before"] > 250
    assert report["alone_after"] == 0
    assert report["smallest_after"] == table.group_by(names).len()["len"].min()
    assert report["masked_group"] == (table["groupe"] == 0).sum()


def test_a_weight_says_no_more_than_the_identifiers_and_keeps_their_totals(table, given):
    names = ["tranche", "region", "departement", "strate", "groupe"]
    assert table.group_by(names).agg(pl.col("poids").n_unique())["poids"].max() == 1
    weights = given[f"processed/{EDITION}/weights"].table.filter(pl.col("universe") == "communes")
    assert table["poids"].sum() == pytest.approx(weights["weight"].sum(), rel=1e-12)


def test_no_amount_is_exact_and_the_largest_five_are_one_number(table, given):
    spent = table["depenses"].drop_nulls()
    exact = given[f"processed/{EDITION}/responses-communes"].table["depenses"].drop_nulls()
    assert (spent.sort(descending=True)[:5].n_unique(), spent.max() < exact.max()) == (1, True)
    others = spent.filter(spent < spent.max())
    assert others.to_list() == others.round_sig_figs(2).cast(pl.Int64).to_list()
    assert table["etat_depenses"].value_counts().sort("etat_depenses")["count"].to_list() == [297, 3]


def test_another_version_another_edition_or_another_key_gives_no_common_pseudonym(given, table):
    other = publish_research(EDITION, Materials(given, SPECS, {}, {KEY: "une autre"}))
    content = next(draft for draft in other if draft.name.endswith("files-communes")).files
    theirs = pl.read_parquet(io.BytesIO(content["asco_2025_communes.parquet"]))
    assert not set(theirs["unite"]) & set(table["unite"])


def test_a_missing_value_keeps_its_reason_and_a_zero_is_a_value(table, given):
    answers = given[f"collected/{EDITION}/answers"].table
    mine = answers.filter((pl.col("universe") == "communes") & (pl.col("variable") == "etp"))
    states = dict(mine.group_by("state").len().iter_rows())
    found = dict(table.group_by("etp__manque").len().iter_rows())
    expected = {0: states["answered"], 1: states["unknown"], 2: states["not_applicable"], 3: states["empty"]}
    assert found == expected
    assert table["etp"].null_count() == sum(found[code] for code in (1, 2, 3))


def test_parquet_carries_the_labels(files):
    said = pl.read_parquet_metadata(io.BytesIO(files["asco_2025_communes.parquet"]))
    described = json.loads(said["variables"])
    assert described["ccas"]["value_labels"] == {"1": "Oui", "2": "Non", "3": "Je ne sais pas"}
    assert described["ccas"]["label"].endswith("?")
    assert described["depenses"]["unit"] == "€"


def test_stata_reads_the_same_values_labels_and_missing_codes(files, table, tmp_path):
    frame, meta = pyreadstat.read_dta(str(written(files, "asco_2025_communes.dta", tmp_path)), user_missing=True)
    assert (len(frame), list(frame.columns)) == (300, [name for name in table.columns if "__manque" not in name])
    assert meta.variable_value_labels["ccas"][1] == "Oui"
    assert meta.variable_value_labels["ccas"]["b"].startswith("Question")
    counts = {letter: int((frame["ccas"] == letter).sum()) for letter in "abc"}
    assert counts == {letter: table.filter(ccas__manque=place).height for place, letter in enumerate("abc", start=1)}
    kept = [value for value in frame["depenses"] if not isinstance(value, str)]
    assert sum(kept) == table["depenses"].sum()
    assert meta.column_names_to_labels["ccas"].startswith("Votre commune")


def test_stata_is_written_even_when_the_first_hundred_rows_all_miss_a_value(tmp_path):
    values, missing = [None] * 150 + [1, 2], [1] * 150 + [0, 0]
    column = Column(
        "ccas", "Votre commune a-t-elle un CCAS ?", pl.Series(values), pl.Series(missing), {1: "Oui", 2: "Non"}
    )
    (tmp_path / "file.dta").write_bytes(stata([column], Titled("file", "Fichier", PLAN.date)))
    frame, _ = pyreadstat.read_dta(str(tmp_path / "file.dta"), user_missing=True)
    assert frame["ccas"].tolist() == ["a"] * 150 + [1, 2]


def test_spss_reads_the_same_values_labels_and_missing_codes(files, table, tmp_path):
    path = str(written(files, "asco_2025_communes.sav", tmp_path))
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    assert meta.variable_value_labels["ccas"][1.0] == "Oui"
    assert meta.variable_value_labels["depenses"][-91.0]
    assert meta.missing_ranges["ccas"] == [{"lo": -94.0, "hi": -91.0}]
    assert int((frame["ccas"] == -92).sum()) == table.filter(ccas__manque=2).height
    plain, _ = pyreadstat.read_sav(path)
    assert plain["depenses"].sum() == table["depenses"].sum()
    assert str(meta.creation_time).startswith(str(PLAN.date))


def test_r_itself_reads_the_same_factors_and_counts(files, table, tmp_path):
    if not shutil.which("Rscript"):
        pytest.skip("R est absent : le fichier .rda n’est pas relu par R")
    path = written(files, "asco_2025_communes.rda", tmp_path)
    script = (
        f'load("{path}"); d <- asco_2025_communes; cat(dim(d), class(d$ccas), sum(is.na(d$ccas)), sum(d$ccas == "Oui", '
        "na.rm = TRUE), format(sum(d$depenses, na.rm = TRUE), digits = 15), sum(asco_2025_communes_manques$ccas == "
        '"Question non posée : le répondant n’est pas concerné", na.rm = TRUE), '
        'sum(asco_2025_communes_libelles$variable == "ccas"))'
    )
    done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
    columns = len([name for name in table.columns if "__manque" not in name])
    yes, holes = (table["ccas"] == 1).sum(), table["ccas"].null_count()
    reason = table.filter(ccas__manque=2).height
    assert done.stdout.split() == [
        str(part) for part in (300, columns, "factor", holes, yes, table["depenses"].sum(), reason, 3)
    ]


def test_the_ddi_describes_every_variable_with_its_counts(files, table):
    assert faults(files["asco_2025_communes-ddi.xml"]) == []
    root = etree.fromstring(files["asco_2025_communes-ddi.xml"])
    space = {"d": "ddi:codebook:2_5"}
    assert len(root.findall(".//d:var", space)) == len([name for name in table.columns if "__manque" not in name])
    counts = [int(found.text) for found in root.findall(".//d:var[@name='ccas']/d:catgry/d:catStat", space)]
    assert sum(counts) == 300
    names = [child.tag.split("}")[1] for child in root]
    assert names == ["docDscr", "stdyDscr", "fileDscr", "dataDscr"]


def test_masking_goes_from_the_finest_to_the_coarsest_and_hides_what_would_tell():
    rows = [("moins_500", "84", "69", "1", "1", "e")] * 5 + [("moins_500", "84", "01", "1", "1", "e")] * 2
    rows += [("moins_500", "94", "2A", "2", "2", "f")] * 3
    columns = ["size_band", "region", "departement", "stratum", "group", "epci"]
    found = masked(pl.DataFrame(rows, schema=columns, orient="row"), PLAN.universes["communes"], 5)
    assert found.group_by(columns[:-1]).len()["len"].min() == 5
    assert found.filter(pl.col("region") == MASKED).select("stratum", "departement", "group").unique().rows() == [
        (MASKED, MASKED, MASKED)
    ]
    assert clustered(found, 3)["epci"].to_list().count("e") == 5


def test_a_file_of_too_few_rows_is_refused():
    rows = [("moins_500", "84", "69", "1", "1", "e")] * 4
    columns = ["size_band", "region", "departement", "stratum", "group", "epci"]
    with pytest.raises(ResearchUnsafe, match="trop peu"):
        masked(pl.DataFrame(rows, schema=columns, orient="row"), PLAN.universes["communes"], 5)


def test_a_universe_with_too_few_respondents_has_no_file(given):
    weights = given[f"processed/{EDITION}/weights"]
    few = weights.table.with_columns(responded=pl.col("responded") & (pl.col("unit") < "01003"))
    changed = {**given, f"processed/{EDITION}/weights": Dataset(weights.card, few)}
    drafts = publish_research(EDITION, Materials(changed, SPECS, {}, {KEY: "clef"}))
    assert [(draft.table.height, draft.files) for draft in drafts] == [(0, {})] * 4


def test_weighted_totals_of_the_largest_are_kept():
    values, weights = pl.Series([0, 10, 20, 30, 40, 50, 60_000]), pl.Series([1.0, 2, 1, 1, 1, 1, 3])
    found, joined = coarser(values, weights, PLAN.numbers)
    assert joined == 5
    assert found[0] == 0
    assert found[1] == 10
    assert (found * weights).sum() == pytest.approx((values * weights).sum(), rel=1e-4)
    assert even_weights(weights, pl.DataFrame({"a": list("aabbbcc")})).to_list()[:2] == [1.5, 1.5]
