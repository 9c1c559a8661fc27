"""What the respondent's side pages ask: who you are, whom you invite, where to send a link."""

import re
from collections.abc import Sequence

from django import forms

from maille.specs import Section

MAX_DAYS = 30
_NOT_A_NAME = re.compile(r"[/@<>:\\\r\n]|www\.", re.IGNORECASE)


class PersonName(forms.CharField):
    """A name as a person has one: what could be an address or an advertisement is refused."""

    def clean(self, value: object) -> str:
        name = super().clean(value)
        if _NOT_A_NAME.search(name):
            raise forms.ValidationError("Écrivez seulement un nom : ni adresse, ni lien.")
        return name


class WhoForm(forms.Form):
    name = PersonName(
        label="Votre nom",
        max_length=80,
        error_messages={"required": "Écrivez votre nom."},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    role = PersonName(
        label="Votre fonction (facultatif)",
        help_text="Par exemple : directrice du CCAS, secrétaire de mairie, adjoint aux affaires sociales.",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    email = forms.EmailField(
        label="Votre adresse électronique (facultatif)",
        help_text="Pour vous prévenir quand une personne invitée a terminé. Elle ne sert à rien d’autre.",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={"invalid": "Cette adresse n’est pas complète. Exemple : prenom.nom@mairie.example."},
    )


class SectionsForm(forms.Form):
    """Which sections, and for how long; the choices are the sections of the questionnaire."""

    sections = forms.MultipleChoiceField(
        label="Sections à remplir",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une section."},
    )
    days = forms.IntegerField(
        label="Durée de l’invitation",
        min_value=1,
        max_value=MAX_DAYS,
        initial=14,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), f"Écrivez un nombre de jours entre 1 et {MAX_DAYS}."
        ),
    )

    def __init__(self, *args: object, choices: Sequence[Section], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sections"].choices = [(one.id, f"{one.letter}. {one.title}") for one in choices]


class InvitationForm(SectionsForm):
    name = PersonName(
        label="Nom de la personne",
        help_text="Il sera affiché à côté de ses réponses.",
        max_length=80,
        error_messages={"required": "Écrivez le nom de la personne."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="Son adresse électronique",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        error_messages={
            "required": "Écrivez l’adresse à laquelle envoyer l’invitation.",
            "invalid": "Cette adresse n’est pas complète. Exemple : prenom.nom@mairie.example.",
        },
    )
    field_order = ("name", "email", "sections", "days")


class LinkForm(forms.Form):
    identifiant = forms.CharField(
        label="Identifiant de votre commune ou intercommunalité",
        help_text="Code Insee (5 signes) ou numéro Siren (9 chiffres). Exemple : 69243.",
        max_length=20,
        error_messages={"required": "Écrivez l’identifiant."},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    email = forms.EmailField(
        label="Adresse électronique",
        help_text="Celle que votre commune ou intercommunalité nous a donnée.",
        widget=forms.TextInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": "Écrivez l’adresse électronique.",
            "invalid": "Cette adresse n’est pas complète. Exemple : prenom.nom@mairie.example.",
        },
    )

    def clean_identifiant(self) -> str:
        return identifier(self.cleaned_data["identifiant"])


def identifier(typed: str) -> str:
    """Return the code of an authority, however it was typed."""
    return "".join(typed.split()).upper()[:20]
