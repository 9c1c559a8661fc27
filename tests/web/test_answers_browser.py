import pytest

from .conftest import WIDTHS

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page, live_server, code):
    page.goto(f"{live_server.url}/repondre/")
    page.fill("#identifiant", "69243")
    page.fill("#code", code)
    page.click("text=Ouvrir le questionnaire")


def save(page):
    page.click("text=Enregistrer et continuer")


def answer_everything(page, visit):
    """Answer as a clerk does, section after section; ``visit`` is called on every page."""
    page.click("text=Commencer par la section A")
    visit(page)
    page.check("input[name=fonction][value=ccas]")
    page.fill("#c-population_municipale", "10 603")
    save(page)
    tick(page, ccas="non", ccas_dissous="non", elu_social="oui", epci_competence="non", convention_departement="nsp")
    visit(page)
    save(page)
    visit(page)
    assert page.title().startswith("Erreur")
    tick(page, domiciliation="non", territoire_acteurs="personne")
    save(page)
    tick(page, action="oui", domaines="logement", crises="aucun")
    page.check("input[name=domaines][value=aucun]")
    if page.is_checked("input[name=domaines][value=logement]"):
        save(page)
        assert "ne peut pas être coché" in page.inner_text("#resume")
        page.uncheck("input[name=domaines][value=aucun]")
    page.check("input[name=domaines][value=logement]")
    save(page)
    tick(page, actions_logement="demande")
    visit(page)
    save(page)
    tick(page, nature="non", secours="oui", avances="non", cap="non")
    page.fill("#c-menages_aides", "1 320")
    page.fill("#c-montant_aides", "9 938 400")
    for name in ("demandes", "demandes_acceptees", "montant_secours"):
        page.check(f"input[name={name}__unknown]")
    save(page)
    visit(page)
    assert "à confirmer" in page.inner_text("#resume")
    page.check("input[name=montant_aides__reason][value=exact]")
    save(page)
    tick(page, services_presents="creche", gestion_creche="ccas")
    page.fill("#c-places_creche", "40")
    visit(page)
    save(page)
    tick(page, partenaires="caf", lien_caf="convention", ctg="oui")
    save(page)
    tick(page, abs="non", abs_prevue="nsp")
    save(page)
    tick(page, service_social="non")
    page.fill("#c-etp", "1,5")
    page.check("input[name=accueil_heures__unknown]")
    page.check("input[name=benevoles__unknown]")
    save(page)
    page.check("input[name=depenses__unknown]")
    save(page)
    page.check("input[name=temps_reponse__unknown]")
    save(page)


def tick(page, **choices):
    for name, value in choices.items():
        page.check(f"input[name={name}][value={value}]")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_clerk_answers_and_sends_without_javascript(open_page, live_server, codes, width):
    page = open_page(width, javascript=False)
    sign_in(page, live_server, codes["69243"])
    answer_everything(page, lambda page: None)
    assert page.url.endswith("/questionnaire/envoyer/")
    page.click("text=Envoyer le questionnaire")
    assert page.inner_text("h1") == "Votre questionnaire est envoyé"
    assert "9\u202f938\u202f400\u202f€" in page.inner_text("main")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_fault_on_any_page_of_the_respondent(open_page, live_server, codes, faults, width):
    page = open_page(width)
    found = {}

    def visit(page):
        found[page.url.removeprefix(live_server.url)] = faults(page)

    page.goto(f"{live_server.url}/repondre/")
    visit(page)
    sign_in(page, live_server, "AAAA-AAAA-AAAA")
    visit(page)
    sign_in(page, live_server, codes["69243"])
    visit(page)
    page.goto(f"{live_server.url}/questionnaire/envoyer/")
    visit(page)
    page.goto(f"{live_server.url}/repondre/section/prestations/")
    visit(page)
    page.goto(f"{live_server.url}/questionnaire/")
    answer_everything(page, visit)
    visit(page)
    page.click("text=Envoyer le questionnaire")
    visit(page)
    page.click("text=Quitter")
    visit(page)
    assert {url: faults for url, faults in found.items() if faults} == {}
    assert len(found) >= 9


def test_the_summary_of_errors_takes_the_focus_and_leads_to_the_field(page, live_server, codes):
    sign_in(page, live_server, codes["69243"])
    page.goto(f"{live_server.url}/repondre/section/organisation/")
    save(page)
    # A browser gives the focus asked by autofocus when it next draws, after the page has loaded.
    page.wait_for_selector("#resume:focus")
    assert page.evaluate("document.activeElement.id") == "resume"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#c-ccas"
    page.keyboard.press("Space")
    assert page.is_checked("#c-ccas")


def test_everything_is_reached_with_the_keyboard(page, live_server, codes):
    sign_in(page, live_server, codes["69243"])
    page.goto(f"{live_server.url}/repondre/section/identite/")
    page.keyboard.press("Tab")
    assert page.inner_text(":focus") == "Aller au contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "fonction"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "population_municipale__confirm"
    page.keyboard.press("Tab")
    page.keyboard.type("10603")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.inner_text(":focus") == "Enregistrer et continuer"
    page.keyboard.press("Enter")
    page.wait_for_url("**/organisation/")


def test_every_target_is_large_enough(open_page, live_server, codes):
    page = open_page(390)
    sign_in(page, live_server, codes["69243"])
    page.goto(f"{live_server.url}/repondre/section/action/")
    page.check("input[name=action][value=oui]")
    shown = "all => all.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().height)"
    sizes = page.eval_on_selector_all(".choice, .button", shown)
    assert len(sizes) > 10
    assert min(sizes) >= 44
