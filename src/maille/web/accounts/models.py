"""The trace of what people did: who, what, when, on which unit; never an answer."""

from datetime import datetime

from django.db import models


class AuditEvent(models.Model):
    who = models.CharField(max_length=150)
    what = models.CharField(max_length=40)
    when = models.DateTimeField()
    unit = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = (models.Index(fields=["unit", "when"]),)

    def __str__(self) -> str:
        return f"{self.when:%Y-%m-%d %H:%M} {self.who} {self.what} {self.unit}".strip()

    @classmethod
    def record(cls, who: str, what: str, *, at: datetime, unit: str = "") -> None:
        cls.objects.create(who=who, what=what, when=at, unit=unit)
