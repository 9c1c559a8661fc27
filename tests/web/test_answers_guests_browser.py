"""Two people, two browsers: the owner invites, the colleague fills its part, the owner sends."""

import re
from email import message_from_bytes, policy

import pytest

from .conftest import WIDTHS
from .test_answers_browser import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mail(settings, home):
    """Messages are written in a folder, as a demonstration does; returns what reads the latest."""
    settings.EMAIL_BACKEND = "maille.web.letterbox.FileBackend"

    def latest():
        files = sorted((home / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        message = message_from_bytes(files[-1].read_bytes(), policy=policy.default)
        return message, message.get_body().get_content()

    return latest


def press(page, words):
    page.click(f"main button:has-text('{words}')")


def invite(page, live_server, *sections):
    page.goto(f"{live_server.url}/questionnaire/")
    page.click("text=Inviter une personne")
    page.fill("#id_name", "Claire Vasseur")
    page.fill("#id_role", "directrice du CCAS")
    page.fill("#id_email", "claire@example.invalid")
    press(page, "Enregistrer mon nom")
    page.fill("#id_name", "Léa Morin")
    page.fill("#id_email", "lea@example.invalid")
    for section in sections:
        page.check(f"input[name=sections][value={section}]")
    page.fill("#id_days", "5")
    press(page, "Envoyer l’invitation")


def fill_abs(page):
    page.check("input[name=abs][value=non]")
    press(page, "Enregistrer et continuer")
    page.check("input[name=abs_prevue][value=nsp]")
    press(page, "Enregistrer et continuer")


@pytest.mark.parametrize(("width", "javascript"), [(390, False), (1280, True)])
def test_the_owner_invites_the_colleague_fills_and_the_owner_sends(
    open_page, live_server, codes, complete, mail, width, javascript
):
    from maille.web.answers.models import Answer

    Answer.objects.filter(unit=complete, variable__startswith="abs").delete()
    owner, guest = open_page(width, javascript=javascript), open_page(width, javascript=javascript)
    sign_in(owner, live_server, codes["69243"])
    invite(owner, live_server, "abs", "moyens")
    assert "L’invitation est partie" in owner.inner_text("main")

    message, body = mail()
    assert message["To"] == "lea@example.invalid"
    guest.goto(re.search(r"http://\S+/repondre/invitation/\S+/", body).group())
    press(guest, "Ouvrir mes sections")
    assert "Vos partenaires" not in guest.inner_text("main")
    guest.click("text=Reprendre la section")
    fill_abs(guest)
    assert "Les moyens financiers" in guest.inner_text("main")
    press(guest, "Enregistrer et continuer")
    assert guest.inner_text("h1") == "Tout est complet"
    press(guest, "J’ai terminé")
    assert "Vous avez terminé" in guest.inner_text("main")

    message, body = mail()
    assert message["To"] == "claire@example.invalid"
    assert "Léa Morin" in body
    owner.goto(f"{live_server.url}/questionnaire/")
    assert "Léa Morin a terminé sa part" in owner.inner_text("main")
    owner.click("text=Relire et envoyer")
    press(owner, "Envoyer le questionnaire")
    assert owner.inner_text("h1") == "Votre questionnaire est envoyé"
    guest.goto(f"{live_server.url}/questionnaire/")
    assert "Ce questionnaire a été envoyé" in guest.inner_text("main")


def test_the_error_summary_of_an_invitation_takes_the_focus_and_leads_to_the_field(page, live_server, codes):
    sign_in(page, live_server, codes["69243"])
    page.goto(f"{live_server.url}/repondre/qui/")
    press(page, "Enregistrer mon nom")
    page.wait_for_selector("#resume:focus")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_name"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_fault_on_the_pages_of_guests_and_invitations(open_page, live_server, codes, mail, faults, width):
    from maille.web.accounts.models import Guest

    found = {}

    def visit(page, path=""):
        if path:
            page.goto(live_server.url + path)
        found[path or page.url] = faults(page)

    owner, guest = open_page(width), open_page(width)
    visit(owner, "/repondre/lien/")
    press(owner, "Recevoir le lien")
    visit(owner)
    visit(owner, "/repondre/lien/inconnu/")
    sign_in(owner, live_server, codes["69243"])
    invite(owner, live_server, "abs")
    visit(owner)
    press(owner, "Envoyer l’invitation")
    visit(owner)
    visit(owner, f"/repondre/invitations/{Guest.objects.get().pk}/")
    visit(owner, "/repondre/qui/")
    visit(owner, "/questionnaire/")
    guest.goto(re.search(r"http://\S+/repondre/invitation/\S+/", mail()[1]).group())
    visit(guest)
    press(guest, "Ouvrir ma section")
    visit(guest)
    visit(guest, "/repondre/termine/")
    visit(guest, "/questionnaire/envoyer/")
    press_back = f"/repondre/invitations/{Guest.objects.get().pk}/"
    owner.goto(live_server.url + press_back)
    press(owner, "Retirer l’invitation")
    visit(owner)
    visit(guest, "/repondre/invitation/")
    visit(guest, "/accessibilite/")
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert len(found) >= 12
