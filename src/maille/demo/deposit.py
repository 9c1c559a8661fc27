"""What was submitted on the site, as a dataset to bring into the pipeline."""

from maille.catalogue import Confidentiality, Draft, Variable, sha256

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
        },
    ),
    Variable(
        name="mode",
        label="Mode de collecte",
        kind="code",
        codes={"web": "site", "simulated": "simulation", "http_demo": "simulation par les pages du site"},
    ),
    Variable(name="submitted_at", label="Date d’envoi (UTC)", kind="date"),
)


def answers_draft(edition: str, name: str) -> Draft:
    """Return the answers of the questionnaires sent, marked as simulated."""
    from maille.web.answers.deposit import deposited_answers

    return Draft(
        name=name,
        table=deposited_answers(edition),
        title="Réponses envoyées par les collectivités simulées",
        variables=ANSWERS,
        source="Maille, démonstration : collectivités simulées, et visiteurs du site de démonstration",
        vintage=edition,
        description="Simulées : docs/explications/population-simulee.md. Une ligne par collectivité et par variable.",
        confidentiality=Confidentiality.SECRET,
        simulated=True,
    )


def submitted_checksum(edition: str) -> str:
    """Return the checksum of what is submitted: who, when, and the print of the answers."""
    from maille.web.answers.models import Submission

    sent = Submission.objects.filter(unit__edition=edition).order_by("unit__code")
    rows = sent.values_list("unit__code", "mode", "submitted_at", "fingerprint")
    return sha256(
        "\n".join(f"{unit} {mode} {at:%Y-%m-%dT%H:%M:%S.%f} {seal}" for unit, mode, at, seal in rows).encode()
    )
