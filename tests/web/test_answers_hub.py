"""The contents of the questionnaire: what each section says of itself, who is there, what remains."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from maille.web.accounts.access import HOTLINE
from maille.web.accounts.models import Respondent
from maille.web.accounts.people import add_staff
from maille.web.answers.folder import Folder
from maille.web.answers.hub import topic
from maille.web.answers.models import Presence
from maille.web.answers.progress import section_progress

from .attack_ground import invite
from .conftest import COMPLETE
from .test_answers_pages import save, text

pytestmark = pytest.mark.django_db


def section_of(unit, name):
    return Folder.of(unit).questionnaire.section(name)


def test_a_section_is_summed_up_by_what_its_questions_are_about(tarare):
    assert topic(section_of(tarare, "organisation")) == "La situation au 31 décembre 2024"
    long = section_of(tarare, "organisation").model_copy(update={"intro": "Une phrase qui n’en finit pas " * 10})
    assert topic(long) == ""


def test_the_time_left_goes_down_with_every_answer(clerk, tarare):
    before = section_progress(Folder.of(tarare), section_of(tarare, "organisation")).minutes_left
    save(clerk, "organisation", {key: COMPLETE["organisation"][key] for key in ("ccas", "ccas_budget", "elu_social")})
    del tarare.folder
    after = section_progress(Folder.of(tarare), section_of(tarare, "organisation"))
    assert after.state == "started"
    assert 1 <= after.minutes_left < before


def test_a_section_not_started_says_which_department_it_suits_and_can_be_given(clerk):
    save(clerk, "action", COMPLETE["action"])
    page = text(clerk.get("/questionnaire/"))
    assert "service : finances" in page
    assert f'{reverse("answers:invitations")}?section=moyens"' in page


def test_a_section_that_an_answer_may_open_says_which(clerk):
    page = text(clerk.get("/questionnaire/"))
    assert "Si vous répondez « Oui » à la question C1." in page
    save(clerk, "action", {"action": "non"})
    assert "cette section ne vous concerne pas" in text(clerk.get("/questionnaire/"))


def test_who_is_there_is_said_until_they_have_been_away(clerk, tarare):
    now = timezone.now()
    lea = invite(tarare, name="Léa Morin")
    seen = Presence.objects.create(unit=tarare, section="moyens", author=lea.author, since=now, seen_at=now)
    save(clerk, "action", COMPLETE["action"])
    page = text(clerk.get("/questionnaire/"))
    assert "Léa Morin</strong> y travaille en ce moment" in page
    assert "en ligne, section K" in page
    Presence.objects.filter(pk=seen.pk).update(seen_at=now - timedelta(minutes=10))
    page = text(clerk.get("/questionnaire/"))
    assert "y travaille en ce moment" not in page
    assert "section K seulement, n’a pas encore ouvert son lien" in page


def test_the_closing_date_is_that_of_the_authority(clerk, tarare, edition):
    own = timezone.localdate() + timedelta(days=10)
    type(edition).objects.update(closes=timezone.localdate() + timedelta(days=1))
    type(tarare).objects.update(closes_on=own)
    assert "Il vous reste 10 jours" in text(clerk.get("/questionnaire/"))


def test_an_agent_by_phone_is_said_on_every_page_and_never_takes_a_name(clerk, tarare):
    agent = add_staff("agent", "un mot de passe pour essayer", HOTLINE)
    clerk.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    session = clerk.session
    session["unit"], session["mode"], session["author"] = tarare.pk, "phone", "assistance-1"
    session.save()
    Respondent.objects.create(unit=tarare, name="Claire Vasseur", said_at=timezone.now())
    assert "Saisie par téléphone" in text(clerk.get("/questionnaire/"))
    assert clerk.get("/repondre/qui/").headers["Location"] == "/questionnaire/"
