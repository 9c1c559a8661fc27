"""What an offline workbook says in words: the first sheet, and the help under each question."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maille.forms.skips import Skips
from maille.specs import UNKNOWN_LABEL, Question, Questionnaire
from maille.specs.typography import french, number


@dataclass(frozen=True)
class Recipient:
    """For whom a workbook is written: the authority as its pages call it, and what is known of it beforehand."""

    code: str
    name: str
    population: int | None
    closes: str
    proposals: Mapping[str, str] = field(default_factory=dict)
    """What was known before, by variable, in a sentence."""


def notes(questionnaire: Questionnaire, recipient: Recipient) -> list[tuple[str, str]]:
    """Return the lines of the first sheet, each with its style."""
    said = [
        ("note title", questionnaire.title),
        ("note mark", f"Le classeur de {recipient.name} ({recipient.code})"),
        ("note", questionnaire.notice or ""),
        ("note", ""),
        ("note head", "Remplir sans connexion"),
        ("note", "1. Remplissez les cases blanches encadrées. Les autres cellules sont verrouillées."),
        ("note", "2. Enregistrez le fichier au format Excel (.xlsx), sous le nom que vous voulez. Dans LibreOffice, "
                 "ce format s’appelle « Excel 2007-365 (.xlsx) »."),
        ("note", "3. Déposez-le depuis le sommaire du questionnaire. Vous verrez ce qui change avant d’accepter."),
        ("note", f"Le classeur est à déposer avant le {recipient.closes}. Rien n’est envoyé tant que vous ne l’avez "
                 "pas décidé sur le site."),
        ("note", ""),
        ("note head", "Comment répondre"),
        ("note", "Une liste : choisissez une réponse dans la liste de la case."),
        ("note", "Une case à cocher : écrivez x ; laissez vide pour ne pas cocher."),
        ("note", "Un nombre : écrivez-le en chiffres, sans unité. 0 veut dire « aucun » ; une case vide veut dire "
                 "que vous n’avez pas répondu."),
        ("note", f"Un nombre que vous n’avez pas : écrivez x dans la colonne « {UNKNOWN_LABEL} »."),
        ("note", "Une case grise : la question ne vous concerne pas, d’après vos autres réponses. Laissez-la vide."),
        ("note", ""),
        ("note head", "À savoir"),
        ("note", "Ce classeur ne contient ni macro ni calcul. Un classeur avec des macros, des formules ou des liens "
                 "vers d’autres fichiers est refusé."),
        ("note", "Ce classeur n’appartient qu’à votre collectivité : celui d’une autre est refusé."),
        ("note", f"Version du questionnaire : {questionnaire.version}."),
    ]  # fmt: skip
    return [(style, french(text)) for style, text in said]


def explain(question: Question, skips: Skips, recipient: Recipient) -> list[str]:
    """Return what stands under a question: its help, its period, when it is asked, what is known already."""
    said = [question.hint or ""]
    if question.relevant is not None:
        said.append(f"Seulement {skips.when(question.relevant)}.")
    if question.name in recipient.proposals:
        said.append(f"{recipient.proposals[question.name]} Recopiez cette réponse si elle est toujours exacte.")
    elif question.prefill == "frame:population" and recipient.population is not None:
        said.append(f"Nombre connu : {number(recipient.population)}. Recopiez-le s’il est exact.")
    if question.prefill == "frame:name":
        said.append(f"Nom connu : {recipient.name}.")
    return [french(text) for text in said if text]
