"""A questionnaire with something of everything: every kind, a grid, conditions within and across sections."""

from pathlib import Path

from maille.specs import Questionnaire, load_questionnaire

COLUMNS = (
    "type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message",
    "bind::maille:intro", "bind::maille:minutes", "bind::maille:format", "bind::maille:unit",
    "bind::maille:unknown_code", "bind::maille:soft_check", "bind::maille:soft_message", "bind::maille:severity",
    "bind::maille:section_owner", "bind::maille:reference_period", "bind::maille:concept", "bind::maille:sdc",
    "bind::maille:same_as",
)  # fmt: skip

ROWS = (
    {"type": "hidden", "name": "population"},
    {
        "type": "begin_group", "name": "section_organisation", "label": "L’organisation",
        "bind::maille:intro": "Au 31 décembre 2024.", "bind::maille:minutes": "3",
        "bind::maille:section_owner": "general",
    },
    {"type": "select_one oui_non_nsp", "name": "ccas", "label": "Avez-vous un CCAS ?", "required": "yes",
     "hint": "Un « centre » & rien d'autre.", "bind::maille:concept": "ccas", "bind::maille:sdc": "public",
     "bind::maille:same_as": "asco-2020:ccas"},
    {"type": "select_one oui_non", "name": "budget", "label": "A-t-il un budget ?", "relevant": "${ccas} = 'oui'"},
    {"type": "integer", "name": "creation", "label": "En quelle année a-t-il été créé ?", "bind::maille:format": "year",
     "relevant": "${ccas} = 'oui'", "constraint": ". >= 1900 and . <= 2024",
     "constraint_message": "Indiquez une année entre 1900 et 2024."},
    {"type": "select_multiple domaines", "name": "domaines", "label": "Dans quels domaines agissez-vous ?",
     "hint": "Cochez tout ce qui convient.", "required": "yes"},
    {"type": "end_group"},
    {"type": "begin_group", "name": "section_places", "label": "Les places",
     "relevant": "not(selected(${domaines}, 'aucun'))", "bind::maille:minutes": "5"},
    {"type": "begin_group", "name": "grille_places", "label": "Combien de places proposez-vous ?",
     "hint": "Au 31 décembre 2024."},
    {"type": "integer", "name": "places_logement", "label": "Logement", "bind::maille:unit": "places",
     "bind::maille:unknown_code": "inconnu", "relevant": "selected(${domaines}, 'logement')"},
    {"type": "integer", "name": "places_creche", "label": "Petite enfance", "bind::maille:unit": "places",
     "bind::maille:unknown_code": "inconnu", "relevant": "selected(${domaines}, 'enfance')",
     "constraint": ". <= ${population}", "constraint_message": "Plus de ${population} places."},
    {"type": "end_group"},
    {"type": "decimal", "name": "etp", "label": "Combien d’agents en équivalent temps plein ?",
     "bind::maille:unit": "ETP", "bind::maille:unknown_code": "inconnu",
     "bind::maille:reference_period": "au 31 décembre 2024",
     "bind::maille:soft_check": ". * 1000 <= coalesce(${population}, 0)",
     "bind::maille:soft_message": "${etp} ETP, est-ce exact ?", "bind::maille:severity": "warn"},
    {"type": "text", "name": "pourquoi", "label": "Pourquoi n’avez-vous pas d’agent ?", "relevant": "${etp} = 0"},
    {"type": "integer", "name": "depenses", "label": "Combien avez-vous dépensé ?", "bind::maille:unit": "€",
     "bind::maille:unknown_code": "inconnu",
     "bind::maille:soft_check": "if(count-selected(${domaines}) > 1, . div 2 >= 100, . - 1 > 0 or . mod 10 = 0)",
     "bind::maille:soft_message": "Est-ce exact ?", "bind::maille:severity": "info"},
    {"type": "end_group"},
    {"type": "begin_group", "name": "section_fin", "label": "Pour finir"},
    {"type": "text", "name": "autre", "label": "Quel autre domaine ?",
     "relevant": "selected(${domaines}, 'autre') or ${ccas} = 'nsp' or ${ccas} = 'non' and ${population} + 1 < 500"},
    {"type": "text", "name": "remarques", "label": "Une remarque ?"},
    {"type": "end_group"},
)  # fmt: skip

REST = """
| choices | list_name | name | label | maille_exclusive |
|---|---|---|---|---|
| | oui_non | oui | Oui | |
| | oui_non | non | Non | |
| | oui_non_nsp | oui | Oui | |
| | oui_non_nsp | non | Non | |
| | oui_non_nsp | nsp | Je ne sais pas | |
| | domaines | logement | Le logement | |
| | domaines | enfance | La petite enfance | |
| | domaines | autre | Un autre domaine | |
| | domaines | aucun | Aucun | yes |

| settings | form_title | form_id | namespaces | attribute::maille:universe | attribute::maille:reference_year | attribute::maille:notice |
|---|---|---|---|---|---|---|
| | Un questionnaire riche | riche-2025-communes | maille="urn:maille:xlsform" | communes | 2024 | Ce questionnaire est celui du projet. |
"""  # noqa: E501


def write_rich(path: Path) -> Path:
    """Write the questionnaire in its text form."""
    lines = ["| survey | " + " | ".join(COLUMNS) + " |"]
    lines += ["| | " + " | ".join(row.get(column, "") for column in COLUMNS) + " |" for row in ROWS]
    path.write_text("\n".join(lines) + "\n" + REST, encoding="utf-8")
    return path


def rich(folder: Path) -> Questionnaire:
    """Return the questionnaire, read as any other."""
    return load_questionnaire(write_rich(folder / "riche-2025-communes.md"))
