"""An edition of the survey and the authorities drawn for it."""

from datetime import date
from pathlib import Path

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

    def __str__(self) -> str:
        return self.title

    def questionnaire_path(self, universe: str) -> Path:
        return settings.MAILLE_SPECS / questionnaire_file(settings.MAILLE_SPECS, self.survey, universe)

    def is_open(self, day: date) -> bool:
        return self.opens <= day <= self.closes

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
