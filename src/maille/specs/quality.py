"""The quality report of an edition: its text under the headings of SIMS 2.0, with blanks bound to computed measures.

Eurostat, Single Integrated Metadata Structure 2.0 (2015); the indicators A2, A4, A5, A7 and TP1 to TP3 are those of the
ESS Guidelines for the Implementation of the ESS Quality and Performance Indicators (2014).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from maille.specs.document import Frozen
from maille.specs.message import Block, text_blocks
from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list

HEADINGS = {
    "1": "Contact",
    "2": "Mise à jour des métadonnées",
    "3": "Présentation statistique",
    "4": "Unité de mesure",
    "5": "Période de référence",
    "6": "Mandat institutionnel",
    "7": "Confidentialité",
    "8": "Politique de publication",
    "9": "Fréquence de diffusion",
    "10": "Accessibilité et clarté",
    "11": "Gestion de la qualité",
    "12": "Pertinence",
    "13": "Exactitude et fiabilité",
    "14": "Actualité et ponctualité",
    "15": "Cohérence et comparabilité",
    "16": "Coût et charge",
    "17": "Révision des données",
    "18": "Traitement statistique",
    "19": "Commentaire",
}
"""The headings S.1 to S.19, in their order."""


class Measure(Frozen):
    """A number of the quality report: what it is called, under which heading, in what unit, how it is computed."""

    label: str
    heading: str
    unit: str
    definition: str
    decimals: int = 0


def _measure(heading: str, unit: str, *said: str, decimals: int = 0) -> Measure:
    label, definition = said
    return Measure(label=label, heading=heading, unit=unit, definition=definition, decimals=decimals)


MEASURES: Mapping[str, Measure] = {
    "cells": _measure("3", "", "Chiffres des tableaux", "Cases de tous les tableaux, publiées ou non."),
    "secret": _measure("7", "%", "Cases secrètes", "Cases au statut « secret », parmi toutes.", decimals=1),
    "imprecise": _measure("13", "%", "Chiffres signalés peu précis", "Parmi les chiffres publiés.", decimals=1),
    "unavailable": _measure(
        "13", "%", "Cases non publiées, trop peu de réponses", "Parmi toutes les cases.", decimals=1
    ),
    "half_width": _measure(
        "13", "points", "Demi-largeur médiane des intervalles", "Parts publiées avec un intervalle à 95 %.", decimals=1
    ),
    "half_width_90": _measure(
        "13", "points", "Demi-largeur non dépassée par neuf parts sur dix", "Mêmes parts, neuvième décile.", decimals=1
    ),
    "variation": _measure(
        "13", "%", "Coefficient de variation médian", "Totaux, moyennes, rapports, médianes.", decimals=1
    ),
    "frame": _measure("13", "", "Base de sondage", "Unités de la base qui sont dans le champ."),
    "sampled": _measure("13", "", "Échantillon", "Unités tirées."),
    "out_of_scope_rate": _measure(
        "13", "%", "Taux de sur-couverture (A2)", "Hors champ, fusionnées ou en double, parmi les tirées.", decimals=1
    ),
    "response_rate": _measure(
        "13",
        "%",
        "Taux de réponse",
        "Répondantes, parmi les tirées ; la non-réponse totale (A4) en est le complément.",
        decimals=1,
    ),
    "eligible_response_rate": _measure(
        "13", "%", "Taux de réponse dans le champ", "Répondantes, parmi les tirées moins celles hors champ.", decimals=1
    ),
    "weighted_response_rate": _measure(
        "13", "%", "Taux de réponse pondéré", "Le même, chaque unité comptant son poids de sondage.", decimals=1
    ),
    "outcome": _measure("13", "", "Issue de la collecte", "Les issues s’additionnent : toutes les tirées."),
    "item_nonresponse": _measure(
        "13", "%", "Non-réponse partielle (A5)", "Questions posées et laissées sans valeur, parmi les posées."
    ),
    "item_nonresponse_median": _measure(
        "13", "%", "Non-réponse partielle médiane", "Médiane des questions posées à trente unités au moins.", decimals=1
    ),
    "findings": _measure(
        "13",
        "pour 100 questionnaires",
        "Contrôles encore en défaut",
        "Constats des règles du questionnaire sur les réponses envoyées.",
        decimals=1,
    ),
    "forced": _measure("13", "%", "Valeurs confirmées malgré un contrôle", "Parmi les valeurs données.", decimals=2),
    "edited": _measure("13", "%", "Valeurs corrigées", "Par l’équipe, parmi les valeurs données.", decimals=2),
    "imputed": _measure(
        "13",
        "%",
        "Nombres imputés (A7)",
        "Parmi les nombres demandés que l’imputation suit, toutes variables.",
        decimals=1,
    ),
    "imputation_rate": _measure("13", "%", "Nombres imputés (A7)", "Par variable, parmi les nombres demandés."),
    "delay": _measure("14", "jours", "De la dernière réponse à la publication (TP2)", "Date de la version en cours."),
    "age": _measure(
        "14", "jours", "De la fin de l’année de référence à la publication (TP2)", "Date de la version en cours."
    ),
    "minutes": _measure(
        "16", "minutes", "Durée médiane de remplissage", "Temps passé sur les pages, par questionnaire."
    ),
    "minutes_90": _measure("16", "minutes", "Durée non dépassée par neuf questionnaires sur dix", "Même temps."),
    "values": _measure("16", "réponses", "Réponses données, en médiane", "Par questionnaire envoyé."),
    "groups": _measure("18", "", "Groupes de réponse", "Collectivités supposées aussi enclines à répondre."),
    "r_indicator": _measure(
        "18", "", "Indicateur R de la réponse", "1 quand toutes répondent autant (Schouten et al.).", decimals=2
    ),
    "adjustment_min": _measure("18", "", "Plus petite correction", "Inverse du taux d’un groupe.", decimals=2),
    "adjustment_max": _measure("18", "", "Plus grande correction", "Inverse du taux d’un groupe.", decimals=2),
    "response_auc": _measure(
        "18", "", "Ce qui dit qui répond", "Aire sous la courbe : 0,5 rien ne le dit, 1 tout.", decimals=2
    ),
    "response_fit": _measure(
        "18",
        "",
        "Ajustement du modèle de réponse",
        "Hosmer et Lemeshow, valeur p : petite, mauvais.",
        decimals=2,
    ),
    "winsorised": _measure(
        "18",
        "%",
        "Effet de la winsorisation",
        "Sur le total, les plus grandes valeurs coupées.",
        decimals=1,
    ),
    "weight_min": _measure("18", "", "Plus petit poids", "Poids calés des répondantes.", decimals=2),
    "weight_max": _measure("18", "", "Plus grand poids", "Poids calés des répondantes.", decimals=2),
    "design_effect": _measure("18", "", "Effet de la dispersion des poids", "Kish.", decimals=2),
    "margins": _measure("18", "marges", "Marges du calage", "Totaux de la base retrouvés exactement."),
}
OUTCOMES = {
    "responded": "ont répondu",
    "partial": "ont commencé sans envoyer",
    "refusal": "ont refusé",
    "out_of_scope": "hors du champ, fusionnées ou en double",
    "wrong_contact": "mauvais contact",
    "silent": "sans réponse",
}

_TITLE = re.compile(r"^## S\.(\d+) (.+)$", re.MULTILINE)
_BLANK = re.compile(r"\$\{([^}]*)\}")
BOUND = re.compile(r"\$\{(?P<measure>[a-z_0-9]+)(?:\.(?P<universe>[a-z]+))?(?:\.(?P<domain>\w+))?\}")


class Heading(Frozen):
    """One heading with its text; the blanks ``${measure.universe.domain}`` are not filled yet."""

    code: str
    title: str
    blocks: tuple[Block, ...]


class QualityText(Frozen):
    """The text of a quality report, its headings in order."""

    edition: str
    headings: tuple[Heading, ...]


def quality_file(edition: str) -> str:
    """Return the file of the text of the quality report of an edition, below the folder of specifications."""
    return f"quality/{edition}.md"


def load_quality(path: Path) -> QualityText:
    """Return the text of a quality report, empty under every heading without a file; raises SpecInvalid."""
    if not path.exists():
        empty = tuple(Heading(code=code, title=title, blocks=()) for code, title in HEADINGS.items())
        return QualityText(edition=path.stem, headings=empty)
    text = path.read_text(encoding="utf-8")
    problems = [*_heading_problems(str(path), text), *_blank_problems(str(path), text)]
    if problems:
        raise SpecInvalid(problems)
    parts = _TITLE.split(text)[1:]
    headings = tuple(
        Heading(code=code, title=HEADINGS[code], blocks=tuple(text_blocks(body.strip())))
        for code, body in zip(parts[::3], parts[2::3], strict=True)
    )
    return QualityText(edition=path.stem, headings=headings)


def _heading_problems(file: str, text: str) -> Iterator[SpecProblem]:
    found = [(match[1], match[2].strip(), text[: match.start()].count("\n") + 1) for match in _TITLE.finditer(text)]
    for code, title, line in found:
        if HEADINGS.get(code) != title:
            hint = f"Écrire « ## S.{code} {HEADINGS[code]} »." if code in HEADINGS else "Les rubriques vont de 1 à 19."
            yield SpecProblem(file, line, 1, f"« S.{code} {title} » n’est pas une rubrique.", hint)
    if [code for code, _, _ in found] != list(HEADINGS):
        missing = [f"S.{code}" for code in HEADINGS if code not in {found_code for found_code, _, _ in found}]
        hint = f"Il manque {', '.join(missing)}." if missing else "Les écrire de S.1 à S.19."
        yield SpecProblem(file, 1, 1, "les dix-neuf rubriques ne sont pas toutes là, dans l’ordre.", hint)


def _blank_problems(file: str, text: str) -> Iterator[SpecProblem]:
    for line, written in enumerate(text.splitlines(), start=1):
        for match in _BLANK.finditer(written):
            bound = BOUND.fullmatch(match[0])
            if bound is None or bound["measure"] not in MEASURES:
                hint = nearest_or_list(match[1].split(".")[0], MEASURES)
                yield SpecProblem(file, line, match.start() + 1, f"mesure inconnue « {match[0]} ».", hint)
