"""The decisions on answers, as the dataset ``collected/<edition>/edits`` that the chain reads."""

from datetime import UTC

import polars as pl

from maille.catalogue import Card, Confidentiality, Draft, Variable
from maille.pipeline import Run
from maille.web.campaigns.models import Edition
from maille.web.editing.models import Edit

EDITS = (
    Variable(name="number", label="Ordre des décisions", kind="integer"),
    Variable(name="unit", label="Code de la commune ou SIREN de l’EPCI", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="before", label="Valeur collectée quand la décision a été prise"),
    Variable(name="after", label="Valeur corrigée"),
    Variable(
        name="state",
        label="Décision",
        kind="code",
        codes={str(code): str(label) for code, label in Edit.State.choices},
    ),
    Variable(name="rule", label="Règle en cause"),
    Variable(name="reason", label="Pourquoi"),
    Variable(name="who", label="Par qui"),
    Variable(name="when", label="Quand (UTC)"),
)
_PATHS = ("unit__code", "unit__universe", "variable", "before", "after", "state", "rule", "reason", "who")


def edits_draft(edition: Edition) -> Draft:
    """Return every decision on the answers of an edition, in the order in which they were taken."""
    decided = Edit.objects.filter(unit__edition=edition).order_by("pk").values_list(*_PATHS, "at")
    rows = [
        (number, *rest, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        for number, (*rest, at) in enumerate(decided, start=1)
    ]
    schema = {one.name: pl.Int64 if one.kind == "integer" else pl.String for one in EDITS}
    return Draft(
        name=f"collected/{edition.id}/edits",
        table=pl.DataFrame(rows, schema=schema, orient="row"),
        title="Décisions prises sur les réponses" + (" (simulées)" if edition.simulated else ""),
        variables=EDITS,
        source="Maille, vérification des réponses",
        vintage=edition.id,
        description="Une ligne par décision, dans l’ordre ; la dernière sur chaque réponse vaut.",
        confidentiality=Confidentiality.SECRET,
        simulated=edition.simulated,
    )


def bring_in_edits(run: Run, edition: Edition) -> Card:
    """Deposit the decisions of an edition, as the child of its sample; what was deposited before stays beside."""
    return run.deposit(edits_draft(edition), parents=[edition.sample_dataset])


def bring_in_all_edits(run: Run) -> list[Card]:
    """Deposit the decisions of every edition that has some; return the cards."""
    editions = Edition.objects.filter(units__edits__isnull=False).distinct().order_by("id")
    return [bring_in_edits(run, edition) for edition in editions]
