"""Every mistake in a specification is refused with its file, its line, and what to do."""

import pytest

from maille.specs import SpecInvalid, check_specs, require_valid_specs
from unit.specs.tiny import spoil, write_specs

X, Q, N, S = "precision.yaml", "questionnaires/petit.md", "indicators/action.yaml", "samples/petite.yaml"
T, P, B, D = "targets/ancienne.yaml", "publications/petite/actions.yaml", "bands.yaml", "disclosure.yaml"

REFUSED = {
    "a table named as a page of the site": (P, "id: actions", "id: explorer", "« explorer » est déjà", "autre nom"),
    "an indicator named as a page of its table": (
        N,
        "id: action",
        "id: versions",
        "« versions » est déjà",
        "autre nom",
    ),
    "an unknown type": (Q, "| integer |", "| integr |", "type inconnu « integr »", "integer"),
    "an unknown column": (Q, "| bind::maille:unknown_code |", "| unknown_code |", "colonne inconnue", "bind::maille"),
    "an unknown table": (Q, "| settings |", "| setings |", "tableau inconnu « setings »", "settings"),
    "a duplicate name": (Q, "| montant |", "| action |", "le nom « action » est déjà pris, ligne 7", "autre nom"),
    "a name that the page uses": (
        Q,
        "| montant |",
        "| revision |",
        "le nom « revision » est réservé",
        "page de saisie",
    ),
    "a name that a companion field would take": (
        Q,
        "| montant |",
        "| a__b |",
        "le nom « a__b » est réservé",
        "autre nom",
    ),
    "an invalid name": (Q, "| montant |", "| Montant |", "nom de variable invalide « Montant »", "minuscules"),
    "an unknown list": (Q, "select_one oui_non", "select_one oui_nom", "liste de choix inconnue", "oui_non"),
    "a duplicate choice": (Q, "| pauvrete |", "| logement |", "« logement » est écrite deux fois", ""),
    "a choice with no label": (Q, "| Pauvreté |", "| |", "« pauvrete » n’a pas de libellé", ""),
    "an exclusive that is not yes": (Q, "| Aucun | yes |", "| Aucun | oui |", "n’est ni « yes » ni « no »", ""),
    "a row that is too short": (Q, "| | oui_non | non | Non | |", "| | oui_non | non |", "nombre de cellules", ""),
    "an open section": (Q, "| | end_group | | | | | | | |\n", "", "n’est pas fermée", "end_group"),
    "a section without its prefix": (Q, "section_action", "partie", "commence par « section_ »", "section_"),
    "an unknown of a choice": (Q, "'oui' | | | |", "'oui' | | | nsp |", "seul un nombre", "Je ne sais pas"),
    "a constraint without words": (Q, "| Trop. |", "| |", "sans « constraint_message »", "phrase"),
    "an unknown universe": (Q, "| communes | 2024", "| pays | 2024", "univers inconnu « pays »", "communes ou epci"),
    "a year that is not one": (Q, "| 2024 |", "| hier |", "« hier » n’est pas un nombre entier", ""),
    "a fact that is not known": (
        Q,
        "| hidden | population |",
        "| hidden | revenu |",
        "renseignement inconnu",
        "population",
    ),
    "a rule that stops": (Q, ". < ${population}", ". < ", "la règle s’arrête trop tôt", "Compléter"),
    "a variable that is not asked": (
        Q,
        ". < ${population}",
        ". < ${montan}",
        "variable inconnue « montan »",
        "montant",
    ),
    "a number with a text": (Q, ". < ${population}", ". = 'oui'", "compare un nombre et un texte", ""),
    "a rule that is no condition": (Q, ". < ${population}", ". + 1", "donne un nombre, pas une condition", "Comparer"),
    "a list compared with =": (Q, ". < ${population}", "${domaines} = 'logement'", "plusieurs choix", "selected"),
    "a choice that does not exist": (
        Q,
        ". < ${population}",
        "selected(${domaines}, 'logment')",
        "« logment » n’est pas un choix",
        "logement",
    ),
    "selected on a number": (Q, ". < ${population}", "selected(., 'a')", "question à choix", "Exemple"),
    "an order between texts": (
        Q,
        ". < ${population}",
        "${action} < 3",
        "attend un nombre et reçoit un texte",
        "Exemple",
    ),
    "two signs equal": (Q, ". < ${population}", ". == 1", "n’est pas comprise à partir de « = 1 »", "un seul signe"),
    "an unknown function": (Q, ". < ${population}", "sum(.) < 3", "fonction inconnue « sum »", "count-selected"),
    "a wrong number of arguments": (
        Q,
        ". < ${population}",
        "not(., 1)",
        "attend 1 argument(s) et en reçoit 2",
        "Exemple",
    ),
    "branches of two kinds": (Q, ". < ${population}", "if(. > 1, 2, 'a') = 2", "ne sont pas de même nature", ""),
    "an unknown key": (N, "label: Action", "labl: Action", "clé inconnue « labl »", "label"),
    "a duplicate key": (N, "concept: action", "question: action", "« question » est écrite deux fois", ""),
    "an unknown measure": (N, "  population: ", "  populations: ", "valeur inconnue « populations »", "population"),
    "an unknown number in a sentence": (N, "{part} vivent", "{prt} vivent", "« {prt} » n’est pas un nombre connu", ""),
    "an identifier that is not the file's": (
        N,
        "id: action",
        "id: actions",
        "n’est pas le nom du fichier",
        "id: action",
    ),
    "a rule of an unknown variable": (N, "${action}", "${axtion}", "variable inconnue « axtion »", "action"),
    "a rule of an unknown choice": (N, "'oui'", "'ouii'", "« ouii » n’est pas un choix de « action »", "oui"),
    "a rule that does not parse": (N, "${population} > 0", "(${population} > 0", "s’arrête trop tôt", "parenthèse"),
    "an unknown question": (N, "question: action", "question: montants", "variable inconnue « montants »", "montant"),
    "text that is not YAML": (N, "label: Action", "label: [Action", "n’est pas du YAML", "guillemets"),
    "more than the universe": (S, "total: 50", "total: 34870", "demande 34870 unités", ""),
    "an unknown level": (S, "[size_band, region]", "[size_band, regoin]", "valeur inconnue « regoin »", "region"),
    "an unknown frame": (S, "/communes-2026", "/communs-2026", "base de sondage inconnue", "territory/communes-2026"),
    "a frame of another size": (S, "units: 34869", "units: 34870", "compte 34869 unités", "units: 34869"),
    "unknown bands": (S, "size_bands: deux", "size_bands: dex", "tranches de taille inconnues « dex »", "deux"),
    "an unknown allocation": (S, "kind: power", "kind: neymann", "valeur inconnue « neymann »", "neyman"),
    "a precision without its allocation": (
        S,
        "{kind: power, power: 0.5, minimum: 2}",
        "{kind: power, precision: [{domain: total, cv: 0.1}]}",
        "liste de l’allocation « constrained »",
        "",
    ),
    "an allocation without its precision": (S, "kind: power, power: 0.5", "kind: constrained", "« precision »", ""),
    "a precision of zero": (
        S,
        "{kind: power, power: 0.5, minimum: 2}",
        "{kind: constrained, precision: [{domain: total, cv: 0}]}",
        "« cv » doit être supérieur à 0",
        "",
    ),
    "a precision of an unknown indicator": (
        S,
        "{kind: power, power: 0.5, minimum: 2}",
        "{kind: constrained, precision: "
        '[{domain: total, cv: 0.1, indicator: acton, share: {petites: 1, "500_plus": 1}}]}',
        "indicateur inconnu « acton »",
        "action",
    ),
    "a share of an unknown band": (
        S,
        "{kind: power, power: 0.5, minimum: 2}",
        "{kind: constrained, precision: [{domain: total, cv: 0.1, indicator: action, share: {petite: 1}}]}",
        "« precision : action » doit donner une valeur pour chaque tranche",
        "",
    ),
    "a maximum under the minimum": (
        S,
        "{kind: power, power: 0.5, minimum: 2}",
        "{kind: constrained, minimum: 5, maximum: 4, precision: [{domain: total, cv: 0.1}]}",
        "« maximum » borne",
        "",
    ),
    "an unknown selection": (
        S,
        "    merge:",
        "    selection: {kind: cub}\n    merge:",
        "valeur inconnue « cub »",
        "cube",
    ),
    "a cube that balances nothing": (S, "    merge:", "    selection: {kind: cube}\n    merge:", "« balancing »", ""),
    "an unknown balancing variable": (
        S,
        "    merge:",
        "    selection: {kind: cube, balancing: [populaton]}\n    merge:",
        "valeur inconnue « populaton »",
        "population",
    ),
    "a coordination with an edition without a plan": (
        S,
        "seed: 1\n",
        "seed: 1\ncoordination: {with: avant, kind: positive}\n",
        "pas de plan pour l’édition « avant »",
        "son plan",
    ),
    "a coordination of a cube": (
        S,
        "universes:\n  communes:\n",
        "coordination: {with: avant, kind: positive}\nuniverses:\n  communes:\n"
        "    selection: {kind: cube, balancing: [population]}\n",
        "se coordonne par ses numéros aléatoires",
        "kind: simple",
    ),
    "a rate for each band": (
        S,
        '{petites: 0.5, "500_plus": 0.6}\n    anticipated_i',
        "{petites: 0.5}\n    anticipated_i",
        "valeur pour chaque tranche : voir 500_plus",
        "",
    ),
    "an unknown indicator to plan": (
        S,
        "_indicator: action",
        "_indicator: acton",
        "indicateur inconnu « acton »",
        "action",
    ),
    "a number that is not one": (S, "seed: 1", "seed: un", "« seed » doit être un nombre entier", ""),
    "a calibration without bounds": (S, "method: raking", "method: logit", "demande des bornes", ""),
    "an unknown indicator to reach": (
        T,
        "indicator: action",
        "indicator: acton",
        "indicateur inconnu « acton »",
        "action",
    ),
    "an unknown indicator that was simulated": (X, "{action: {", "{acton: {", "indicateur inconnu « acton »", "action"),
    "an unknown measure that was simulated": (
        X,
        "{communes: [",
        "{comunes: [",
        "mesure inconnue « comunes »",
        "communes",
    ),
    "an unknown band to reach": (T, '["500_plus"]', '["500_pls"]', "tranche inconnue « 500_pls »", "500_plus"),
    "an unknown source": (T, "source: ER1", "source: ER2", "source inconnue « ER2 »", "ER1"),
    "a share above one hundred": (T, "value: 82", "value: 182", "au plus égal à 100", ""),
    "an unknown indicator in a table": (P, "  - action\n", "  - acton\n", "indicateur inconnu « acton »", "action"),
    "a conclusion out of the table": (
        P,
        "  domain: petites",
        "  domain: petits",
        "la conclusion cite « petits »",
        "petites",
    ),
    "an addition out of the table": (
        P,
        "parts: [action, action]",
        "parts: [action, abs]",
        "« abs » n’est pas dans",
        "",
    ),
    "an edition of another folder": (P, "edition: petite", "edition: grande", "n’est pas celle du dossier", "petite"),
    "unknown bands in a table": (P, "bands: deux", "bands: trois", "tranches de taille inconnues", "deux"),
    "a wrong date": (P, "date: 2026-12-01", "date: demain", "date", ""),
    "a missing key": (P, "field: Communes\n", "", "il manque la clé « field »", ""),
    "bands with a hole": (B, "lower: 500", "lower: 600", "doivent se suivre", ""),
    "an unknown protection of counts": (
        D,
        "participation: {threshold: 3",
        "participation: {threshold: 3, method: arrondi",
        "inconnue « arrondi »",
        "rounding",
    ),
    "a rounding to nothing": (
        D,
        "participation: {threshold: 3",
        "participation: {threshold: 3, method: rounding",
        "« multiple » est",
        "",
    ),
    "a rounding that leaves too little doubt": (
        D,
        "participation: {threshold: 3",
        "participation: {threshold: 3, method: rounding, multiple: 3",
        "entre 0 et 2",
        "",
    ),
    "a noise without its reach": (
        D,
        "participation: {threshold: 3",
        "participation: {threshold: 3, method: cell_key, variance: 2",
        "« variance » et « reach »",
        "",
    ),
    "a negative threshold": (D, "protection: {minimum: 3", "protection: {minimum: 0", "au moins égal à 1", ""),
}


