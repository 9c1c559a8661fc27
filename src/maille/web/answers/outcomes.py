"""What became of each authority, and how the questionnaire was filled, as datasets; neither holds an answer."""

import polars as pl
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from maille.catalogue import Confidentiality, Draft, Variable
from maille.web.answers.models import PageEvent, Submission
from maille.web.campaigns.models import Edition, Unit

_UTC = pl.Datetime("us", "UTC")
_OUTCOMES = {
    "unit": pl.String,
    "universe": pl.String,
    "status": pl.String,
    "outcome": pl.String,
    "outcome_at": _UTC,
    "started_at": _UTC,
    "last_activity_at": _UTC,
    "submitted_at": _UTC,
    "mode": pl.String,
    "submissions": pl.Int64,
    "answers": pl.Int64,
}
_PARADATA = {
    "unit": pl.String,
    "universe": pl.String,
    "kind": pl.String,
    "section": pl.String,
    "question": pl.String,
    "author_kind": pl.String,
    "device": pl.String,
    "at": _UTC,
    "seconds": pl.Int64,
}
_UNIT = (
    Variable(name="unit", label="Code de la commune ou SIREN de l’EPCI", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
)


def _labels(choices: list[tuple[str, str]]) -> dict[str, str]:
    return {str(code): str(label) for code, label in choices}


def outcomes_draft(edition: Edition) -> Draft:
    """Return one row an authority drawn: its status, what the team knows of it, when, and what it gave.

    ``partial`` tells of a questionnaire that was begun, never sent, when the survey closed.
    """
    last = Submission.objects.filter(unit=OuterRef("pk")).order_by("-number").values("mode")[:1]
    answered = Q(answers__state__in=["answered", "unknown"])
    units = edition.units.annotate(
        mode=Subquery(last),
        sendings=Count("submissions", distinct=True),
        given=Count("answers", filter=answered, distinct=True),
    ).order_by("universe", "code")
    columns = ("code", *list(_OUTCOMES)[1:8], "mode", "sendings", "given")
    table = pl.DataFrame(units.values_list(*columns).iterator(chunk_size=5000), schema=_OUTCOMES, orient="row")
    closed = timezone.localdate() > edition.closes
    begun = (pl.col("status") == Unit.Status.STARTED.value) & (pl.col("submissions") == 0)
    return _draft(
        edition,
        "outcomes",
        table.with_columns(pl.col("mode").fill_null(""), partial=begun & closed),
        title="Ce que sont devenues les collectivités interrogées",
        description="Une ligne par collectivité tirée, qu’elle ait répondu ou non. Aucune réponse, aucun contact.",
        variables=(
            *_UNIT,
            Variable(name="status", label="Statut", kind="code", codes=_labels(Unit.Status.choices)),
            Variable(
                name="outcome", label="Issue connue de l’équipe", kind="code", codes=_labels(Unit.Outcome.choices)
            ),
            Variable(name="outcome_at", label="Date de l’issue (UTC)", kind="date"),
            Variable(name="started_at", label="Premier enregistrement (UTC)", kind="date"),
            Variable(name="last_activity_at", label="Dernière activité (UTC)", kind="date"),
            Variable(name="submitted_at", label="Dernier envoi (UTC)", kind="date"),
            Variable(name="mode", label="Mode du dernier envoi", kind="code"),
            Variable(name="submissions", label="Nombre d’envois", kind="integer"),
            Variable(name="answers", label="Nombre de réponses données", kind="integer"),
            Variable(name="partial", label="Commencé, jamais envoyé, à la clôture", kind="boolean"),
        ),
    )


def paradata_draft(edition: Edition) -> Draft:
    """Return one row an event of a page, in order of time: how the questionnaire is filled, never a value."""
    columns = ("unit__code", "unit__universe", *list(_PARADATA)[2:])
    events = PageEvent.objects.filter(unit__edition=edition).order_by("at", "id").values_list(*columns)
    return _draft(
        edition,
        "paradata",
        pl.DataFrame(events.iterator(chunk_size=20_000), schema=_PARADATA, orient="row"),
        title="Comment le questionnaire est rempli",
        description="Une ligne par événement d’une page : ouverture, enregistrement, contrôle, départ. Aucune valeur.",
        variables=(
            *_UNIT,
            Variable(name="kind", label="Événement", kind="code", codes=_labels(PageEvent.Kind.choices)),
            Variable(name="section", label="Section", kind="code"),
            Variable(name="question", label="Variable de la question", kind="code"),
            Variable(name="author_kind", label="Qui remplit", kind="code"),
            Variable(name="device", label="Appareil", kind="code"),
            Variable(name="at", label="Moment (UTC)", kind="date"),
            Variable(name="seconds", label="Temps passé sur la page", kind="integer", unit="secondes"),
        ),
    )


def _draft(
    edition: Edition, name: str, table: pl.DataFrame, *, title: str, description: str, variables: tuple[Variable, ...]
) -> Draft:
    secret = Confidentiality.PERSONAL if name == "paradata" else Confidentiality.SECRET
    return Draft(
        name=f"collected/{edition.id}/{name}",
        table=table,
        title=title,
        description=description,
        variables=variables,
        source="Maille, site de collecte" + (" de démonstration" if edition.simulated else ""),
        vintage=edition.id,
        confidentiality=secret,
        simulated=edition.simulated,
    )
