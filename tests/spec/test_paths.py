"""Who is asked what: the paths through the two questionnaires, as text tables."""

from pathlib import Path

import pytest

from maille.specs import applicable, check_section, load_questionnaire
from spec.text_table import rows, values

FOLDER = Path(__file__).parents[2] / "specs/questionnaires"
COMMUNES = load_questionnaire(FOLDER / "asco-2025-communes.md")
EPCI = load_questionnaire(FOLDER / "asco-2025-epci.md")
ALWAYS = {
    "communes": "fonction population_municipale ccas elu_social epci_competence convention_departement domiciliation "
    "territoire_acteurs action partenaires abs temps_reponse remarques",
    "epci": "fonction population_municipale competence cias convention_departement action etablissements partenaires "
    "temps_reponse remarques",
}
BOTH = (
    "domaines crises nature secours avances cap menages_aides montant_aides "
    "service_social accueil_heures etp benevoles depenses"
)
ACTING = {"communes": f"{BOTH} services_presents", "epci": BOTH}
TWELVE = (
    "personnes_agees personnes_handicapees pauvrete insertion_professionnelle hebergement logement petite_enfance "
    "jeunesse_famille acces_soins prevention_sante acces_droits inclusion_numerique"
)
WORDS = {
    "REGISTRE": "actions_personnes_agees registre registre_inscrits",
    "TWO": "domaine_principal actions_logement actions_pauvrete",
    "HELPING": "publics criteres demandes demandes_acceptees",
    "WHO": " ".join(f"acteurs_{domain}" for domain in TWELVE.split()),
    "SHARES": " ".join(f"partage_{domain}" for domain in TWELVE.split()),
    "JOBS": "etp_accueil etp_travail_social etp_petite_enfance etp_domicile",
    "FUNDS": "recettes_departement recettes_caf recettes_etat recettes_usagers investissement",
}

PATHS = """
| univers | réponses | s'ajoutent aux questions toujours posées |
|----------|---------------------------------------|----------------------------------------------|
| communes | | |
| communes | ccas = oui | ccas_budget |
| communes | ccas = non | ccas_dissous |
| communes | ccas = nsp | |
| communes | epci_competence = oui | cias |
| communes | convention_departement = oui | aides_instruites dossiers_instruits |
| communes | domiciliation = oui | domicilies |
| communes | action = non | raisons |
| communes | action = oui | ACTING |
| communes | action = oui, nature = oui | ACTING nature_types publics |
| communes | action = oui, secours = oui | ACTING secours_motifs HELPING |
| communes | action = oui, cap = oui, montant_aides = 9 | ACTING HELPING montant_cap |
| communes | action = oui, cap = oui, montant_aides = 0 | ACTING HELPING |
| communes | action = non, nature = oui | raisons |
| communes | action = oui, domaines = [logement] | ACTING actions_logement |
| communes | action = oui, domaines = [aucun] | ACTING |
| communes | action = oui, domaines = [personnes_agees], registre = oui | ACTING REGISTRE |
| communes | action = oui, domaines = [logement, pauvrete] | ACTING TWO |
| communes | action = oui, territoire_acteurs = [personne] | ACTING |
| communes | action = oui, territoire_acteurs = [epci] | ACTING WHO |
| communes | action = oui, territoire_acteurs = [epci], acteurs_logement = [epci] | ACTING WHO transfert_logement |
| communes | action = non, territoire_acteurs = [epci] | raisons |
| communes | action = oui, services_presents = [creche, rpe] | ACTING gestion_creche gestion_rpe |
| communes | action = oui, services_presents = [creche], gestion_creche = ccas | ACTING gestion_creche places_creche |
| communes | action = oui, services_presents = [creche], gestion_creche = association | ACTING gestion_creche |
| communes | partenaires = [caf] | lien_caf ctg |
| communes | action = oui, etp = 1.5 | ACTING |
| communes | action = oui, etp = 2 | ACTING JOBS |
| communes | action = oui, depenses = 5000 | ACTING depenses_personnel subventions_associations |
| communes | action = oui, depenses = 20000 | ACTING depenses_personnel subventions_associations FUNDS |
| communes | abs = oui | abs_annee abs_frequence abs_auteur abs_sources abs_usages |
| communes | abs = non | abs_prevue |
| communes | abs = non, action = oui | ACTING abs_prevue abs_raisons |
| epci | | |
| epci | competence = oui | interet_communautaire SHARES |
| epci | cias = oui | cias_annee |
| epci | cias = oui, action = oui | ACTING cias_annee subvention_cias |
| epci | action = oui | ACTING |
| epci | action = oui, nature = oui | ACTING nature_types publics |
| epci | etablissements = [ehpad] | gestion_ehpad places_ehpad |
| epci | etablissements = [aucun] | |
"""

