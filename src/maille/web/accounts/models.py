"""People without an account (guests, links sent by e-mail), and the trace of what everyone did; never an answer."""

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


class Guest(models.Model):
    """A colleague invited by an authority to fill some sections; its link is kept as a keyed print only."""

    unit = models.ForeignKey("campaigns.Unit", on_delete=models.CASCADE, related_name="guests")
    name = models.CharField(max_length=150)
    email = models.EmailField()
    sections = models.JSONField(default=list)
    """Identifiers of sections, a list of texts."""
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=150)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.unit_id})"

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class SignInLink(models.Model):
    """A link sent by e-mail that opens the questionnaire once; kept as a keyed print only."""

    unit = models.ForeignKey("campaigns.Unit", on_delete=models.CASCADE, related_name="sign_in_links")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.created_at:%Y-%m-%d %H:%M}"

    def opens(self, now: datetime) -> bool:
        return self.used_at is None and now < self.expires_at
