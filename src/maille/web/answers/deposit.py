"""The answers that were sent, as the dataset ``collected/<edition>/answers``."""

from collections.abc import Iterator
from itertools import chain

import polars as pl

from maille.catalogue import Card, Confidentiality, Draft, Variable, sha256
from maille.pipeline import Run
from maille.specs import Question
from maille.specs.previous import is_repeated
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.web.accounts.access import PHONE
from maille.web.answers.models import Answer, Submission
from maille.web.answers.outcomes import outcomes_draft, paradata_draft
from maille.web.answers.sending import sent_answers
from maille.web.campaigns.models import CompiledQuestionnaire, Edition, Unit
from maille.web.campaigns.versions import compiled, is_compiled

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
    "status": pl.String,
    "author_kind": pl.String,
    "saved_at": pl.Datetime("us", "UTC"),
    "rule": pl.String,
    "reason": pl.String,
    "remark": pl.String,
    "prefilled": pl.Boolean,
}
MODES = {
    "web": "site",
    "phone": "téléphone, saisi par l’assistance",
    "workbook": "classeur déposé",
    "simulated": "simulation",
    "http_demo": "simulation par les pages du site",
}
AUTHOR_KINDS = {"owner": "la collectivité", "guest": "un collègue invité", "agent": "un agent de l’assistance"}
REASONS = Answer.Reason.choices
ANSWERS = (
    Variable(name="unit", label="Code de la commune ou SIREN de l’EPCI", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="questionnaire", label="Questionnaire", kind="code"),
    Variable(name="version", label="Version du questionnaire", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="value", label="Réponse, telle que le questionnaire l’écrit"),
    Variable(
        name="state",
        label="État de la réponse",
        kind="code",
        codes={
            "answered": "répondu",
            "unknown": "ne peut pas donner ce nombre",
            "empty": "laissé vide",
            "not_applicable": "question non posée",
            "previous": "valeur reprise, montrée mais ni confirmée ni changée : ce n’est pas une réponse",
        },
    ),
    Variable(
        name="mode",
        label="Mode de collecte",
        kind="code",
        codes=MODES,
    ),
    Variable(name="submitted_at", label="Date d’envoi (UTC)", kind="date"),
    Variable(
        name="status",
        label="D’où vient la valeur",
        kind="code",
        codes={
            "collected": "donnée par la collectivité",
            "forced": "maintenue avec une raison malgré un contrôle",
            "previous": "reprise de la base ou de l’édition précédente, non confirmée",
        },
    ),
    Variable(name="author_kind", label="Qui a répondu", kind="code", codes=AUTHOR_KINDS),
    Variable(name="saved_at", label="Date d’enregistrement (UTC)", kind="date"),
    Variable(name="rule", label="Règle malgré laquelle la valeur est maintenue"),
    Variable(
        name="reason", label="Raison donnée", kind="code", codes={str(code): str(label) for code, label in REASONS}
    ),
    Variable(name="remark", label="Précision donnée"),
    Variable(name="prefilled", label="Valeur proposée, confirmée telle quelle", kind="boolean"),
)
_PATHS = (
    "unit__code",
    "unit__universe",
    "unit__submissions__questionnaire",
    "unit__submissions__version",
    "variable",
    "value",
    "state",
    "mode",
    "unit__submissions__submitted_at",
    "author",
    "saved_at",
    "reason",
    "remark",
    "prefilled",
)
_RAW = {name: kind for name, kind in SCHEMA.items() if name not in ("status", "author_kind", "rule")} | {
    "author": pl.String
}


def deposited_answers(edition: Edition | str) -> pl.DataFrame:
    """Return every answer of the questionnaires sent, one row a variable, sorted by unit and variable."""
    sent = Answer.objects.filter(
        unit__edition=edition, unit__status=Unit.Status.SUBMITTED, unit__submissions__reopened_at__isnull=True
    )
    rows = chain(sent.values_list(*_PATHS).iterator(chunk_size=20_000), _being_corrected(edition))
    order = [*list(SCHEMA)[:9], "author", "saved_at", "reason", "remark", "prefilled"]
    table = pl.DataFrame(rows, schema={name: _RAW[name] for name in order}, orient="row")
    forced = pl.col("reason") != ""
    completed = table.join(_rules(table["version"].unique().to_list()), on=["version", "variable"], how="left")
    return (
        completed.with_columns(
            status=pl.when(pl.col("state") == "previous")
            .then(pl.lit("previous"))
            .when(forced)
            .then(pl.lit("forced"))
            .otherwise(pl.lit("collected")),
            author_kind=author_kind(),
            rule=pl.when(forced).then(pl.col("soft_check")).fill_null(""),
        )
        .select(*SCHEMA)
        .sort("unit", "variable")
    )


