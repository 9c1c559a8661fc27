"""What an agent fills in a case."""

from datetime import timedelta

from django import forms
from django.utils import timezone

from maille.web.campaigns.models import Unit
from maille.web.hotline.models import Case

LONGEST_EXTENSION = timedelta(days=28)
"""The most that the hotline may give beyond the closing date of the edition."""


class NoteForm(forms.Form):
    text = forms.CharField(max_length=1000, error_messages={"required": "Écrivez le compte rendu de l’appel."})
    status = forms.ChoiceField(choices=Case.Status.choices)
    category = forms.ChoiceField(choices=Case.Category.choices)


class CallBackForm(forms.Form):
    due = forms.DateField(
        error_messages={"required": "Donnez le jour du rappel.", "invalid": "Donnez le jour ainsi : 23/01/2026."}
    )
    text = forms.CharField(max_length=300, required=False)

    def clean_due(self) -> object:
        if self.cleaned_data["due"] < timezone.localdate():
            raise forms.ValidationError("Ce jour est passé.")
        return self.cleaned_data["due"]


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(choices=[("", "Aucune issue"), *Unit.Outcome.choices], required=False)
    reason = forms.CharField(max_length=300, error_messages={"required": "Donnez la raison, en quelques mots."})


class CodeForm(forms.Form):
    way = forms.ChoiceField(choices=[("mail", ""), ("voice", "")])


class ContactForm(forms.Form):
    name = forms.CharField(max_length=150, error_messages={"required": "Écrivez le nom."})
    function = forms.CharField(max_length=150, required=False)
    email = forms.EmailField(required=False, error_messages={"invalid": "Cette adresse n’est pas complète."})
    phone = forms.CharField(max_length=40, required=False)


class ExtensionForm(forms.Form):
    closes_on = forms.DateField(
        error_messages={"required": "Donnez le nouveau jour.", "invalid": "Donnez le jour ainsi : 23/01/2026."}
    )

    def __init__(self, *args: object, unit: Unit, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = unit.edition.closes, unit.edition.closes + LONGEST_EXTENSION

    def clean_closes_on(self) -> object:
        day = self.cleaned_data["closes_on"]
        if not self.first < day <= self.last:
            raise forms.ValidationError(
                f"Choisissez un jour après le {self.first:%d/%m/%Y}, au plus le {self.last:%d/%m/%Y}."
            )
        return day


class CallForm(forms.Form):
    consent = forms.BooleanField(error_messages={"required": "Demandez l’accord de la personne, puis cochez la case."})
    speaker = forms.CharField(max_length=150, error_messages={"required": "Écrivez avec qui vous parlez."})
