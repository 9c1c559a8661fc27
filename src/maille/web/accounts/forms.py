"""What methodologists fill about the staff."""

from django import forms

from maille.web.accounts.access import ROLES


class InvitationForm(forms.Form):
    name = forms.CharField(label="Prénom et nom", max_length=150, error_messages={"required": "Écrivez le nom."})
    email = forms.EmailField(
        label="Adresse électronique",
        error_messages={"required": "Écrivez l’adresse.", "invalid": "Cette adresse n’est pas complète."},
    )
    role = forms.ChoiceField(
        label="Rôle", choices=list(ROLES.items()), error_messages={"required": "Choisissez un rôle."}
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Rôle", choices=list(ROLES.items()))


class JournalForm(forms.Form):
    unit = forms.CharField(label="Autorité (code)", max_length=20, required=False)
    who = forms.CharField(label="Personne", max_length=150, required=False)
    what = forms.CharField(label="Acte", max_length=40, required=False)
