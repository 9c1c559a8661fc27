"""An edition of the survey and the authorities drawn for it."""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import models

from maille.web.campaigns.codes import code_hash, draw_code, same_code


class Edition(models.Model):
    id = models.SlugField(primary_key=True, max_length=40)
    title = models.CharField(max_length=120)
    opens = models.DateField()
    closes = models.DateField()
    simulated = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.title

    def questionnaire_path(self, universe: str) -> Path:
        return settings.MAILLE_SPECS / "questionnaires" / f"{self.id}-{universe}.md"

    def is_open(self, day: date) -> bool:
        return self.opens <= day <= self.closes


class Unit(models.Model):
    class Universe(models.TextChoices):
        COMMUNES = "communes", "Communes"
        EPCI = "epci", "Intercommunalités"

    class Status(models.TextChoices):
        NEVER_OPENED = "never_opened", "Pas ouvert"
        STARTED = "started", "En cours"
        SUBMITTED = "submitted", "Envoyé"

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
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "code"], name="one_unit_per_edition"),)
        indexes = (models.Index(fields=["edition", "status"]),)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

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
