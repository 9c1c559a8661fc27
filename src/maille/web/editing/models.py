"""Decisions on answers: kept one after the other, never changed; and the recalculations that tell what they move."""

from datetime import datetime

from django.db import models

from maille.web.campaigns.models import Edition, Unit


class Edit(models.Model):
    """What was decided of an answer, by whom and why; the answer itself stays what was collected."""

    class State(models.TextChoices):
        EDITED = "edited", "Corrigée"
        FORCED = "forced", "Maintenue"
        RETURNED = "returned", "Renvoyée à la collectivité"
        ACCEPTED = "accepted", "Rien à faire"
        UNDONE = "undone", "Décision annulée"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="edits")
    variable = models.CharField(max_length=80)
    before = models.TextField(blank=True)
    """What was collected when it was decided, as the answers are kept."""
    after = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State)
    rule = models.TextField(blank=True)
    reason = models.CharField(max_length=300, blank=True)
    who = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["unit", "variable"]),)
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.variable} {self.state}"

    @classmethod
    def last_states(cls, edition: Edition) -> dict[tuple[str, str], str]:
        """Return the last decision on each answer of an edition, by code of the authority and variable."""
        rows = cls.objects.filter(unit__edition=edition).values_list("unit__code", "variable", "state")
        return {(code, variable): state for code, variable, state in rows}


class Recalculation(models.Model):
    """The figures recomputed aside with the decisions of a moment; nothing published changes."""

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        RUNNING = "running", "En cours"
        DONE = "done", "Terminé"
        FAILED = "failed", "Arrêté"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="recalculations")
    by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    step = models.CharField(max_length=120, blank=True)
    done = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=0)
    decisions = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    moved = models.JSONField(default=list)
    """The figures that would move: a list of rows, read with ``recalculating.Moved``."""

    def __str__(self) -> str:
        return f"{self.edition_id} {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    def shows(self, step: str, done: int, total: int) -> None:
        """Tell the page how far it is."""
        self.step, self.done, self.total = step, done, total
        self.save(update_fields=["step", "done", "total"])

    def ends(self, state: str, at: datetime, problem: str = "") -> None:
        self.state, self.finished_at, self.problem = state, at, problem[:300]
        self.save(update_fields=["state", "finished_at", "problem", "moved"])
