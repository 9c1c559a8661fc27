import pytest
from django.core import mail as outbox
from django.db import IntegrityError

from maille.web.campaigns import mail
from maille.web.campaigns.models import Contact, Event, Message

from .conftest import AT

pytestmark = pytest.mark.django_db

TO = "mairie@example.invalid"


@pytest.fixture
def event(edition):
    return Event.objects.create(edition=edition, kind="reminder", label="Relance 1", rank=1, on=AT.date())


def test_a_message_leaves_with_its_blanks_filled_and_its_trace_without_body_or_address(tarare):
    sent = mail.send(tarare, "lien", to=TO, context={"lien": "https://x/secret"}, at=AT)
    (letter,) = outbox.outbox
    assert letter.subject == "ASCO 2025 : votre lien de connexion"
    assert "https://x/secret" in letter.body
    assert (sent.status, sent.address, sent.kind) == ("sent", "m…@example.invalid", "email")
    assert "secret" not in str(list(Message.objects.values()))


def test_the_name_of_the_contact_opens_the_message(tarare):
    Contact.objects.create(unit=tarare, email=TO, name="Claire Vasseur", source="essai", imported_at=AT)
    mail.send(tarare, "ouverture", to=TO, context={}, at=AT)
    assert outbox.outbox[0].body.startswith("Claire Vasseur,")


def test_an_authority_is_written_to_once_for_an_event(tarare, event):
    mail.send(tarare, "ouverture", to=TO, context={}, at=AT, event=event)
    with pytest.raises(IntegrityError):
        mail.send(tarare, "ouverture", to=TO, context={}, at=AT, event=event)
    assert len(outbox.outbox) == 1


def test_a_simulated_edition_never_writes_to_a_real_address_or_server(tarare, settings):
    with pytest.raises(mail.OutsideForbidden):
        mail.send(tarare, "ouverture", to="mairie@tarare.fr", context={}, at=AT)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(mail.OutsideForbidden):
        mail.send(tarare, "ouverture", to=TO, context={}, at=AT)
    assert not Message.objects.exists()


def test_files_of_mail_are_read_by_their_owner_only(tarare, settings, home):
    settings.EMAIL_BACKEND = "maille.web.letterbox.FileBackend"
    mail.send(tarare, "ouverture", to=TO, context={}, at=AT)
    (file,) = (home / "mail").iterdir()
    assert (home / "mail").stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_server_that_refuses_is_told_in_the_trace(tarare, settings, monkeypatch):
    def refuse(_self, _messages):
        raise OSError("pas de réseau")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    assert mail.send(tarare, "ouverture", to=TO, context={}, at=AT).status == "failed"
