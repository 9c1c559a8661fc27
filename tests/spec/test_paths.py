"""Who is asked what: the paths through the two questionnaires, as text tables."""

from pathlib import Path

import pytest

from maille.specs import applicable, check_section, load_questionnaire
from spec.text_table import rows, values

FOLDER = Path(__file__).parents[2] / "specs/questionnaires"
COMMUNES = load_questionnaire(FOLDER / "asco-2025-communes.md")
EPCI = load_questionnaire(FOLDER / "asco-2025-epci.md")
ALWAYS = {
    "communes": "fonction ccas epci_competence convention_departement domiciliation action partenaires abs remarques",
    "epci": "fonction competence cias convention_departement action etablissements partenaires remarques",
}
ACTING = "domaines nature secours avances cap menages_aides montant_aides etp benevoles depenses"

PATHS = """
| univers  | réponses                           | s'ajoutent aux questions toujours posées |
|----------|------------------------------------|------------------------------------------|
| communes |                                    |                                          |
| communes | ccas = oui                         | ccas_budget                              |
| communes | ccas = nsp                         |                                          |
| communes | epci_competence = oui              | cias                                     |
| communes | action = non                       |                                          |
| communes | action = oui                       | ACTING                                   |
| communes | action = oui, nature = oui         | ACTING nature_types                      |
| communes | action = non, nature = oui         |                                          |
| communes | abs = oui                          | abs_annee abs_frequence abs_auteur       |
| communes | abs = non                          | abs_prevue                               |
| epci     |                                    |                                          |
| epci     | competence = oui                   | interet_communautaire                    |
| epci     | cias = oui                         | cias_annee                               |
| epci     | action = oui                       | ACTING                                   |
| epci     | action = oui, nature = oui         | ACTING nature_types                      |
"""

CHECKS = """
| section     | réponses                                                 | constats                          |
|-------------|----------------------------------------------------------|-----------------------------------|
| identite    |                                                          | fonction error                    |
| identite    | fonction = elu                                           |                                   |
| action      | action = non                                             |                                   |
| action      | action = oui                                             | domaines error                    |
| prestations | action = non                                             |                                   |
| prestations | action = oui, nature = non, secours = non, avances = non | cap error                         |
| prestations | AIDES, montant_aides = 200000 |       |
| prestations | AIDES, montant_aides = 200001 | montant_aides warning |
| prestations | AIDES, menages_aides = 1001 | menages_aides error |
| abs         | abs = oui, abs_annee = 1994, abs_frequence = une, abs_auteur = interne | abs_annee error     |
| abs         | abs = oui, abs_annee = 1995, abs_frequence = une, abs_auteur = interne |                     |
| abs         | abs = non, abs_prevue = nsp, abs_annee = 1900            |                                   |
| moyens      | action = oui, depenses = 10, montant_aides = 11          | depenses warning                  |
| moyens      | action = oui, depenses = 11, montant_aides = 11          |                                   |
| moyens      | action = oui, depenses = 10                              |                                   |
| moyens      | action = non, depenses = 10, montant_aides = 11          |                                   |
"""


AIDES = "action = oui, nature = non, secours = oui, avances = non, cap = non"


def _label(case: dict[str, str]) -> str:
    return " · ".join(case.values())


@pytest.mark.parametrize("case", rows(PATHS), ids=_label)
def test_an_authority_is_asked_only_what_concerns_it(case):
    questionnaire = {"communes": COMMUNES, "epci": EPCI}[case["univers"]]
    added = case["s'ajoutent aux questions toujours posées"].replace("ACTING", ACTING)
    expected = set(ALWAYS[case["univers"]].split()) | set(added.split())
    assert applicable(questionnaire, values(case["réponses"])) == expected


@pytest.mark.parametrize("case", rows(CHECKS), ids=_label)
def test_a_section_says_what_to_correct_and_what_to_confirm(case):
    context = {"population": 1000, "name": "Villeneuve"}
    answers = values(case["réponses"].replace("AIDES", AIDES))
    findings = check_section(COMMUNES, case["section"], answers, context=context)
    assert " ".join(f"{finding.question} {finding.severity}" for finding in findings) == case["constats"]


def test_a_question_to_confirm_recalls_both_values_as_written_in_french():
    answers = {"action": "oui", "depenses": 9500, "montant_aides": 12500}
    (finding,) = check_section(COMMUNES, "moyens", answers, context={})
    assert "9\u202f500\u202f€ de dépenses" in finding.message
    assert "12\u202f500\u202f€ d’aides" in finding.message
