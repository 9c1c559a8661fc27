import re

import pytest
from django.contrib.auth.models import Group, User

from maille.web.accounts.access import ROLES

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
DOORS = {
    "/gestion/": "Collecte",
    "/gestion/relances/": "Relances",
    "/gestion/assistance/": "Assistance",
    "/gestion/questionnaires/": "Questionnaires",
    "/gestion/charge/": "Charge",
    "/gestion/verification/": "Vérification",
    "/gestion/echantillon/": "Échantillon",
    "/gestion/chercheurs/": "Chercheurs",
    "/gestion/comptes/": "Comptes",
    "/gestion/journal/": "Journal",
}


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_shows_each_role_exactly_the_pages_that_it_may_open(client, codes, role):
    user = User.objects.create_user(role, password="un mot de passe pour essayer")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client.force_login(user, backend=BACKEND)
    opened = {door for door in DOORS if client.get(door).status_code == 200}
    page = client.get("/gestion/assistance/" if role == "assistance" else "/gestion/").content.decode()
    menu = re.search(r'<nav class="navigation".*?</nav>', page, re.DOTALL)[0]
    assert dict(re.findall(r'<a href="(/gestion/[^"]*)"[^>]*>([^<]+)</a>', menu)) == {
        door: DOORS[door] for door in DOORS if door in opened
    }
