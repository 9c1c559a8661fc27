"""What a methodologist decides of an answer: each act is a new decision, never a change of what was collected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from maille.errors import UserError
from maille.specs import Question, Questionnaire, encode_value, read_value
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.models import Unit
from maille.web.editing.models import Edit
from maille.web.editing.queue import Line
from maille.web.hotline.models import CallBack, Case, CaseEvent


class DecisionRefused(UserError):
    """What was decided cannot be kept: no reason, no value, or nothing to undo."""


@dataclass(frozen=True)
class Posted:
    """What the form of a decision holds."""

    values: Sequence[str] = ()
    unanswered: bool = False
    reason: str = ""


@dataclass
class Decision:
    """Someone, an answer of an authority as the queue has it, a moment."""

    unit: Unit
    line: Line
    questionnaire: Questionnaire
    who: str
    at: datetime = field(default_factory=timezone.now)

    @property
    def question(self) -> Question:
        return self.questionnaire.question(self.line.row["variable"])

    def correct(self, posted: Posted) -> str:
        """Keep another value, read as the questionnaire reads it. Raises AnswerInvalid, DecisionRefused."""
        reason = _needed(posted.reason, "Dites pourquoi vous corrigez cette réponse, en quelques mots.")
        after = "" if posted.unanswered else encode_value(read_value(self.question, posted.values)[0])
        if not after and not posted.unanswered:
            raise DecisionRefused("Donnez la nouvelle valeur, ou cochez « Laisser sans réponse ».")
        if after == (self.line.row["collected"] or ""):
            raise DecisionRefused("C’est la valeur collectée : pour la garder, choisissez « Maintenir ».")
        self._keep(Edit.State.EDITED, reason, after=after)
        return f"{self.question.number} est corrigée. La réponse collectée reste gardée à côté."

    def force(self, posted: Posted) -> str:
        """Keep the collected value although a rule objects."""
        reason = _needed(posted.reason, "Dites pourquoi la réponse est juste malgré le contrôle, en quelques mots.")
        self._keep(Edit.State.FORCED, reason)
        return f"{self.question.number} est maintenue."

    def send_back(self, posted: Posted) -> str:
        """Ask the hotline to call; it is told the question, never the answer."""
        number = self.question.number
        with transaction.atomic():
            self._keep(Edit.State.RETURNED, posted.reason)
            CallBack.objects.create(
                unit=self.unit,
                due=timezone.localdate(self.at),
                text=f"Question {number} : une réponse à vérifier avec la collectivité.",
                who=self.who,
                at=self.at,
            )
            status = {"status": Case.Status.WAITING, "category": Case.Category.CHECK, "changed_at": self.at}
            Case.objects.update_or_create(unit=self.unit, defaults=status)
            CaseEvent.record(self.unit, "réponse à vérifier", who=self.who, at=self.at, text=f"Question {number}")
        return f"{number} est renvoyée : l’assistance doit rappeler la collectivité aujourd’hui."

    def accept(self, posted: Posted) -> str:
        self._keep(Edit.State.ACCEPTED, posted.reason)
        return f"{self.question.number} : rien à faire. La réponse sort de la file."

    def undo(self, posted: Posted) -> str:
        """Give the collected value back, by another decision."""
        if self.line.is_open:
            raise DecisionRefused("Aucune décision n’est à annuler sur cette réponse.")
        self._keep(Edit.State.UNDONE, posted.reason)
        return f"La décision sur {self.question.number} est annulée : la réponse collectée sert de nouveau."

    def _keep(self, state: str, reason: str, after: str = "") -> None:
        row = self.line.row
        Edit.objects.create(
            unit=self.unit,
            variable=row["variable"],
            before=row["collected"] or "",
            after=after,
            state=state,
            rule=row["rule"] or "",
            reason=reason.strip()[:300],
            who=self.who,
            at=self.at,
        )
        AuditEvent.record(
            self.who, f"réponse {_NAMES[state]}", at=self.at, unit=self.unit.code, detail=str(row["variable"])
        )


_NAMES = {
    "edited": "corrigée",
    "forced": "maintenue",
    "returned": "renvoyée",
    "accepted": "laissée telle quelle",
    "undone": "rétablie",
}
ACTS: dict[str, Callable[[Decision, Posted], str]] = {
    "corriger": Decision.correct,
    "maintenir": Decision.force,
    "renvoyer": Decision.send_back,
    "rien": Decision.accept,
    "annuler": Decision.undo,
}


def _needed(reason: str, message: str) -> str:
    if not reason.strip():
        raise DecisionRefused(message)
    return reason
