"""The answers of an authority, one row a variable, and what they were before."""

from django.db import models

from maille.web.campaigns.models import Unit


class Answer(models.Model):
    class State(models.TextChoices):
        ANSWERED = "answered"
        UNKNOWN = "unknown"
        EMPTY = "empty"
        NOT_APPLICABLE = "not_applicable"
        INVALID = "invalid"
        """What was typed cannot be read: kept as it is, until it is corrected."""

    class Reason(models.TextChoices):
        """Why an unlikely number is right, in the words of the respondent's page."""

        EXACT = "exact", "Oui, ce nombre est exact"
        ESTIMATE = "estimate", "C’est une estimation, je n’ai pas mieux"
        UNUSUAL = "unusual", "L’année est exceptionnelle"
        OTHER = "other", "Une autre raison"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="answers")
    variable = models.CharField(max_length=60)
    value = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=State)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=150)
    mode = models.CharField(max_length=16)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "variable"], name="one_answer_per_variable"),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.variable} ({self.state})"


class FormerAnswer(models.Model):
    """A value that was replaced: who had given it, and when it was replaced."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="former_answers")
    variable = models.CharField(max_length=60)
    value = models.TextField(blank=True)
    state = models.CharField(max_length=16)
    author = models.CharField(max_length=150)
    mode = models.CharField(max_length=16)
    saved_at = models.DateTimeField()
    replaced_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.unit_id} {self.variable} ({self.state})"


class Submission(models.Model):
    """The receipt: when, by whom, which questionnaire, and the print of the answers."""

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="submission")
    questionnaire = models.CharField(max_length=60)
    version = models.CharField(max_length=64)
    author = models.CharField(max_length=150)
    mode = models.CharField(max_length=16)
    submitted_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.submitted_at:%Y-%m-%d %H:%M} {self.fingerprint[:12]}"
