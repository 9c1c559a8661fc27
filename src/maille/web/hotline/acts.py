"""What an agent does in a case: each act is kept in the case and in the journal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django import forms
from django.db import transaction
from django.utils import timezone

from maille.errors import UserError
from maille.web.campaigns.mail import send
from maille.web.campaigns.models import Contact, Unit
from maille.web.hotline.forms import CallBackForm, CodeForm, ContactForm, ExtensionForm, NoteForm, OutcomeForm
from maille.web.hotline.models import CallBack, Case, CaseEvent


class NoKnownAddress(UserError):
    """The authority has no contact with an e-mail: a code can only be read out."""


@dataclass
class Act:
    """An agent, an authority, a time; ``code`` is what is shown once, after a code was replaced aloud."""

    unit: Unit
    who: str
    at: datetime = field(default_factory=timezone.now)
    code: str = ""

    def keep(self, what: str, text: str = "") -> None:
        CaseEvent.record(self.unit, what, who=self.who, at=self.at, text=text)

    def note(self, form: NoteForm) -> str:
        said = form.cleaned_data
        Case.objects.update_or_create(
            unit=self.unit,
            defaults={"status": said["status"], "category": said["category"], "changed_at": self.at},
        )
        self.keep("compte rendu", said["text"])
        return "Le compte rendu est enregistré."

    def call_back(self, form: CallBackForm) -> str:
        due, text = form.cleaned_data["due"], form.cleaned_data["text"]
        CallBack.objects.create(unit=self.unit, due=due, text=text, who=self.who, at=self.at)
        Case.objects.update_or_create(unit=self.unit, defaults={"status": Case.Status.WAITING, "changed_at": self.at})
        self.keep("rappel promis", f"{due:%d/%m/%Y} {text}".strip())
        return f"Le rappel est noté pour le {due:%d/%m/%Y}."

    def called_back(self, form: forms.Form) -> str:
        done = CallBack.objects.filter(unit=self.unit, done_at=None).update(done_at=self.at)
        if done:
            self.keep("rappel fait")
        return "Le rappel est fait." if done else "Aucun rappel n’était promis."

    def outcome(self, form: OutcomeForm) -> str:
        self.unit.outcome = form.cleaned_data["outcome"]
        self.unit.outcome_at = self.at if self.unit.outcome else None
        self.unit.save(update_fields=["outcome", "outcome_at"])
        label = self.unit.get_outcome_display() or "aucune issue"
        self.keep("issue", f"{label} : {form.cleaned_data['reason']}")
        return f"L’issue est enregistrée : {label}."

    def replace_code(self, form: CodeForm) -> str:
        """Draw another code; sent to the contact already known, or shown once to be read out."""
        if form.cleaned_data["way"] == "voice":
            self.code = self.unit.replace_code()
            self.keep("code remplacé, lu au téléphone")
            return "Le code est remplacé. Lisez-le : il ne sera plus montré."
        contact = self.unit.contacts.exclude(email="").order_by("pk").first()
        if contact is None:
            raise NoKnownAddress("Aucun contact de cette collectivité n’a d’adresse électronique : lisez le code.")
        with transaction.atomic():
            code = self.unit.replace_code()
            message = send(self.unit, "code-remplace", to=contact.email, context={"code": code}, at=self.at)
            self.keep("code remplacé, envoyé", message.address)
        return f"Le nouveau code est parti à {message.address}. Le précédent n’ouvre plus rien."

    def change_contact(self, form: ContactForm) -> str:
        said = form.cleaned_data
        fresh = {"bounced_at": None, "source": "assistance", "imported_at": self.at}
        Contact.objects.update_or_create(unit=self.unit, role="principal", defaults=said | fresh)
        self.keep("contact changé")
        return "Le contact principal est changé."

    def extend(self, form: ExtensionForm) -> str:
        self.unit.closes_on = form.cleaned_data["closes_on"]
        self.unit.save(update_fields=["closes_on"])
        self.keep("délai accordé", f"jusqu’au {self.unit.closes_on:%d/%m/%Y}")
        return f"Cette collectivité peut répondre jusqu’au {self.unit.closes_on:%d/%m/%Y}."


ACTS: dict[str, tuple[type[forms.Form], Callable[..., str]]] = {
    "note": (NoteForm, Act.note),
    "rappel": (CallBackForm, Act.call_back),
    "rappel-fait": (forms.Form, Act.called_back),
    "issue": (OutcomeForm, Act.outcome),
    "code": (CodeForm, Act.replace_code),
    "contact": (ContactForm, Act.change_contact),
    "delai": (ExtensionForm, Act.extend),
}