@pytest.fixture
def specs(tmp_path):
    return write_specs(tmp_path / "specs")


def test_the_smallest_folder_is_valid(specs):
    assert check_specs(specs) == []
    require_valid_specs(specs)


@pytest.mark.parametrize("mistake", REFUSED)
def test_it_refuses(mistake, specs):
    name, old, new, message, hint = REFUSED[mistake]
    spoil(specs, name, old=old, new=new)
    problems = check_specs(specs)
    found = [problem for problem in problems if problem.file == str(specs / name) and message in problem.message]
    assert found, [str(problem) for problem in problems]
    assert hint in (found[0].hint or "") + found[0].message


@pytest.mark.parametrize(("kind", "refused"), [("positive", True), ("negative", True), ("none", False)])
def test_an_edition_that_did_not_follow_its_numbers_is_not_coordinated_with(specs, kind, refused):
    text = (specs / S).read_text(encoding="utf-8")
    before = text.replace("    merge:", "    selection: {kind: cube, balancing: [population]}\n    merge:")
    (specs / S).with_name("avant.yaml").write_text(before.replace("edition: petite", "edition: avant"))
    spoil(specs, S, old="seed: 1\n", new=f"seed: 1\ncoordination: {{with: avant, kind: {kind}}}\n")
    found = [problem.message for problem in check_specs(specs) if problem.file == str(specs / S)]
    assert any("n’a pas suivi ses numéros" in message for message in found) == refused


