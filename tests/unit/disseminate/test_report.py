"""A report says what the protected tables say: a changed cell changes the sentences that use it, and no other."""

import io
import json
from pathlib import Path

import polars as pl
import pytest
from pypdf import PdfReader

from maille.catalogue import Dataset, Materials
from maille.disseminate.report import compose, publish_report
from maille.disseminate.report_drawings import _classes, _legend
from maille.disseminate.report_figures import Figures, Unsaid
from maille.specs import load_indicators
from maille.specs.report import Group, Heading, read_report
from maille.specs.report_text import Cursor, Reference, read_sentences

SPECS = Path(__file__).parents[3] / "specs"
EDITION = "asco-2025"
INDICATORS = load_indicators(SPECS / "indicators")
REPORT = read_report(SPECS / "reports" / f"{EDITION}.md")
CHANGED = {"estimate": 99.2, "ci_low": 98.7, "ci_high": 99.6, "respondents": 605, "sampled": 905, "universe_size": 912}
SMALL, LARGE, WHOLE = (Reference("organisation", "action", "communes", code) for code in ("a", "b", "ensemble"))

NATIONAL = {"table": "organisation", "indicator": "action", "measure": "communes", "domain": "ensemble"}


@pytest.fixture(scope="module")
def materials(drafts, protected) -> Materials:
    """The published tables, as the step reads them, no cell secret."""
    open_card = protected.card
    inputs = {
        draft.name: Dataset(open_card.model_copy(update={"name": draft.name, "checksum": draft.name}), draft.table)
        for draft in drafts.values()
    }
    figures = inputs[f"disseminated/{EDITION}/figures"]
    number = pl.int_range(pl.len())
    filled = figures.table.with_columns(
        estimate=10.0 + (number * 7) % 80, status=pl.lit("value"), flag=pl.lit(None, dtype=pl.String)
    ).with_columns(ci_low=pl.col("estimate") - 0.4, ci_high=pl.col("estimate") + 0.4)
    inputs[figures.card.name] = Dataset(figures.card, filled)
    return Materials(inputs, SPECS)


def content(materials: Materials, **changed: object) -> dict:
    """The content of the report, with one cell of ``organisation.action`` (all domains) changed."""
    name = f"disseminated/{EDITION}/figures"
    figures = materials.inputs[name]
    mine = (pl.col("table") == "organisation") & (pl.col("indicator") == "action") & (pl.col("measure") == "communes")
    mine &= pl.col("domain") == "ensemble"
    columns = [pl.when(mine).then(pl.lit(value)).otherwise(pl.col(key)).alias(key) for key, value in changed.items()]
    return compose(REPORT, Dataset(figures.card, figures.table.with_columns(columns)), materials)


def cell(estimate: float | None, half: float = 1.0, **other: object) -> dict[str, object]:
    known = {"status": "value", "flag": None, "unit": "%", "decimals": 1, "all_observed": False}
    bounds = {"ci_low": None, "ci_high": None}
    if estimate is not None:
        bounds = {"ci_low": estimate - half, "ci_high": estimate + half}
    return {"estimate": estimate, **bounds, **known, **other}


def words(template: str, cells: dict[Reference, dict[str, object]], named: tuple[str, ...] = ("action", "ccas")) -> str:
    """What the only pair of braces of a template becomes."""
    rows = [
        {"table": key.table, "indicator": key.indicator, "measure": key.measure, "domain": key.domain, **value}
        for key, value in cells.items()
    ]
    group = Group(table="organisation", indicators=named, measure="communes")
    figures = Figures(
        pl.DataFrame(rows, infer_schema_length=None),
        checksums={"organisation": "c"},
        indicators=INDICATORS,
        groups={"groupe": group},
    )
    ((sentence,), _) = read_sentences(template, Cursor([template], 1, 1))
    return figures.words(sentence.bounds[0])


def test_changing_a_cell_changes_the_sentences_that_use_it_and_no_other(materials):
    before, after = (content(materials, **change)["sentences"] for change in ({}, CHANGED))
    moved = {one["id"] for one, two in zip(before, after, strict=True) if one["text"] != two["text"]}
    bound = {said["id"] for said in before if any(NATIONAL.items() <= used.items() for used in said["cells"])}
    assert moved
    assert moved == {name for name in bound if _said(before, name) or _said(after, name)}


