"""The quality report says under nineteen headings what was measured, and says when a number is secret."""

import json
from pathlib import Path

import polars as pl
import pytest

from maille.disseminate.quality import quality_texts
from maille.specs import SpecInvalid
from maille.specs.quality import HEADINGS, MEASURES, load_quality

SPECS = Path(__file__).parents[3] / "specs"
WRITTEN = SPECS / "quality" / "asco-2025.md"


def measures() -> pl.DataFrame:
    rows = [
        ("response_rate", "communes", "total", "ensemble", 52.5, "value"),
        ("response_rate", "communes", "size_band", "moins_500", 45.0, "value"),
        ("outcome", "communes", "outcome", "refusal", None, "secret"),
        ("minutes", "communes", "total", "ensemble", None, "secret"),
        ("half_width", "tous", "total", "ensemble", 2.3, "value"),
        ("item_nonresponse", "communes", "question", "depenses", 14.0, "value"),
    ]
    columns = ["measure", "universe", "domain_type", "domain", "value", "status"]
    return pl.DataFrame(rows, schema=columns, orient="row")


@pytest.fixture(scope="module")
def texts() -> dict[str, bytes]:
    return quality_texts("asco-2025", measures(), SPECS, simulated=True)


def test_the_nineteen_headings_are_all_there_in_order(texts):
    report = json.loads(texts["quality.json"])
    assert [heading["code"] for heading in report["headings"]] == list(HEADINGS)
    assert all(heading["blocks"] for heading in report["headings"])


def test_the_text_is_filled_with_the_numbers(texts):
    written = texts["quality.md"].decode()
    assert "Le taux de réponse des communes est de 52,5\u202f%" in written
    assert "${" not in written


def test_a_secret_number_and_a_missing_one_are_said_in_words(texts):
    written = texts["quality.md"].decode()
    assert "Durée médiane de remplissage par une commune : secret." in written
    assert "| ont refusé | secret |" in written
    assert "après la dernière réponse : non disponible" in written


def test_the_rates_of_a_band_are_whole(texts):
    assert "| Moins de 500 habitants | 45\u202f% |" in texts["quality.md"].decode()


def test_simulated_data_say_so_first(texts):
    assert texts["quality.md"].decode().splitlines()[2].startswith("**DONNÉES SIMULÉES")


def test_the_note_of_method_holds_the_headings_of_method_only(texts):
    assert "## S.18 Traitement statistique" in texts["method.md"].decode()
    assert "## S.1 Contact" not in texts["method.md"].decode()


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("## S.5 Période", "## S.5 Périodes", "n’est pas une rubrique"),
        ("## S.19 Commentaire", "Commentaire", "Il manque S.19"),
        ("${half_width}", "${half_widht}", "mesure inconnue"),
    ],
)
def test_a_report_that_forgets_a_heading_or_names_an_unknown_number_is_refused(tmp_path, wrong, right, said):
    file = tmp_path / "asco-2025.md"
    file.write_text(WRITTEN.read_text().replace(wrong, right, 1))
    with pytest.raises(SpecInvalid, match=said):
        load_quality(file)


def test_every_measure_has_a_heading_that_exists():
    assert {item.heading for item in MEASURES.values()} <= set(HEADINGS)
