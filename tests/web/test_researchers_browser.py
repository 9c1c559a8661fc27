"""The pages of the researchers hold for axe at both widths, light and dark, and work without JavaScript."""

import pytest
from django.conf import settings
from django.utils import timezone

from maille.web.accounts.people import add_methodologist
from maille.web.researchers.models import Download, Output

from .conftest import WIDTHS
from .researchers_cast import FILE, grant, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
VERDICTS = [
    {"conditions": {"tranche": 1}, "count": 62, "verdict": "ok", "reason": ""},
    {"conditions": {"tranche": 2}, "count": 3, "verdict": "refused", "reason": "moins de 5 unités"},
    {"conditions": {}, "count": 300, "verdict": "unsure", "reason": "valeur non retrouvée dans le fichier"},
]


@pytest.fixture
def people(files):
    """Two clients, the researcher and the methodologist, with an access in each state and two outputs."""
    access = grant("ada", universes=["communes", "epci"])
    grant("ada", project="Un accès à signer", signed_at=None, token_hash="signer")
    grant(
        "ada", project="Un accès retiré", revoked_at=timezone.now(), revoked_because="Fin du contrat.", token_hash="r"
    )
    waiting = grant("bob", granted=None, user=None, signed_at=None, expires_on=None, decided_at=None)
    Download.objects.create(access=access, who="ada@example.invalid", file=FILE, sha256="a" * 64, at=timezone.now())
    common = {
        "access": access, "universe": "communes", "description": "Pour un article.", "measure": "count",
        "columns": ["tranche", "valeur"], "rows": [["1", "62"], ["2", "3"], ["", "300"]], "verdicts": VERDICTS,
        "asked_at": timezone.now(),
    }  # fmt: skip
    asked = Output.objects.create(title="CCAS par taille", **common)
    decided = Output.objects.create(
        title="CCAS, première version", **common, decision="partly", decided_by="ines", decided_at=timezone.now(),
        reasons="Une case est trop petite.",
    )  # fmt: skip
    methodologist = add_methodologist("ines", "un mot de passe pour essayer")
    unsigned = access.user.accesses.get(signed_at=None)
    pages = {
        None: ["/chercheurs/", "/chercheurs/demande/"],
        access.user: [
            "/chercheurs/espace/", f"/chercheurs/espace/{unsigned.pk}/licence/",
            f"/chercheurs/espace/{access.pk}/licence/",
            f"/chercheurs/espace/{access.pk}/sorties/", f"/chercheurs/espace/sorties/{asked.pk}/",
            f"/chercheurs/espace/sorties/{decided.pk}/",
        ],
        methodologist: [
            "/gestion/chercheurs/", f"/gestion/chercheurs/{access.pk}/", f"/gestion/chercheurs/{waiting.pk}/",
            f"/gestion/chercheurs/sorties/{asked.pk}/", f"/gestion/chercheurs/sorties/{decided.pk}/",
        ],
    }  # fmt: skip
    return pages


def come_in(page, live_server, user):
    if user is not None:
        cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])


def test_axe_finds_no_fault_and_no_page_overflows(open_page, live_server, people, faults):
    found = {}
    for user, addresses in people.items():
        page = open_page()
        come_in(page, live_server, user)
        for address in addresses:
            assert page.goto(live_server.url + address).status == 200, address
            found[address] = faults(page, widths=WIDTHS)
    assert {address: faults for address, faults in found.items() if faults} == {}


def test_a_request_and_a_refused_table_work_without_javascript(open_page, live_server, people):
    page = open_page(javascript=False)
    page.goto(f"{live_server.url}/chercheurs/demande/")
    page.get_by_label("Prénom et nom").fill("Ada Lovelace")
    page.get_by_label("Adresse électronique professionnelle").fill("ada.l@example.invalid")
    page.get_by_label("Établissement").fill("Université")
    page.get_by_label("Fonction").fill("Chercheuse")
    page.get_by_label("Titre du projet").fill("Les CCAS")
    page.get_by_label("Le projet, et ce que vous ferez des fichiers").fill("Comparer.")
    page.get_by_label("Durée").fill("12")
    page.get_by_role("button", name="Envoyer la demande").click()
    assert page.get_by_role("alert").get_by_role("link").inner_text() == "Choisissez au moins un fichier."
    page.get_by_label("Le fichier des communes").check()
    page.get_by_role("button", name="Envoyer la demande").click()
    assert "confirmer votre adresse" in page.locator("h1").inner_text()
    researcher = next(user for user in people if user is not None and user.username.startswith("ada"))
    come_in(page, live_server, researcher)
    page.goto(live_server.url + next(address for address in people[researcher] if address.endswith("/sorties/")))
    page.get_by_label("Titre de la table").fill("Essai")
    page.get_by_label("Ce qu’elle contient, et où elle paraîtra").fill("Article.")
    page.get_by_label("La table (1 Mo au plus)").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": b"tranche;valeur\n99;1\n"}
    )
    page.get_by_role("button", name="Vérifier et demander la sortie").click()
    assert "modalité" in page.get_by_role("alert").inner_text()
