"""The answers that were sent, as the dataset ``collected/<edition>/answers``."""

import polars as pl

from maille.web.answers.models import Answer
from maille.web.campaigns.models import Edition, Unit

SCHEMA = {
    "unit": pl.String,
    "universe": pl.String,
    "questionnaire": pl.String,
    "version": pl.String,
    "variable": pl.String,
    "value": pl.String,
    "state": pl.String,
    "mode": pl.String,
    "submitted_at": pl.Datetime("us", "UTC"),
}
_PATHS = (
    "unit__code",
    "unit__universe",
    "unit__submission__questionnaire",
    "unit__submission__version",
    "variable",
    "value",
    "state",
    "mode",
    "unit__submission__submitted_at",
)


def deposited_answers(edition: Edition | str) -> pl.DataFrame:
    """Return every answer of the questionnaires sent, one row a variable, sorted by unit and variable."""
    sent = Answer.objects.filter(unit__edition=edition, unit__status=Unit.Status.SUBMITTED)
    rows = sent.values_list(*_PATHS).iterator(chunk_size=20_000)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("unit", "variable")