def author_kind() -> pl.Expr:
    """Return owner, guest or agent, from the author and the mode of an answer; names are kept elsewhere."""
    agent, guest = pl.col("mode") == PHONE, pl.col("author").str.starts_with("invité-")
    return pl.when(agent).then(pl.lit("agent")).when(guest).then(pl.lit("guest")).otherwise(pl.lit("owner"))


def _rules(versions: list[str]) -> pl.DataFrame:
    """Return the soft check of each variable of these versions, as it is written."""
    rows = [
        (version, question.name, _rule(question))
        for version in versions
        if is_compiled(version)
        for question in compiled(version).variables()
        if question.soft_check is not None or is_repeated(question)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("version", "variable", "soft_check"), pl.String), orient="row")


def _rule(question: Question) -> str:
    """Return what may doubt an answer: its soft check, and the distance to the answer that it repeats."""
    written = [question.soft_check.text] if question.soft_check else []
    return " ; ".join([*written, f"écart avec {question.prefill}"] if is_repeated(question) else written)


def _being_corrected(edition: Edition | str) -> Iterator[tuple[object, ...]]:
    """Yield what was last sent by the authorities that have reopened their questionnaire since."""
    reopened = Submission.objects.select_related("unit").filter(unit__edition=edition, reopened_at__isnull=False)
    last = reopened.exclude(unit__status=Unit.Status.SUBMITTED).order_by("unit", "-number")
    seen: set[int] = set()
    for one in last:
        if one.unit_id not in seen:
            seen.add(one.unit_id)
            about = (one.unit.code, one.unit.universe, one.questionnaire, one.version)
            for variable, kept in sent_answers(one).items():
                about_answer = (variable, kept.value, kept.state, kept.mode, one.submitted_at)
                yield (*about, *about_answer, kept.author, kept.saved_at, kept.reason, kept.remark, kept.prefilled)


def dataset_name(edition: str) -> str:
    """Return the name under which the answers of an edition are deposited."""
    return f"collected/{edition}/answers"


def answers_draft(edition: Edition) -> Draft:
    """Return the answers of the questionnaires sent, marked as simulated when the edition is."""
    simulated = " simulées" if edition.simulated else ""
    return Draft(
        name=dataset_name(edition.id),
        table=deposited_answers(edition),
        title=f"Réponses envoyées par les collectivités{simulated}",
        variables=ANSWERS,
        source="Maille, site de collecte" + (" de démonstration" if edition.simulated else ""),
        vintage=edition.id,
        description="Une ligne par collectivité et par variable, questionnaires envoyés seulement.",
        confidentiality=Confidentiality.SECRET,
        simulated=edition.simulated,
    )


def questionnaires_draft(edition: Edition) -> Draft:
    """Return every version of the questionnaires that was sent, so that each answer is read as it was asked."""
    versions = Submission.objects.filter(unit__edition=edition).values_list("version", flat=True).distinct()
    kept = CompiledQuestionnaire.objects.filter(version__in=list(versions)).order_by("version")
    rows = list(kept.values_list("version", "questionnaire", "universe", "body"))
    labels = {"version": "Version", "questionnaire": "Questionnaire", "universe": "Univers", "body": "Contenu, en JSON"}
    return Draft(
        name=f"collected/{edition.id}/questionnaires",
        table=pl.DataFrame(rows, schema=dict.fromkeys(labels, pl.String), orient="row"),
        title="Les versions des questionnaires qui ont été envoyés",
        variables=tuple(Variable(name=name, label=label) for name, label in labels.items()),
        source="Maille, site de collecte",
        vintage=edition.id,
        confidentiality=Confidentiality.OPEN,
        simulated=edition.simulated,
    )


def submitted_checksum(edition: str) -> str:
    """Return the checksum of what is submitted: who, when, and the print of the answers."""
    sent = Submission.objects.filter(unit__edition=edition, reopened_at__isnull=True).order_by("unit__code")
    rows = sent.values_list("unit__code", "mode", "submitted_at", "fingerprint")
    lines = (f"{unit} {mode} {at:%Y-%m-%dT%H:%M:%S.%f} {seal}" for unit, mode, at, seal in rows)
    return sha256("\n".join(lines).encode())


def bring_in(run: Run) -> list[Card]:
    """Deposit the answers sent so far, for every edition that has some; return the cards."""
    editions = Edition.objects.filter(units__submissions__isnull=False).distinct().order_by("id")
    return [bring_in_edition(run, edition) for edition in editions]


def bring_in_edition(run: Run, edition: Edition) -> Card:
    """Deposit the answers sent so far for one edition, as the child of its sample and of its questionnaires."""
    asked = [questionnaire_file(run.specs, edition.survey, universe) for universe in UNIVERSES]
    parents = [edition.sample_dataset]
    for draft in (outcomes_draft(edition), paradata_draft(edition)):
        run.deposit(draft, parents=parents, specs=asked)
    run.deposit(questionnaires_draft(edition), specs=asked)
    return run.deposit(answers_draft(edition), parents=parents, specs=asked)
