"""A report is refused where a figure is not published, a form unknown or a note missing, with line and column."""

from pathlib import Path

import pytest

from maille.specs import SpecInvalid, check_specs, load_indicators
from maille.specs.report import Box, Drawn, Heading, Paragraph, read_report
from maille.specs.report_check import check_report, known_figures

SPECS = Path(__file__).parents[3] / "specs"
FRONT = """---
edition: asco-2025
number: "1"
series: "Premiers résultats"
date: 2026-11-22
authors: ["Équipe"]
groups:
  aides: {table: prestations, measure: communes, indicators: [nature, secours]}
---

# Un titre

"""
ACTION = "organisation.action.communes"
CHART = """```graphique
title: "{organisation.action.communes|part} agissent"
otherwise: "Sans chiffre"
table: organisation
indicators: [action]
measures: [communes]
```
"""


KNOWN = known_figures(SPECS, "asco-2025", load_indicators(SPECS / "indicators"))


def problems(folder: Path, body: str) -> list[str]:
    """What is wrong in a report: line, column, message and hint."""
    path = folder / "asco-2025.md"
    path.write_text(FRONT + body, encoding="utf-8")
    try:
        found = list(check_report(read_report(path), KNOWN))
    except SpecInvalid as error:
        found = list(error.problems)
    return [f"{problem.line}:{problem.column} {problem.message} {problem.hint or ''}".strip() for problem in found]


def sentences(tmp_path: Path, body: str):
    path = tmp_path / "asco-2025.md"
    path.write_text(FRONT + body, encoding="utf-8")
    (paragraph,) = [block for block in read_report(path).blocks if isinstance(block, Paragraph)]
    return paragraph.sentences


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Ici {organisatoin.action.communes|part}.", "13:5 tableau inconnu « organisatoin ». Vouliez-vous dire"),
        ("Ici {organisation.acton.communes|part}.", "13:5 indicateur « acton » absent du tableau « organisation »."),
        ("Ici {organisation.action.epci|part}.", "13:5 mesure « epci » absent du tableau « organisation »."),
        ("Ici\nlà {organisation.action.communes.geante|part}.", "14:4 domaine « geante » absent du tableau"),
        (f"Ici {{{ACTION}|pour}}.", "13:5 forme inconnue « pour » pour"),
        (f"Ici {{{ACTION}}}.", "13:5 « {organisation.action.communes} » ne dit pas sous quelle forme"),
        ("Ici {moyens-financiers.depenses_total.amounts|part}.", "13:5 forme inconnue « part »"),
        ("Ici {action|part}.", "13:5 « {action|part} » ne désigne pas un chiffre."),
        ("Ici {aide#1|nom}.", "13:5 groupe inconnu « aide ». Vouliez-vous dire « aides » ?"),
        ("Ici {aides#3|nom}.", "13:5 le groupe « aides » n’a que 2 chiffres."),
        ("Ici {50 > 40}.", "13:5 « {50 > 40} » ne désigne pas un chiffre."),
        ("Ici {evolutions.cap.communes.moins_500|sens}.", "13:5 pas d’évolution publiée pour"),
        ("> Là {organisation.acton.communes|part}.", "13:6 indicateur « acton »"),
        (f"## Un {{{ACTION}|part}}", "13:4 ce titre ne dit pas ce qui le remplace."),
        ("Un mot[^rien].", "13:1 la note « rien » n’est pas écrite."),
        ("(sinon : rien)", "13:1 « (sinon : …) » ne suit aucune phrase."),
        (CHART.replace("[action]", "[acton]"), "13:1 indicateur « acton »"),
        (CHART.replace("measures:", "mesures:"), "18:1 clé inconnue « mesures »."),
        (CHART.replace("|part} agissent", "|prt} agissent"), "14:9 forme inconnue « prt »"),
        ("```python\n1\n```", "13:1 ce bloc n’est pas d’un rapport."),
    ],
)
def test_it_refuses_what_the_tables_do_not_say_and_points_at_it(tmp_path, body, said):
    assert said in " | ".join(problems(tmp_path, body))


def test_the_report_of_the_edition_is_valid():
    assert check_specs(SPECS) == []


def test_a_report_without_front_matter_is_refused(tmp_path):
    (tmp_path / "asco-2025.md").write_text("# Un titre\n")
    with pytest.raises(SpecInvalid, match="l’en-tête du rapport manque"):
        read_report(tmp_path / "asco-2025.md")


def test_a_paragraph_is_cut_into_sentences_and_what_replaces_them(tmp_path):
    body = f"Un (deux). {{{ACTION}|Fraction}} agissent. (sinon : Rien (du tout).) « Trois » n° 4, art. 2."
    found = sentences(tmp_path, body)
    assert [(item.template, item.otherwise) for item in found] == [
        ("Un (deux).", None),
        (f"{{{ACTION}|Fraction}} agissent.", "Rien (du tout)."),
        ("« Trois » n° 4, art. 2.", None),
    ]


def test_a_figure_may_be_written_across_two_lines(tmp_path):
    (found,) = sentences(tmp_path, f"La part {{{ACTION} >\n{ACTION}.moins_500}} monte.")
    assert [str(operand) for operand in found.bounds[0].operands] == [f"{ACTION}.ensemble", f"{ACTION}.moins_500"]


def test_titles_boxes_charts_and_notes_are_told_apart(tmp_path):
    path = tmp_path / "asco-2025.md"
    path.write_text(FRONT + f"> ### Encadré\n>\n> Texte.\n\n{CHART}\n[^a]: Une note.\n", encoding="utf-8")
    report = read_report(path)
    assert [type(block) for block in report.blocks] == [Heading, Box, Drawn]
    assert [sentence.template for sentence in report.notes["a"]] == ["Une note."]