CHECKS = """
| section | réponses | constats |
|-------------|----------------------------------------------------------|-----------------------------------|
| identite | | fonction error |
| identite | fonction = elu | |
| identite | fonction = elu, population_municipale = 500 | |
| identite | fonction = elu, population_municipale = 2001 | population_municipale warning |
| action | action = non | |
| action | action = oui | domaines error crises error |
| action | DEUX, domaine_principal = logement | |
| action | DEUX, domaine_principal = hebergement | domaine_principal warning |
| prestations | action = non | |
| prestations | action = oui, nature = non, secours = non, avances = non | cap error |
| prestations | AIDES, montant_aides = 200000 | |
| prestations | AIDES, montant_aides = 200001 | montant_aides warning |
| prestations | AIDES, menages_aides = 1001 | menages_aides error |
| prestations | AIDES, demandes = 4, demandes_acceptees = 4 | |
| prestations | AIDES, demandes = 4, demandes_acceptees = 5 | demandes_acceptees error |
| prestations | AIDES, montant_aides = 9, montant_secours = 10 | montant_secours warning |
| prestations | PRETS, montant_aides = 9, montant_secours = 5, montant_avances = 5 | montant_avances warning |
| prestations | PRETS, montant_aides = 9, montant_secours = 5, montant_avances = 4 | |
| services | CRECHE, places_creche = 67 | places_creche warning |
| services | CRECHE, places_creche = 66 | |
| moyens_humains | action = oui, service_social = oui, etp = 31 | etp warning |
| moyens_humains | action = oui, service_social = oui, accueil_heures = 169 | accueil_heures error |
| abs | abs = oui, abs_annee = 1994, abs_frequence = une, abs_auteur = interne | abs_annee error |
| abs | abs = oui, abs_annee = 1995, abs_frequence = une, abs_auteur = interne | |
| abs | abs = non, abs_prevue = nsp, abs_annee = 1900 | |
| moyens | action = oui, depenses = 10, montant_aides = 11 | depenses warning |
| moyens | action = oui, depenses = 11, montant_aides = 11 | |
| moyens | action = oui, depenses = 10 | |
| moyens | action = non, depenses = 10, montant_aides = 11 | |
"""


AIDES = "action = oui, nature = non, secours = oui, avances = non, cap = non"
PRETS = AIDES.replace("avances = non", "avances = oui")
DEUX = "action = oui, crises = [aucun], domaines = [logement, pauvrete]"
CRECHE = "action = oui, services_presents = [creche], gestion_creche = ccas"


def _label(case: dict[str, str]) -> str:
    return " · ".join(case.values())


@pytest.mark.parametrize("case", rows(PATHS), ids=_label)
def test_an_authority_is_asked_only_what_concerns_it(case):
    questionnaire = {"communes": COMMUNES, "epci": EPCI}[case["univers"]]
    words = WORDS | {"ACTING": ACTING[case["univers"]]}
    expected = set(ALWAYS[case["univers"]].split())
    for word in case["s'ajoutent aux questions toujours posées"].split():
        expected |= set(words.get(word, word).split())
    assert applicable(questionnaire, values(case["réponses"])) == expected


@pytest.mark.parametrize("case", rows(CHECKS), ids=_label)
def test_a_section_says_what_to_correct_and_what_to_confirm(case):
    context = {"population": 1000, "name": "Villeneuve"}
    words = {"AIDES": AIDES, "PRETS": PRETS, "DEUX": DEUX, "CRECHE": CRECHE}
    answers = values(", ".join(words.get(item, item) for item in case["réponses"].split(", ")))
    findings = check_section(COMMUNES, case["section"], answers, context=context)
    assert " ".join(f"{finding.question} {finding.severity}" for finding in findings) == case["constats"]


def test_a_question_to_confirm_recalls_both_values_as_written_in_french():
    answers = {"action": "oui", "depenses": 9500, "montant_aides": 12500}
    (finding,) = check_section(COMMUNES, "moyens", answers, context={})
    assert "9\u202f500\u202f€ de dépenses" in finding.message
    assert "12\u202f500\u202f€ d’aides" in finding.message
