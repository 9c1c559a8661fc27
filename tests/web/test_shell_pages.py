import pytest

from .conftest import WIDTHS


@pytest.mark.django_db
def test_the_site_says_that_it_is_alive(client):
    assert client.get("/sante/").json() == {"etat": "en service"}


@pytest.mark.django_db
def test_a_missing_page_says_it_in_plain_french_without_detail(client):
    response = client.get("/nimporte/?secret=1")
    page = response.content.decode()
    assert response.status_code == 404
    assert "Cette page n’existe pas" in page
    assert "nimporte" not in page


@pytest.mark.django_db
def test_a_form_opened_too_long_ago_explains_itself(codes):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/repondre/", {"identifiant": "69243", "code": "A"})
    assert response.status_code == 403
    assert "trop longtemps" in response.content.decode()


@pytest.mark.django_db
def test_the_headers_protect_the_reader(client):
    response = client.get("/repondre/")
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    cookie = response.cookies["csrftoken"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_fault_on_the_pages_of_the_staff_nor_on_the_error_pages(
    open_page, live_server, codes, methodologist, faults, width
):
    page = open_page(width)
    found = {}
    for path in ("/gestion/", "/connexion/", "/nimporte/"):
        page.goto(live_server.url + path)
        found[path] = faults(page)
    page.goto(f"{live_server.url}/connexion/")
    page.fill("#id_username", "ines")
    page.fill("#id_password", "faux")
    page.click("text=Ouvrir l’espace")
    found["refused"] = faults(page)
    page.fill("#id_username", "ines")
    page.fill("#id_password", "un mot de passe pour essayer")
    page.click("text=Ouvrir l’espace")
    assert page.inner_text("h1") == "Suivi de la collecte"
    found["overview"] = faults(page)
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.django_db(transaction=True)
def test_no_style_and_no_script_is_refused_by_the_policy(open_page, live_server, codes):
    page, refused = open_page(anew=True), []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{live_server.url}/repondre/")
    assert [message for message in refused if "Content Security Policy" in message] == []
    family = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    assert "Source Serif" in family
