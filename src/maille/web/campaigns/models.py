"""An edition of the survey and the authorities drawn for it."""

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from maille.specs import questionnaire_file
from maille.web.campaigns.codes import code_hash, draw_code, same_code


class Edition(models.Model):
    id = models.SlugField(primary_key=True, max_length=40)
    survey = models.SlugField(max_length=40)
    """The identifier under ``specs`` of what is asked: questionnaires, sample plan, messages."""
    title = models.CharField(max_length=120)
    opens = models.DateField()
    closes = models.DateField()
    simulated = models.BooleanField(default=True)
    weekly_cap = models.PositiveSmallIntegerField(default=2)
    """How many messages an authority may receive in seven days."""
    contacts_until = models.DateField(null=True)
    """The day from which the contacts must be purged."""

    def __str__(self) -> str:
        return self.title

    def questionnaire_path(self, universe: str) -> Path:
        return settings.MAILLE_SPECS / questionnaire_file(settings.MAILLE_SPECS, self.survey, universe)

    def is_open(self, day: date) -> bool:
        return self.opens <= day <= self.closes

    @property
    def messages_folder(self) -> Path:
        return settings.MAILLE_SPECS / "messages" / self.survey

    @property
    def sample_dataset(self) -> str:
        return f"collected/{self.survey}/sample"


class CompiledQuestionnaire(models.Model):
    """A version of a questionnaire, as it was asked; never changed once it is here."""

    version = models.CharField(primary_key=True, max_length=64)
    questionnaire = models.CharField(max_length=60)
    universe = models.CharField(max_length=10)
    body = models.TextField()
    """The questionnaire as JSON; read with ``specs.Questionnaire``."""
    compiled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.questionnaire} {self.version}"


class AskedVersion(models.Model):
    """Which version of the questionnaire an edition asks a universe now."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="asked_versions")
    universe = models.CharField(max_length=10)
    compiled = models.ForeignKey(CompiledQuestionnaire, on_delete=models.PROTECT)
    since = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "universe"], name="one_version_asked"),)

    def __str__(self) -> str:
        return f"{self.edition_id} {self.universe} {self.compiled_id}"


class Unit(models.Model):
    class Universe(models.TextChoices):
        COMMUNES = "communes", "Communes"
        EPCI = "epci", "Intercommunalités"

    class Status(models.TextChoices):
        NEVER_OPENED = "never_opened", "Pas ouvert"
        STARTED = "started", "En cours"
        SUBMITTED = "submitted", "Envoyé"

    class Outcome(models.TextChoices):
        """What the survey team knows of a unit beyond its questionnaire; blank while nothing is known."""

        PHONE = "answered_by_phone", "A répondu par téléphone"
        REFUSAL = "refusal", "Refuse de répondre"
        OUT_OF_SCOPE = "out_of_scope", "Hors du champ"
        MERGED = "merged", "Commune fusionnée"
        WRONG_CONTACT = "wrong_contact", "Mauvais contact"
        DUPLICATE = "duplicate", "Doublon"

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="units")
    code = models.CharField(max_length=9)
    universe = models.CharField(max_length=10, choices=Universe)
    name = models.CharField(max_length=200)
    size_band = models.CharField(max_length=40)
    departement = models.CharField(max_length=3)
    region = models.CharField(max_length=3)
    population = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.NEVER_OPENED)
    access_code_hash = models.CharField(max_length=64)
    started_at = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    closes_on = models.DateField(null=True)
    """A closing date of its own, when the hotline gave it more time."""
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(null=True)
    siren = models.CharField(max_length=9, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "code"], name="one_unit_per_edition"),)
        indexes = (models.Index(fields=["edition", "status"]),)

    sections_given: frozenset[str] | None = None
    """What a guest may see of this unit while its page is made; None stands for everything. Never stored."""

    asked_then: str = ""
    """The version asked when this unit was read (``reading.seated_unit``): not to be trusted to write. Never stored."""

    batch: Any = None
    """Where this unit writes while many are filled in one transaction (``answers.together``). Never stored."""

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def closing(self) -> date:
        """The last day on which this authority may answer."""
        return max(self.closes_on or self.edition.closes, self.edition.closes)

    def is_open(self, day: date) -> bool:
        return self.edition.opens <= day <= self.closing

    @property
    def is_submitted(self) -> bool:
        return self.status == self.Status.SUBMITTED

    def accepts(self, code: str) -> bool:
        return same_code(code, self.access_code_hash)

    def replace_code(self) -> str:
        """Draw another code; the former one opens nothing any more."""
        code = draw_code()
        self.access_code_hash = code_hash(code)
        self.save(update_fields=["access_code_hash"])
        return code


class Contact(models.Model):
    """Whom to write to in an authority, as the operator's file gives them; deleted by the purge."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=40, default="principal")
    name = models.CharField(max_length=150, blank=True)
    function = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    """The postal address, one line a line."""
    source = models.CharField(max_length=150)
    imported_at = models.DateTimeField()
    bounced_at = models.DateTimeField(null=True)
    kept_until = models.DateField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "role"], name="one_contact_per_role"),)
        indexes = (models.Index(fields=["email"]),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.role}"


class Event(models.Model):
    """A date of the calendar of an edition; with an audience and a template, it sends a message to each once."""

    class Kind(models.TextChoices):
        ANNOUNCEMENT = "announcement", "Annonce"
        OPENING = "opening", "Ouverture"
        REMINDER = "reminder", "Relance"
        CLOSING = "closing", "Clôture"
        NOTICE = "notice", "Dernier avis"
        EXTENSION = "extension", "Prolongation"
        THANKS = "thanks", "Remerciements"
        ARCHIVE = "archive", "Archivage"
        PURGE = "purge", "Effacement des contacts"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    label = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField()
    """Its place among the events: a reminder follows the one before it."""
    on = models.DateField()
    audience = models.SlugField(max_length=40, blank=True)
    template = models.SlugField(max_length=60, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "rank"], name="one_event_per_rank"),)
        ordering = ("edition", "rank")

    def __str__(self) -> str:
        return f"{self.label} ({self.on:%Y-%m-%d})"


class Mailing(models.Model):
    """A long work: an event sent to its audience, by e-mail or as letters; taken up again where it stopped."""

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        RUNNING = "running", "En cours"
        DONE = "done", "Terminé"
        FAILED = "failed", "Interrompu"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="mailings")
    by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-asked_at",)

    def __str__(self) -> str:
        return f"{self.event_id} {self.state} {self.done}/{self.total}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)


class Message(models.Model):
    """The trace of one message: to whom (masked), which text, when, and what became of it; never its body."""

    class Status(models.TextChoices):
        LEAVING = "leaving", "En cours d’envoi"
        """Reserved before it leaves: an interruption there never sends it twice."""
        SENT = "sent", "Envoyé"
        PRINTED = "printed", "Imprimé"
        FAILED = "failed", "Non parti"
        BOUNCED = "bounced", "Revenu"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="messages")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="messages")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="messages")
    address = models.CharField(max_length=120, blank=True)
    """Masked: « m…@exemple.fr »."""
    kind = models.CharField(max_length=8)
    template = models.CharField(max_length=60)
    version = models.CharField(max_length=12)
    status = models.CharField(max_length=8, choices=Status)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "event"], name="one_message_per_unit_and_event"),)
        indexes = (models.Index(fields=["unit", "at"]), models.Index(fields=["event", "status"]))

    def __str__(self) -> str:
        return f"{self.unit_id} {self.template} {self.status}"
