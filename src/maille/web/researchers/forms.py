"""What researchers and methodologists fill."""

from django import forms

from maille.specs.questionnaire import UNIVERSES

FILES = {"communes": "Le fichier des communes", "epci": "Le fichier des intercommunalités"}
MEASURES = {"count": "Un nombre de lignes", "sum": "Un total", "mean": "Une moyenne"}
_ADDRESS = {"required": "Écrivez votre adresse.", "invalid": "Cette adresse n’est pas complète."}


def _text(message: str, longest: int) -> forms.CharField:
    return forms.CharField(max_length=longest, error_messages={"required": message})


class RequestForm(forms.Form):
    name = _text("Écrivez vos prénom et nom.", 150)
    email = forms.EmailField(error_messages=_ADDRESS)
    institution = _text("Écrivez le nom de votre établissement.", 200)
    position = _text("Écrivez votre fonction.", 150)
    project = _text("Donnez un titre au projet.", 200)
    purpose = _text("Décrivez le projet et ce que vous ferez des fichiers.", 4000)
    universes = forms.MultipleChoiceField(
        choices=[(universe, FILES[universe]) for universe in UNIVERSES],
        error_messages={"required": "Choisissez au moins un fichier."},
    )
    months = forms.IntegerField(
        min_value=1,
        max_value=36,
        error_messages={
            "required": "Écrivez une durée en mois.",
            "invalid": "Écrivez un nombre de mois, par exemple 12.",
            "min_value": "Un mois au moins.",
            "max_value": "Trente-six mois au plus.",
        },
    )


class DecisionForm(forms.Form):
    granted = forms.ChoiceField(
        choices=[("oui", "Accorder l’accès"), ("non", "Refuser")], error_messages={"required": "Choisissez."}
    )
    reasons = _text("Donnez les raisons.", 1000)


class RevocationForm(forms.Form):
    reasons = _text("Donnez la raison du retrait.", 1000)


class SignatureForm(forms.Form):
    read = forms.BooleanField(error_messages={"required": "Cochez la case quand vous avez lu la licence."})
    name = _text("Écrivez vos prénom et nom : ils valent signature.", 150)


class OutputForm(forms.Form):
    universe = forms.ChoiceField(choices=list(FILES.items()))
    title = _text("Donnez un titre à la table.", 200)
    description = _text("Dites ce que contient la table et où elle paraîtra.", 2000)
    measure = forms.ChoiceField(choices=list(MEASURES.items()))
    variable = forms.CharField(max_length=40, required=False)
    file = forms.FileField(error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."})

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        if cleaned.get("measure") in ("sum", "mean") and not cleaned.get("variable"):
            self.add_error("variable", "Écrivez le nom de la variable additionnée.")
        return cleaned


class OutputDecisionForm(forms.Form):
    decision = forms.ChoiceField(
        choices=[
            ("released", "Laisser sortir la table entière"),
            ("partly", "Laisser sortir les cases qui le peuvent ; les refusées et celles à vérifier restent secrètes"),
            ("refused", "Refuser la sortie"),
        ],
        error_messages={"required": "Choisissez."},
    )
    reasons = _text("Donnez les raisons.", 1000)
