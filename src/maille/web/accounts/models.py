"""People without an account (guests, links sent by e-mail), and the trace of what everyone did; never an answer."""

from datetime import datetime

from django.db import models

from maille.web.accounts.tokens import draw_token, token_hash


class AuditEvent(models.Model):
    who = models.CharField(max_length=150)
    what = models.CharField(max_length=40)
    when = models.DateTimeField()
    unit = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    """What is worth knowing of the act; never an answer, a code or a contact."""

    class Meta:
        indexes = (
            models.Index(fields=["unit", "when"]),
            models.Index(fields=["who", "when"]),
            models.Index(fields=["when"]),
        )

    def __str__(self) -> str:
        return f"{self.when:%Y-%m-%d %H:%M} {self.who} {self.what} {self.unit}".strip()

    @classmethod
    def record(cls, who: str, what: str, *, at: datetime, unit: str = "", detail: str = "") -> None:
        cls.objects.create(who=who, what=what, when=at, unit=unit, detail=detail[:300])


class Respondent(models.Model):
    """Someone who answers for an authority and said who they are; answers keep ``author``, never the name."""

    unit = models.ForeignKey("campaigns.Unit", on_delete=models.CASCADE, related_name="respondents")
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} ({self.unit_id})"

    @property
    def author(self) -> str:
        return f"répondant-{self.pk}"

    @property
    def shown(self) -> str:
        return f"{self.name}, {self.role}" if self.role else self.name


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

    @property
    def author(self) -> str:
        return f"invité-{self.pk}"

    @property
    def shown(self) -> str:
        return self.name

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def draw_link(self) -> str:
        """Draw the secret of another link, seen this once only; the former link opens nothing any more."""
        token = draw_token()
        self.token_hash = token_hash(token)
        return token

    @classmethod
    def of_link(cls, token: str) -> "Guest | None":
        return cls.objects.select_related("unit__edition").filter(token_hash=token_hash(token)).first()


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

    @classmethod
    def of_link(cls, token: str) -> "SignInLink | None":
        return cls.objects.select_related("unit__edition").filter(token_hash=token_hash(token)).first()

    def use(self, now: datetime) -> bool:
        """Use the link up; False when it was used meanwhile or is too old."""
        unused = SignInLink.objects.filter(pk=self.pk, used_at=None, expires_at__gt=now)
        return bool(unused.update(used_at=now))
