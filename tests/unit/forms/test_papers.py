"""The blank questionnaire on paper says everything that the page does."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from maille.forms.papers import blank_pdf
from maille.specs.typography import french


def compact(text: str) -> str:
    """A text without its spaces, nor the joiners that keep words together: lines break anywhere on paper."""
    return re.sub(r"[\s\u2060\u00ad]", "", text)


@pytest.fixture(scope="module")
def paper(questionnaire) -> PdfReader:
    return PdfReader(BytesIO(blank_pdf(questionnaire, simulated=True, address="https://maille.example/repondre/")))


@pytest.fixture(scope="module")
def printed(paper) -> str:
    return compact("".join(page.extract_text() for page in paper.pages))


def test_every_word_of_the_questionnaire_is_printed(questionnaire, printed):
    said = [questionnaire.title, questionnaire.notice]
    for section in questionnaire.sections:
        said += [section.title, section.intro, *(grid.label for grid in section.grids)]
        for question in section.questions:
            said += [question.number, question.label, question.hint, question.unit]
            said += [choice.label for choice in question.choices]
    assert [text for text in said if text and compact(french(text)) not in printed] == []


def test_it_says_where_to_go_and_when_a_number_cannot_be_given(printed):
    for said in (
        "Si vous avez répondu « Non » ou « Je ne sais pas » à la question A1, passez à la question A4.",
        "Cette section n’est à remplir que si vous n’avez pas coché « Aucun » à la question A4.",
        "Je ne peux pas donner ce nombre",
        "Ce questionnaire est celui du projet.",
        "https://maille.example/repondre/",
    ):
        assert compact(french(said)) in printed


def test_no_name_of_variable_is_printed(questionnaire, printed):
    assert "${" not in printed
    assert "places_logement" not in printed


def test_every_question_is_a_heading_for_a_screen_reader(questionnaire, paper):
    headings = [tag for tag in tags(paper.trailer["/Root"]["/StructTreeRoot"]) if tag in ("/H1", "/H2", "/H3")]
    blocks = sum(
        len([q for q in section.questions if q.grid is None]) + len(section.grids) for section in questionnaire.sections
    )
    assert headings == sorted(headings, key=lambda tag: tag == "/H1", reverse=True)
    assert headings.count("/H2") == len(questionnaire.sections)
    assert headings.count("/H3") == blocks


def tags(node) -> list[str]:
    node = node.get_object()
    if isinstance(node, list):
        return [tag for child in node for tag in tags(child)]
    return [node.get("/S"), *tags(node["/K"])] if hasattr(node, "get") and "/K" in node else []


def test_paper_is_the_same_every_time(questionnaire):
    assert blank_pdf(questionnaire, simulated=False) == blank_pdf(questionnaire, simulated=False)