def _said(sentences: list[dict], name: str) -> bool:
    return next(said["state"] == "said" for said in sentences if said["id"] == name)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "secret", "estimate": None}, "secret"),
        ({"status": "unavailable", "estimate": None}, "unavailable"),
        ({"flag": "low_precision"}, "low_precision"),
    ],
)
def test_a_figure_that_cannot_be_said_takes_its_sentences_with_it_and_the_report_counts_them(materials, change, reason):
    made = content(materials, **change)
    assert made["sentences"][0]["state"] == "replaced"
    assert made["sentences"][0]["text"] == "L’action sociale des communes en 2024"
    assert made["sentences"][0]["reason"] == reason
    mine = [said for said in made["sentences"] if any(NATIONAL.items() <= used.items() for used in said["cells"])]
    dropped = [said for said in mine[1:] if said["state"] == "dropped"]
    assert dropped
    assert {(said["reason"], said["text"]) for said in dropped} == {(reason, "")}
    assert sum(entry["count"] for entry in made["left_out"]) == sum(
        said["state"] != "said" for said in made["sentences"]
    )


def test_a_report_whose_cells_are_all_secret_still_has_its_titles_its_method_and_its_reason(materials):
    name = f"disseminated/{EDITION}/figures"
    empty = pl.lit(None, dtype=pl.Float64)
    figures = materials.inputs[name]
    hidden = figures.table.with_columns(status=pl.lit("secret"), estimate=empty, ci_low=empty, ci_high=empty)
    closed = Materials({**materials.inputs, name: Dataset(figures.card, hidden)}, SPECS)
    (draft,) = publish_report(EDITION, closed)
    said = json.loads(draft.files["report.json"])
    titles = [block for block in REPORT.blocks if isinstance(block, Heading) and block.level == 2]
    assert len([block for block in said["blocks"] if block["kind"] == "heading"]) == len(titles)
    assert "un chiffre est couvert par le secret statistique" in [entry["why"] for entry in said["left_out"]]
    assert "Sources et méthodes" in "".join(page.extract_text() for page in _pages(draft))


def _pages(draft):
    return PdfReader(io.BytesIO(draft.files["report.pdf"])).pages


def test_every_chart_has_a_row_a_figure_and_says_in_words_what_it_draws(materials):
    charts = [block for block in content(materials)["blocks"] if block["kind"] == "chart"]
    assert [chart["rank"] for chart in charts] == list(range(1, len(charts) + 1))
    for chart in charts:
        assert all(mark["value"] in chart["alt"] for row in chart["rows"] for mark in row["marks"])
        assert all(float(mark["low"][:-1]) <= float(mark["x"][:-1]) for row in chart["rows"] for mark in row["marks"])


def test_the_pdf_is_tagged_says_it_is_simulated_on_every_page_and_never_changes(materials):
    (once,), (again,) = publish_report(EDITION, materials), publish_report(EDITION, materials)
    assert once.files == again.files
    assert once.table.equals(again.table)
    reader = PdfReader(io.BytesIO(once.files["report.pdf"]))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert 4 <= len(reader.pages) <= 8
    for page in reader.pages:
        assert "Données simulées" in page.extract_text().replace("\u202f", " ")
    said = json.loads(once.files["report.json"])
    assert said["simulated"]
    assert set(once.table["sentence"]) == {sentence["id"] for sentence in said["sentences"]}
    assert set(once.table["checksum"].drop_nulls()) <= {dataset.card.checksum for dataset in materials.inputs.values()}


def test_every_chart_of_the_pdf_has_a_text_for_those_who_do_not_see_it(materials):
    (draft,) = publish_report(EDITION, materials)
    tags = _alternatives(PdfReader(io.BytesIO(draft.files["report.pdf"])).trailer["/Root"]["/StructTreeRoot"])
    drawn = [block for block in json.loads(draft.files["report.json"])["blocks"] if block["kind"] in ("chart", "map")]
    assert {block["alt"] for block in drawn} <= tags


def _alternatives(node) -> set[str]:
    found = {str(node["/Alt"])} if "/Alt" in node else set()
    children = node.get("/K", [])
    for child in (item.get_object() for item in (children if isinstance(children, list) else [children])):
        if hasattr(child, "get") and ("/K" in child or "/Alt" in child):
            found |= _alternatives(child)
    return found


@pytest.mark.parametrize(
    ("form", "small", "large", "said"),
    [
        ("{organisation.action.communes.b ~ organisation.action.communes.a|fois}", 20.0, 40.4, "deux fois"),
        ("{organisation.action.communes.b ~ organisation.action.communes.a|fois}", 20.0, 50.0, "deux fois et demie"),
        ("{organisation.action.communes.b ~ organisation.action.communes.a|fois}", 20.0, 26.0, "1,3\u00a0fois"),
        ("{organisation.action.communes.b ~ organisation.action.communes.a|ecart}", 20.0, 32.2, "12\u00a0points"),
        ("{organisation.action.communes.a ~ organisation.action.communes.b|plus}", 20.0, 32.2, "moins"),
        ("{organisation.action.communes.b > organisation.action.communes.a}", 20.0, 32.2, ""),
        ("{organisation.action.communes.b > 31}", 20.0, 32.2, ""),
    ],
)
def test_two_figures_are_compared_in_words(form, small, large, said):
    assert words(form, {SMALL: cell(small), LARGE: cell(large)}) == said