PLACED = {
    "a rule in a cell": (Q, ". < ${population}", ". < ${population} )", len(". < ${population} ")),
    "a variable in a cell": (Q, ". < ${population}", ". < ${montan}", 0),
    "a list in a cell": (Q, "select_one oui_non", "select_one oui_nom", 0),
    "a name in a cell": (Q, "montant |", "Montant |", 0),
    "a key": (N, "label: Action", "labl: Action", 0),
    "a nested key": (S, "minimum_respondents: 5", "minimum_respondants: 5", 0),
    "an item of a list": (P, "  - action\n", "  - acton\n", 4),
}


@pytest.mark.parametrize("mistake", PLACED)
def test_it_shows_the_line_and_column_of(mistake, specs):
    name, old, new, offset = PLACED[mistake]
    before = (specs / name).read_text(encoding="utf-8")
    column = before.index(old) - before.rfind("\n", 0, before.index(old)) + offset
    line = spoil(specs, name, old=old, new=new)
    assert (line, column) in {(problem.line, problem.column) for problem in check_specs(specs)}


def test_it_refuses_a_circular_condition_and_shows_the_circle(specs):
    spoil(specs, Q, old="| yes | | | | |", new="| yes | ${montant} > 3 | | | |")
    (problem,) = check_specs(specs)
    assert problem.line == 7
    assert problem.message == "condition circulaire : action → montant → action."


