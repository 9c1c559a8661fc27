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
        PREVIOUS = "previous"
        """A value of the frame or of the previous edition, shown and neither confirmed nor changed: not an answer."""

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
    version = models.CharField(max_length=64, blank=True)
    """The version of the questionnaire that was on the page."""
    revision = models.PositiveIntegerField(default=0)
    """The revision of its section at which it was written."""
    page = models.CharField(max_length=16, blank=True)
    """The drawing of the page that wrote it: what a page wrote itself never conflicts with what it writes next."""
    prefilled = models.BooleanField(default=False)
    """The value was proposed, and confirmed as it stood."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "variable"], name="one_answer_per_variable"),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.variable} ({self.state})"


class FormerAnswer(models.Model):
    """A value that is no longer the answer: who had given it, and when it was replaced or set aside."""

    class Fate(models.TextChoices):
        REPLACED = "replaced", "Remplacée"
        DISCARDED = "discarded", "Non retenue"
        """One of two values given at the same time, which was not chosen: it never was the answer."""
        SET_ASIDE = "set_aside", "Mise de côté"
        """The questionnaire no longer asks it, or asks it otherwise."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="former_answers")
    variable = models.CharField(max_length=60)
    value = models.TextField(blank=True)
    state = models.CharField(max_length=16)
    author = models.CharField(max_length=150)
    mode = models.CharField(max_length=16)
    saved_at = models.DateTimeField()
    version = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=16, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    page = models.CharField(max_length=16, blank=True)
    prefilled = models.BooleanField(default=False)
    replaced_at = models.DateTimeField()
    fate = models.CharField(max_length=10, choices=Fate, default=Fate.REPLACED)

    class Meta:
        indexes = (models.Index(fields=["unit", "variable"]),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.variable} ({self.state})"


class PendingAnswer(models.Model):
    """A value given while someone else gave another one: both are kept until a person chooses."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="pending_answers")
    variable = models.CharField(max_length=60)
    value = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=Answer.State)
    reason = models.CharField(max_length=16, choices=Answer.Reason, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=150)
    mode = models.CharField(max_length=16)
    saved_at = models.DateTimeField()
    version = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)
    page = models.CharField(max_length=16)
    prefilled = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "variable", "page"], name="one_pending_per_page"),)
        ordering = ("saved_at", "id")

    def __str__(self) -> str:
        return f"{self.unit_id} {self.variable} ({self.state})"


class Submission(models.Model):
    """The receipt: when, by whom, which questionnaire, and the print of the answers."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField(default=1)
    """1 for the first sending, 2 for the one after a reopening, and so on."""
    questionnaire = models.CharField(max_length=60)
    version = models.CharField(max_length=64)
    author = models.CharField(max_length=150)
    mode = models.CharField(max_length=16)
    submitted_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.CharField(max_length=150, blank=True)
    reopening_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "number"], name="one_submission_per_number"),)
        ordering = ("unit", "number")

    def __str__(self) -> str:
        return f"{self.unit_id} {self.submitted_at:%Y-%m-%d %H:%M} {self.fingerprint[:12]}"


class SectionState(models.Model):
    """The revision of a section of an authority: one more at each save that changes something."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="section_states")
    section = models.CharField(max_length=60)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "section"], name="one_state_per_section"),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.section} r{self.revision}"


class Presence(models.Model):
    """Who has a section open, and when they last showed it."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="presences")
    section = models.CharField(max_length=60)
    author = models.CharField(max_length=150)
    session = models.CharField(max_length=16)
    """The print of the session: two people may hold the same code."""
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "section", "session"], name="one_presence"),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.section} {self.author}"


class PageEvent(models.Model):
    """How the questionnaire is filled, never what is answered: pages, checks shown, reasons, conflicts, exits."""

    class Kind(models.TextChoices):
        OPEN = "open", "Page ouverte"
        SAVE = "save", "Enregistrement"
        CHECK = "check", "Contrôle affiché"
        FORCED = "forced", "Contrôle maintenu avec une raison"
        CONFLICT = "conflict", "Deux valeurs en même temps"
        HELP = "help", "Aide ouverte"
        LEAVE = "leave", "Page quittée"
        SUBMIT = "submit", "Envoi"
        REOPEN = "reopen", "Réouverture"
        UPLOAD = "upload", "Classeur déposé"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="page_events")
    kind = models.CharField(max_length=12, choices=Kind)
    section = models.CharField(max_length=60, blank=True)
    question = models.CharField(max_length=60, blank=True)
    author_kind = models.CharField(max_length=8)
    """owner, guest or agent."""
    device = models.CharField(max_length=8, blank=True)
    """phone, tablet or computer."""
    at = models.DateTimeField()
    seconds = models.PositiveIntegerField(null=True)
    """Time spent since the page was opened, for a save or a leave."""

    class Meta:
        indexes = (models.Index(fields=["unit", "at"]), models.Index(fields=["kind", "question"]))

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind} {self.section}"


class WorkbookUpload(models.Model):
    """What an uploaded workbook says, until someone accepts or refuses it; its bytes are never kept."""

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="workbook")
    author = models.CharField(max_length=150)
    received_at = models.DateTimeField()
    body = models.TextField()
    """The reading as JSON; read with ``workbook_draft.Received``."""

    def __str__(self) -> str:
        return f"{self.unit_id} {self.received_at:%Y-%m-%d}"