@pytest.mark.parametrize(
    "form",
    [
        "{organisation.action.communes.b ~ organisation.action.communes.a|fois}",
        "{organisation.action.communes.b ~ organisation.action.communes.a|ecart}",
        "{organisation.action.communes.b ~ organisation.action.communes.a|plus}",
        "{organisation.action.communes.b > organisation.action.communes.a}",
        "{organisation.action.communes.b > 21}",
    ],
)
def test_a_difference_inside_the_margin_of_error_is_not_said(form):
    with pytest.raises(Unsaid) as refused:
        words(form, {SMALL: cell(20.0), LARGE: cell(21.9)})
    assert refused.value.reason == "uncertain"


def test_a_rank_is_said_only_when_it_is_clear():
    other = Reference("organisation", "ccas", "communes", "ensemble")
    assert words("{groupe#1|nom}", {WHOLE: cell(30.0), other: cell(60.0)}) == "CCAS"
    with pytest.raises(Unsaid):
        words("{groupe#1|nom}", {WHOLE: cell(59.0), other: cell(60.0)})


def test_an_amount_is_said_rounded_with_its_unit():
    amount = cell(256_657.0, 1.0, unit="places", decimals=0)
    assert words("{organisation.action.communes.a|rond}", {SMALL: amount}) == "257\u202f000\u00a0places"


@pytest.mark.parametrize(
    ("amount", "unit", "flag", "said"),
    [
        (5542.0, "millions d’euros", None, "5,54 milliards d’euros"),
        (5542.0, "millions d’euros", "low_precision", "environ 5,5 milliards d’euros"),
        (1313.0, "milliers de ménages", "low_precision", "environ 1,3 million de ménages"),
        (0.4, "millions d’euros", None, "400 000 euros"),
        (10.0, "euros par habitant", None, "10 euros par habitant"),
        (5.6, "euros par habitant", None, "5,6 euros par habitant"),
    ],
)
def test_an_imprecise_amount_is_an_order_of_magnitude_in_the_scale_that_reads_best(amount, unit, flag, said):
    found = words("{organisation.action.communes.a|environ}", {SMALL: cell(amount, 0.1, unit=unit, flag=flag)})
    assert " ".join(found.split()) == said


def test_an_imprecise_figure_is_said_by_its_bounds_and_never_alone():
    known = {SMALL: cell(20.0, flag="low_precision")}
    assert words("{organisation.action.communes.a|bas}", known) == "19,0\u202f%"
    with pytest.raises(Unsaid, match="peu précis"):
        words("{organisation.action.communes.a|part}", known)


def test_an_imprecise_figure_is_compared_once_its_interval_is_doubled():
    form = "{organisation.action.communes.b > organisation.action.communes.a}"
    assert words(form, {SMALL: cell(20.0, flag="low_precision"), LARGE: cell(23.5)}) == ""
    with pytest.raises(Unsaid):
        words(form, {SMALL: cell(20.0, flag="low_precision"), LARGE: cell(22.5)})
    assert words(form, {SMALL: cell(20.0), LARGE: cell(22.5)}) == ""


def test_the_first_of_a_group_passes_all_the_others_whichever_of_them_is_second():
    group = ("action", "ccas", "cias")
    first, *others = (Reference("organisation", name, "communes", "ensemble") for name in group)
    form = "{organisation.action.communes > groupe#2}"
    assert words(form, {first: cell(60.0), **dict.fromkeys(others, cell(30.0))}, group) == ""
    with pytest.raises(Unsaid):
        words(form, {first: cell(60.0), others[0]: cell(30.0), others[1]: cell(59.0)}, group)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([12.2, 12.4], ["12,2 à 12,4"]),
        ([61.5, 61.5], ["61,5"]),
        ([20_000.0, 130_000.0], ["100 000 et plus", "Moins de 50 000"]),
    ],
)
def test_the_legend_of_a_map_always_says_its_values(values, said):
    bounds = _classes(values)
    ranks = {str(place): f"c{1 + sum(value >= bound for bound in bounds)}" for place, value in enumerate(values)}
    assert [row["label"].replace("\u202f", " ") for row in _legend(values, ranks)] == said