def test_it_refuses_a_condition_that_reads_its_own_question(specs):
    spoil(specs, Q, old="| yes | | | | |", new="| yes | . = 'oui' | | | |")
    (problem,) = check_specs(specs)
    assert "condition circulaire : action → action." in problem.message


def test_it_refuses_a_missing_table(specs):
    content = (specs / Q).read_text(encoding="utf-8")
    (specs / Q).write_text(content[: content.index("| settings")], encoding="utf-8")
    assert [problem.message for problem in check_specs(specs)] == ["le tableau « settings » manque."]


def test_it_refuses_a_folder_and_a_file_that_do_not_exist(specs, tmp_path):
    (missing,) = check_specs(tmp_path / "ailleurs")
    assert missing.message == "ce dossier n’existe pas."
    (specs / B).unlink()
    assert "ce fichier ne peut pas être lu." in [problem.message for problem in check_specs(specs)]


def test_every_mistake_is_shown_at_once_in_order(specs):
    spoil(specs, N, old="label: Action", new="labl: Action")
    spoil(specs, Q, old="select_one oui_non", new="select_one oui_nom")
    with pytest.raises(SpecInvalid) as refused:
        require_valid_specs(specs)
    text = str(refused.value)
    assert refused.value.exit_code == 1
    assert "clé inconnue « labl »" in text
    assert "liste de choix inconnue « oui_nom »" in text
    assert [problem.file for problem in refused.value.problems] == sorted(
        problem.file for problem in refused.value.problems
    )


def test_a_problem_reads_as_a_place_that_an_editor_follows(specs):
    spoil(specs, N, old="label: Action", new="labl: Action")
    problem = next(item for item in check_specs(specs) if "labl" in item.message)
    assert str(problem).startswith(f"{specs / N}:4:1 : clé inconnue")
    assert problem.as_dict()["line"] == 4
