"""An access from the request to its end, each download, each output; never a row of a file."""

from datetime import date, datetime

from django.conf import settings
from django.db import models

from maille.web.accounts.tokens import draw_token, token_hash


class Access(models.Model):
    """What someone asks for, what was decided, what was signed: one project of one person, for a time."""

    name = models.CharField(max_length=150)
    email = models.EmailField()
    institution = models.CharField(max_length=200)
    position = models.CharField(max_length=150)
    project = models.CharField(max_length=200)
    purpose = models.TextField(max_length=4000)
    edition = models.CharField(max_length=40)
    universes = models.JSONField(default=list)
    """Universes whose files are asked for, a list of texts."""
    months = models.PositiveSmallIntegerField()
    token_hash = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    reasons = models.CharField(max_length=1000, blank=True)
    expires_on = models.DateField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="accesses")
    licence_version = models.CharField(max_length=20, blank=True)
    licence_sha256 = models.CharField(max_length=64, blank=True)
    signed_name = models.CharField(max_length=150, blank=True)
    signed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=150, blank=True)
    revoked_because = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-asked_at",)

    def __str__(self) -> str:
        return f"{self.project} ({self.pk})"

    def draw_link(self) -> str:
        """Draw the secret of the link that confirms the address, seen this once only."""
        token = draw_token()
        self.token_hash = token_hash(token)
        return token

    @classmethod
    def of_link(cls, token: str) -> "Access | None":
        return cls.objects.filter(token_hash=token_hash(token)).first()

    def state(self, today: date) -> str:
        """Where the access stands: asked, waiting, refused, revoked, expired, unsigned or open."""
        if self.confirmed_at is None:
            return "asked"
        if self.granted is None:
            return "waiting"
        if not self.granted:
            return "refused"
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_on is None or today > self.expires_on:
            return "expired"
        return "open" if self.signed_at is not None else "unsigned"

    def may_open(self, universe: str, today: date) -> bool:
        return self.state(today) == "open" and universe in self.universes


class Download(models.Model):
    """A file that left: who, what, when, and the print of its bytes."""

    access = models.ForeignKey(Access, on_delete=models.PROTECT, related_name="downloads")
    who = models.CharField(max_length=150)
    file = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.who} {self.file} {self.at:%Y-%m-%d %H:%M}"


class Output(models.Model):
    """A table that a researcher asks to take out, what the check said of it, and what was decided."""

    class Decision(models.TextChoices):
        WAITING = "", "En attente"
        RELEASED = "released", "Sortie entière accordée"
        PARTLY = "partly", "Sortie accordée sans les cases refusées"
        REFUSED = "refused", "Sortie refusée"

    access = models.ForeignKey(Access, on_delete=models.PROTECT, related_name="outputs")
    universe = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=2000)
    measure = models.CharField(max_length=10)
    variable = models.CharField(max_length=40, blank=True)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    """The table as it was read: a list of lists of texts, in the order of ``columns``."""
    verdicts = models.JSONField(default=list)
    """A row a figure: conditions, count, verdict, reason; see ``checking.Verdict``."""
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    reasons = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-asked_at",)

    def __str__(self) -> str:
        return f"{self.title} ({self.pk})"

    @property
    def left(self) -> bool:
        """Tell whether something of it may leave."""
        return self.decision in (self.Decision.RELEASED, self.Decision.PARTLY)

    def decide(self, decision: str, *, by: str, at: datetime, reasons: str) -> None:
        self.decision, self.decided_by, self.decided_at, self.reasons = decision, by, at, reasons
        self.save(update_fields=["decision", "decided_by", "decided_at", "reasons"])
