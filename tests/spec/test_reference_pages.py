"""The reference pages name everything that a statistician may write."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from maille.specs import State
from maille.specs.bands import Band, BandFile, SizeBands
from maille.specs.disclosure import Amounts, Disclosure, Frequency, Groups, Protection, Provider, Said
from maille.specs.disclosure import Participation as ParticipationRule
from maille.specs.evolution import Break, Evolution
from maille.specs.indicator import Indicator
from maille.specs.precision import Precision, Threshold
from maille.specs.publication import Conclusion, Identity, Participation, Publication, Release
from maille.specs.sample import (
    Allocation,
    Calibration,
    Collection,
    Frame,
    Margin,
    Merge,
    ResponseGroups,
    SamplePlan,
    UniversePlan,
)
from maille.specs.sentence import PLACEHOLDERS
from maille.specs.survey import TYPES
from maille.specs.targets import FrameCount, Target, TargetFile
from maille.specs.xlsform import SHEETS
from spec.text_table import rows, section

DOCS = Path(__file__).parents[2] / "docs/reference"
QUESTIONNAIRES = (DOCS / "questionnaires.md").read_text(encoding="utf-8")
SPECIFICATIONS = (DOCS / "specifications.md").read_text(encoding="utf-8")
PARTS: dict[str, tuple[type[BaseModel], ...]] = {
    "## Un indicateur": (Indicator,),
    "## Les tranches de taille": (BandFile, SizeBands, Band),
    "## Le plan de sondage": (
        SamplePlan, UniversePlan, Frame, Allocation, Merge, ResponseGroups, Calibration, Margin, Collection,
    ),
    "## Les résultats publiés à reproduire": (TargetFile, Target, FrameCount),
    "## Un tableau publié": (Publication, Participation, Conclusion, Identity, Release),
    "## Les évolutions": (Evolution, Break),
    "## Le secret statistique": (
        Disclosure, Frequency, ParticipationRule, Protection, Amounts, Groups, Said, Provider,
    ),
    "## La précision": (Precision, Threshold),
}  # fmt: skip


def _named(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize("title", PARTS)
def test_every_key_of_a_specification_is_described(title):
    keys = {name for model in PARTS[title] for name in model.model_fields}
    assert keys - _named(section(SPECIFICATIONS, title)) == set()


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_column_of_a_questionnaire_is_described_and_no_other(sheet):
    title = next(line for line in QUESTIONNAIRES.splitlines() if line.startswith(f"## Le tableau `{sheet}`"))
    described = {row["Colonne"].strip("`") for row in rows(section(QUESTIONNAIRES, title)) if "Colonne" in row}
    types = {f"{name}" for name in TYPES} | {"Type"}
    assert described - types == set(SHEETS[sheet])


def test_every_type_of_row_is_described():
    assert set(TYPES) <= _named(QUESTIONNAIRES)


def test_every_state_of_an_answer_is_described():
    states = rows(section(QUESTIONNAIRES, "## Les réponses"))
    assert [row["État"].strip("`") for row in states] == [state.value for state in State]


def test_every_number_of_a_sentence_is_described():
    written = rows(section(SPECIFICATIONS, "## Une phrase qui varie avec le nombre"))
    assert {row["Écriture"].strip("`{}") for row in written} == set(PLACEHOLDERS)
