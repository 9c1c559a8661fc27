"""The codebook of a questionnaire: every variable with its meaning, its codes, when it is asked, how it is checked."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from maille.catalogue.cells import csv_bytes
from maille.forms.outline import with_french_spaces
from maille.forms.typesetting import page, typeset
from maille.forms.words import if_clause, in_words
from maille.specs import Question, Questionnaire, Rule, Section
from maille.specs.questionnaire import OWNERS

KINDS = {
    "select_one": "un choix",
    "select_multiple": "plusieurs choix",
    "integer": "nombre entier",
    "decimal": "nombre",
    "year": "année",
    "text": "texte",
}
CONFIDENTIALITY = {
    "public": "peut être montrée telle quelle",
    "suppress": "seulement dans des agrégats protégés",
    "confidential": "jamais publiée",
}
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
COLUMNS = {
    "name": "Variable",
    "number": "Question",
    "section": "Section",
    "owner": "Service",
    "label": "Libellé",
    "hint": "Aide",
    "kind": "Type",
    "unit": "Unité",
    "choices": "Modalités",
    "required": "Obligatoire",
    "unknown": "Code de « ne peut pas être donné »",
    "relevance": "Posée si",
    "checks": "Contrôles",
    "period": "Période",
    "concept": "Concept",
    "confidentiality": "Confidentialité",
    "prefill": "Valeur proposée",
    "since": "Depuis",
    "until": "Jusqu’à",
    "same_as": "Même variable que",
}
"""The columns of the codebook, in order: name and title."""


@dataclass(frozen=True)
class Entry:
    """A variable; rules are in words, ``relevance`` without « si »; an absent piece is an empty text."""

    name: str
    number: str
    section: str
    owner: str
    label: str
    hint: str
    kind: str
    several: bool
    unit: str
    choices: tuple[tuple[str, str], ...]
    required: bool
    unknown: str
    relevance: str
    checks: tuple[str, ...]
    period: str
    concept: str
    confidentiality: str
    prefill: str
    since: str
    until: str
    same_as: str

    def cell(self, column: str) -> str:
        """Return a column as text: choices as « code = label », checks one after the other."""
        value = getattr(self, column)
        if column == "choices":
            return " ; ".join(f"{code} = {label}" for code, label in value)
        if column == "required":
            return "oui" if value else "non"
        return " ".join(value) if isinstance(value, tuple) else str(value)


def entries(questionnaire: Questionnaire) -> list[Entry]:
    """Return the variables of a questionnaire, in order."""
    return [
        _entry(questionnaire, section, question) for section in questionnaire.sections for question in section.questions
    ]


def _entry(questionnaire: Questionnaire, section: Section, question: Question) -> Entry:
    return Entry(
        name=question.name,
        number=question.number,
        section=f"{section.letter}. {section.title}",
        owner=OWNERS[section.owner] if section.owner else "",
        label=section.wording(question),
        hint=question.hint or "",
        kind=KINDS[question.kind],
        several=question.kind == "select_multiple",
        unit=question.unit or "",
        choices=tuple((choice.code, choice.label) for choice in question.choices),
        required=question.required,
        unknown=question.unknown_code or "",
        relevance=_relevance(questionnaire, section, question),
        checks=tuple(_checks(questionnaire, question)),
        period=_period(question.reference_period or str(questionnaire.reference_year)),
        concept=question.concept or "",
        confidentiality=CONFIDENTIALITY[question.sdc],
        prefill=question.prefill or "",
        since=str(question.since or ""),
        until=str(question.until or ""),
        same_as=question.same_as or "",
    )


def _period(written: str) -> str:
    """Return a period in words: « au 31 décembre 2024 » for a date, anything else as it is written."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return written
    return f"au {day.day} {MONTHS[day.month - 1]} {day.year}"


def _relevance(questionnaire: Questionnaire, section: Section, question: Question) -> str:
    rules = [rule for rule in (section.relevant, question.relevant) if rule is not None]
    return ", et ".join(in_words(rule, questionnaire) for rule in rules)


def _checks(questionnaire: Questionnaire, question: Question) -> list[str]:
    def said(rule: Rule) -> str:
        return in_words(rule, questionnaire, current=question.name)

    soft = "À confirmer, avec un motif," if question.severity == "warn" else "Signalée"
    checks = (("À corriger", question.constraint), (soft, question.soft_check))
    return [f"{fate} sauf {if_clause(said(rule))}." for fate, rule in checks if rule is not None]


def codebook_csv(questionnaire: Questionnaire) -> bytes:
    """Return the codebook as CSV, UTF-8, separated by semicolons; no cell starts a formula."""
    rows = ([entry.cell(column) for column in COLUMNS] for entry in entries(questionnaire))
    return csv_bytes(COLUMNS.values(), rows)


def codebook_pdf(questionnaire: Questionnaire, *, simulated: bool) -> bytes:
    """Return the codebook as a tagged PDF."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for entry in entries(questionnaire):
        parts.setdefault(entry.section, []).append(asdict(entry))
    form: dict[str, Any] = {
        "title": questionnaire.title,
        "version": questionnaire.version,
        "notice": questionnaire.notice or "",
        "parts": [{"title": title, "entries": held} for title, held in parts.items()],
    }
    about = {"simulated": simulated}
    return typeset(page("codebook"), inputs={"form": with_french_spaces(form), "about": about})
