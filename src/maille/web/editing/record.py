"""What the page of a record shows: each doubted answer with its history, and the answers around it."""

from dataclasses import dataclass
from typing import Any

from maille.specs import Question, Questionnaire
from maille.specs.sentence import quantity
from maille.web.answers.models import Answer
from maille.web.answers.prefill import proposals
from maille.web.campaigns.models import Unit
from maille.web.editing.models import Edit
from maille.web.editing.queue import Line, in_words

REASONS = dict(Answer.Reason.choices)
EXPECTED = {
    "previous": "réponse de l’édition précédente",
    "size": "médiane des collectivités semblables, à la même population",
    "other": "ce que répond l’autre collectivité",
}


@dataclass(frozen=True)
class Doubt:
    """A doubted answer in words; ``given`` is what its field holds to begin with."""

    line: Line
    question: Question
    wording: str
    collected: str
    used: str
    expected: str
    expected_from: str
    before: str
    reason: str
    effect: str
    history: tuple[Edit, ...]
    given: frozenset[str]

    @property
    def is_changed(self) -> bool:
        return self.collected != self.used


def doubts_of(unit: Unit, lines: list[Line], questionnaire: Questionnaire) -> list[Doubt]:
    """Return the doubted answers of an authority, in the order of the queue."""
    known = proposals(unit, questionnaire)
    edits: dict[str, list[Edit]] = {}
    for edit in unit.edits.all():
        edits.setdefault(edit.variable, []).append(edit)
    doubts = []
    for line in lines:
        row, variable = line.row, line.row["variable"]
        question = questionnaire.question(variable)
        history = edits.get(variable, [])
        used = history[-1].after if history and history[-1].state == Edit.State.EDITED else row["used"]
        section = questionnaire.section(questionnaire.section_of[variable])
        said = REASONS.get(row["reason"] or "", "")
        doubts.append(
            Doubt(
                line=line,
                question=question,
                wording=section.wording(question),
                collected=in_words(questionnaire, variable, row["collected"]),
                used=in_words(questionnaire, variable, used),
                expected=in_words(questionnaire, variable, row["expected"]) if row["expected"] else "",
                expected_from=EXPECTED.get(row["expected_from"] or "", ""),
                before=known[variable].sentence if variable in known and known[variable].year else "",
                reason=" : ".join(part for part in (str(said), row["remark"] or "") if part),
                effect=effect_in_words(row),
                history=tuple(reversed(history)),
                given=frozenset((used or "").split(" ") if question.kind == "select_multiple" else [used or ""]),
            )
        )
    return doubts


def effect_in_words(row: Any) -> str:
    """Return what the correction does to the figure, in its unit and in standard errors; empty when it is not known."""
    if row["effect"] is None:
        return ""
    unit = "points" if row["figure_unit"] == "%" else row["figure_unit"] or ""
    sign = "+" if row["effect"] > 0 else "−"
    return f"{sign}\u00a0{quantity(abs(row['effect']), unit, 2).strip()}"


def around(unit: Unit, lines: list[Line], questionnaire: Questionnaire) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return, for each section of a doubted answer, the number, wording and value of its answers as they are kept."""
    wanted = dict.fromkeys(line.row["section"] for line in lines)
    kept = {answer.variable: answer for answer in Answer.objects.filter(unit=unit, state="answered")}
    shown = []
    for section_id in wanted:
        section = questionnaire.section(section_id)
        rows = [
            (one.number, one.label, in_words(questionnaire, one.name, kept[one.name].value))
            for one in section.questions
            if one.name in kept
        ]
        shown.append((f"{section.letter}. {section.title}", rows))
    return shown
