"""Cases of the hotline, what happened in them, and call-backs; never an answer."""

from datetime import date, datetime

from django.db import models

from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.models import Unit


class Case(models.Model):
    """Where the hotline stands with an authority."""

    class Status(models.TextChoices):
        NEW = "new", "Aucun appel"
        OPEN = "open", "Appel ouvert"
        WAITING = "waiting", "À rappeler"
        EXPERT = "expert", "Passé à un expert"
        CLOSED = "closed", "Appel clos"

    class Category(models.TextChoices):
        SIGN_IN = "sign_in", "Se connecter"
        QUESTION = "question", "Comprendre une question"
        CHECK = "check", "Un contrôle qui bloque"
        CONTACT = "contact", "Changer d’interlocuteur"
        TIME = "time", "Manquer de temps"
        REFUSAL = "refusal", "Ne pas vouloir répondre"
        TECHNICAL = "technical", "Panne"
        OTHER = "other", "Autre"

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="case")
    status = models.CharField(max_length=8, choices=Status, default=Status.NEW)
    category = models.CharField(max_length=10, choices=Category, blank=True)
    changed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.status}"

    @classmethod
    def of(cls, unit: Unit) -> "Case":
        """Return the case of this authority, new when nobody called yet."""
        return cls.objects.filter(unit=unit).first() or cls(unit=unit)


class CaseEvent(models.Model):
    """An act or a note of an agent."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="case_events")
    who = models.CharField(max_length=150)
    what = models.CharField(max_length=40)
    text = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["unit", "at"]),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.what}"

    @classmethod
    def record(cls, unit: Unit, what: str, *, who: str, at: datetime, text: str = "") -> None:
        """Keep the act in the case and in the journal; the text of a note stays in the case."""
        cls.objects.create(unit=unit, who=who, what=what, at=at, text=text[:1000])
        AuditEvent.record(who, what, at=at, unit=unit.code)


class CallBack(models.Model):
    """A promise to call an authority on a day."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="call_backs")
    due = models.DateField()
    text = models.CharField(max_length=300, blank=True)
    who = models.CharField(max_length=150)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["due", "done_at"]),)
        ordering = ("due", "pk")

    def __str__(self) -> str:
        return f"{self.unit_id} {self.due}"

    def is_late(self, day: date) -> bool:
        return self.due < day
