"""What belongs to another authority, and what a role does not open: refused, and nothing of it comes out."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from maille.web.accounts.access import RESEARCHER, ROLES
from maille.web.accounts.models import Guest, SignInLink
from maille.web.accounts.tokens import token_hash
from maille.web.answers.models import Answer, Presence
from maille.web.answers.saving import save_section
from maille.web.answers.sending import submit
from maille.web.campaigns.models import Unit

from .attack_ground import NEVER, answering, body, doors, everyone, invite, welcomed
from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
SECRET = "918273645"
"""An amount that only the attacked authority gave."""
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def attacked(tarare):
    """Tarare has answered everything, sent, invited someone and given its name."""
    for section, posted in COMPLETE.items():
        more = {"investissement": [SECRET], "investissement__reason": ["other"], "investissement__remark": [NEVER]}
        given = posted | (more if "investissement" in posted else {})
        save_section(tarare, section, given, author="répondant", mode="web", at=AT)
    tarare.respondents.create(name=f"Claire {NEVER}", email=f"{NEVER}@example.invalid", said_at=timezone.now())
    invite(tarare, name=f"Léa {NEVER}", email=f"{NEVER}2@example.invalid", token_hash="x")
    submit(Unit.objects.get(pk=tarare.pk), author="répondant", mode="web", at=AT)
    return tarare


def secrets_in(response):
    return [word for word in (SECRET, "918 273 645", "918\u202f273\u202f645", NEVER) if word in body(response)]


def questionnaire_doors(unit):
    guest = unit.guests.get()
    found = [
        door
        for section in ("moyens", "identite")
        for number in (1, 2)
        for door in doors(section_id=section, guest_id=guest.pk, number=number)
        if door.audience in ("respondent", "owner")
    ]
    assert {"answers:history", "answers:conflict", "answers:receipt_pdf"} <= {door.name for door in found}
    return list({door.path: door for door in found}.values())


def test_the_authority_itself_finds_what_the_attacks_look_for(attacked, codes):
    mine = answering("69243", codes)
    assert "918\u202f273\u202f645" in secrets_in(mine.get("/questionnaire/recu/"))


def test_no_page_of_the_questionnaire_shows_anything_of_another_authority(attacked, codes):
    neighbour = answering("69149", codes)
    before = list(Answer.objects.order_by("pk").values())
    for door in questionnaire_doors(attacked):
        for extra in ("", f"?unit={attacked.pk}", f"?envoyee={attacked.guests.get().pk}"):
            response = neighbour.get(door.path + extra)
            assert secrets_in(response) == [], door
            assert response.status_code in (200, 302, 404, 405), door
    receipt = neighbour.get("/questionnaire/recu-1.pdf")
    assert receipt.status_code == 404
    assert list(Answer.objects.order_by("pk").values()) == before


def test_nothing_posted_by_another_authority_reaches_the_answers_or_the_people(attacked, codes):
    neighbour, guest = answering("69149", codes), attacked.guests.get()
    before = (list(attacked.answers.order_by("pk").values()), Guest.objects.values().get(pk=guest.pk))
    posted = {"unit": attacked.pk, "unit_id": attacked.pk, "investissement": "1", "revision": "0", "raison": "x"}
    posted |= {"sections": "moyens", "days": "3", "person": attacked.respondents.get().pk}
    for door in questionnaire_doors(attacked):
        if door.name != "answers:leave":
            for headers in ({}, JSON):
                response = neighbour.post(door.path, posted, **headers)
                assert secrets_in(response) == [], door
                assert response.status_code < 500, door
    attacked.refresh_from_db()
    assert (list(attacked.answers.order_by("pk").values()), Guest.objects.values().get(pk=guest.pk)) == before
    assert attacked.is_submitted
    assert not Presence.objects.filter(unit=attacked).exists()
    assert neighbour.session["unit"] != attacked.pk


def test_a_session_is_never_moved_to_another_authority_by_what_is_posted(attacked, codes):
    neighbour = answering("69149", codes)
    mine = neighbour.session["unit"]
    neighbour.cookies["unit"] = str(attacked.pk)
    neighbour.post("/repondre/qui/", {"person": attacked.respondents.get().pk, "unit": attacked.pk})
    assert neighbour.session["unit"] == mine
    assert "Tarare" not in body(neighbour.get("/questionnaire/"))


@pytest.fixture
def guest_of_oullins(codes):
    """Open the session of a guest to one section of another authority; returns its client and its guest."""
    guest = invite(Unit.objects.get(code="69149"))
    return welcomed(), guest


def test_a_guest_reaches_nothing_of_another_authority(attacked, guest_of_oullins):
    client, _guest = guest_of_oullins
    for door in questionnaire_doors(attacked):
        assert secrets_in(client.get(door.path)) == [], door
        if door.name != "answers:leave":
            assert secrets_in(client.post(door.path, {"unit": attacked.pk}, **JSON)) == [], door
    assert not Presence.objects.filter(unit=attacked).exists()


@pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
def test_an_invitation_that_ends_shuts_every_page_at_once(attacked, guest_of_oullins, change):
    client, guest = guest_of_oullins
    assert client.get("/repondre/section/moyens/").status_code == 200
    Guest.objects.filter(pk=guest.pk).update(**{change: timezone.now() - timedelta(seconds=1)})
    before = Answer.objects.count()
    for door in questionnaire_doors(attacked):
        assert client.get(door.path).status_code in (302, 405), door
        refused = client.post(door.path, {"investissement": "1", "revision": "0"}, **JSON)
        assert refused.status_code in (401, 405), door
    assert Answer.objects.count() == before
    assert client.post("/repondre/invitation/hugo/").status_code == 410


@pytest.mark.parametrize("state", [{"used_at": AT}, {"expires_at": AT}])
def test_a_link_used_or_expired_opens_nothing_and_says_why(tarare, client, state):
    now = timezone.now()
    fields = {"created_at": now, "expires_at": now + timedelta(hours=1)} | state
    SignInLink.objects.create(unit=tarare, email="a@example.invalid", token_hash=token_hash("lien"), **fields)
    response = client.post("/repondre/lien/lien/")
    assert response.status_code == 410
    assert "unit" not in client.session
    assert client.get("/questionnaire/").status_code == 302


def staff_doors():
    found = [door for door in doors() if door.audience.startswith("staff:")]
    assert {"campaigns:overview", "answers:questionnaires"} <= {door.name for door in found}
    return found


def test_every_staff_page_refuses_each_role_that_it_does_not_name(attacked):
    people = everyone()
    for door in staff_doors():
        named = door.audience.removeprefix("staff:").split(",")
        assert set(named) <= {*ROLES, RESEARCHER}, door
        for role in set(ROLES) - set(named):
            for response in (people[role].get(door.path), people[role].post(door.path, {})):
                assert response.status_code == 403, (door, role)
                assert secrets_in(response) == [], (door, role)


def test_no_staff_page_opens_to_a_visitor_an_authority_a_guest_or_a_closed_account(
    attacked, codes, guest_of_oullins, django_user_model
):
    people = everyone()
    retired = people["methodologue"]
    django_user_model.objects.filter(username="essai-methodologue").update(is_active=False)
    for door in staff_doors():
        for who in (Client(), answering("69149", codes), guest_of_oullins[0], retired):
            for response in (who.get(door.path), who.post(door.path, {})):
                assert response.status_code == 302, door
                assert response.headers["Location"].startswith("/connexion/"), door


def test_no_page_of_the_staff_gives_an_answer_to_who_may_not_read_answers(attacked):
    people = everyone()
    for door in staff_doors():
        for role in ("gestionnaire", "assistance", "observateur"):
            shown = body(people[role].get(door.path))
            assert SECRET not in shown.replace("\u202f", "").replace(" ", ""), (door, role)


def test_the_staff_have_no_seat_in_a_questionnaire(attacked):
    for role, client in everyone().items():
        for door in questionnaire_doors(attacked):
            assert client.get(door.path).status_code in (302, 405), (role, door)
