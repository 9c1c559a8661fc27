"""A section that answers while one types, in a real browser: nothing typed is ever lost."""

import pytest
from playwright.sync_api import Error

from maille.web.answers.models import Answer, PageEvent
from maille.web.answers.saving import save_section

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answering(open_page, live_server, codes):
    """Open a section in a browser of its own, signed in for Tarare; what a page says as it closes is waited for."""
    pages = []

    def opener(section, **how):
        page = open_page(**how, anew=True)
        pages.append(page)
        page.goto(f"{live_server.url}/repondre/")
        page.fill("#identifiant", "69243")
        page.fill("#code", codes["69243"])
        enter(page)
        page.goto(f"{live_server.url}/repondre/section/{section}/")
        if how.get("javascript", True):
            page.wait_for_selector("#section[data-live]")
        return page

    yield opener
    for page in pages:
        if not page.is_closed():
            page.context.set_offline(False)
            page.goto("about:blank")
            page.wait_for_timeout(300)


def enter(page):
    page.click("text=Ouvrir le questionnaire")
    page.wait_for_url("**/questionnaire/")


def kept(name):
    return Answer.objects.filter(variable=name).values_list("value", flat=True).first()


def comes(page, holds):
    """Tell whether something ends up true, however slow the machine is."""
    for _try in range(600):
        if holds():
            return True
        page.wait_for_timeout(100)
    return False


def wait_saved(page):
    page.wait_for_selector("#enregistrement:has-text('Enregistré à')")


def wait_ticked(page, name, value):
    page.wait_for_selector(f"input[name={name}][value={value}]:checked", state="attached")


def keeps_nothing(page):
    try:
        return not page.evaluate("localStorage.length")
    except Error as moved:  # the page loads itself again once what it kept has left
        if "context was destroyed" not in str(moved):
            raise
        return False


def wait_nothing_kept(page):
    assert comes(page, lambda: keeps_nothing(page)), "le navigateur garde encore une saisie"


def test_what_is_typed_is_saved_and_seen_from_another_computer(answering):
    page = answering("identite")
    page.check("input[name=fonction][value=ccas]")
    wait_saved(page)
    assert kept("fonction") == "ccas"
    assert answering("identite").is_checked("input[name=fonction][value=ccas]")


def test_every_section_saves_as_one_types(answering, tarare):
    page = answering("identite")
    for section, answers in COMPLETE.items():
        page.goto(page.url.replace(page.url.split("/")[-2], section))
        page.wait_for_selector("#section[data-live]")
        with page.expect_response(lambda reply: reply.request.method == "POST" and reply.url == page.url) as saved:
            page.locator("#section :is(input[type=radio], input[type=checkbox]):visible").first.check()
        assert saved.value.status == 200, section
        save_section(tarare, section, answers, author="répondant", mode="web", at=AT)


def test_the_page_never_says_saved_of_what_is_on_its_way(answering, tarare):
    save_section(tarare, "identite", {"population_municipale": ["10 603"]}, author="répondant", mode="web", at=AT)
    page = answering("identite")
    assert "Enregistré à" in page.inner_text(".band-saved")
    held = []

    def hold(route):
        held.append(route)

    page.route("**/section/identite/", hold)
    with page.expect_request(page.url):
        page.check("input[name=fonction][value=ccas]")
        assert page.inner_text(".band-saved") == "Enregistrement…"
    assert page.inner_text(".band-saved") == "Enregistrement…"
    held[0].continue_()
    wait_saved(page)
    assert kept("fonction") == "ccas"


def test_a_page_asked_for_before_the_save_shows_what_was_saved(answering):
    page = answering("identite")
    before = page.context.request.get(page.url).text()
    page.check("input[name=fonction][value=ccas]")
    wait_saved(page)
    page.route(page.url, lambda route: route.fulfill(body=before, content_type="text/html"), times=1)
    page.goto(page.url)
    wait_ticked(page, "fonction", "ccas")


def test_a_question_appears_when_it_is_asked_and_keeps_what_was_typed_when_it_is_not(answering):
    page = answering("organisation")
    assert not page.is_visible("#q-ccas_budget")
    page.check("input[name=ccas][value=oui]")
    assert page.is_visible("#q-ccas_budget")
    assert "apparaît" in page.text_content("#annonce") or "apparaissent" in page.text_content("#annonce")
    page.check("input[name=ccas_budget][value=non]")
    page.check("input[name=ccas][value=non]")
    assert not page.is_visible("#q-ccas_budget")
    page.check("input[name=ccas][value=oui]")
    assert page.is_checked("input[name=ccas_budget][value=non]")


def test_a_check_is_said_when_the_field_is_left_in_the_words_of_the_server(answering, tarare):
    for section in ("identite", "action"):
        save_section(tarare, section, COMPLETE[section], author="répondant", mode="web", at=AT)
    page = answering("prestations")
    page.fill("#c-montant_aides", "9 938 400")
    assert page.query_selector("#doute-montant_aides") is None
    page.press("#c-montant_aides", "Tab")
    said = page.inner_text("#doute-montant_aides strong")
    assert "9\u202f938\u202f400\u202f€" in said
    page.check("input[name=montant_aides__reason][value=exact]")
    wait_saved(page)
    page.goto(page.url + "?verifier=1")
    assert page.inner_text("#doute-montant_aides strong") == said
    page.wait_for_selector("#section[data-live]")
    page.fill("#c-montant_aides", "beaucoup")
    page.press("#c-montant_aides", "Tab")
    assert "Écrivez un nombre en chiffres" in page.inner_text("#erreur-montant_aides")
    assert page.get_attribute("#c-montant_aides", "aria-invalid") == "true"
    assert "erreur-montant_aides" in page.get_attribute("#c-montant_aides", "aria-describedby")
    page.fill("#c-montant_aides", "12")
    assert page.query_selector("#erreur-montant_aides") is None
    assert not page.is_visible("#doute-montant_aides")


def test_an_exclusive_choice_unticks_the_others_and_says_it(answering):
    page = answering("action")
    page.check("input[name=action][value=oui]")
    page.check("input[name=domaines][value=logement]")
    page.check("input[name=domaines][value=aucun]")
    assert not page.is_checked("input[name=domaines][value=logement]")
    assert "décoché" in page.text_content("#annonce")
    page.check("input[name=domaines][value=logement]")
    assert not page.is_checked("input[name=domaines][value=aucun]")


def test_without_network_what_is_typed_waits_here_and_leaves_when_it_is_back(answering):
    page = answering("identite")
    page.context.set_offline(True)
    page.check("input[name=fonction][value=ccas]")
    page.wait_for_selector("#avis:has-text('Pas de réseau')")
    assert kept("fonction") is None
    page.context.set_offline(False)
    wait_saved(page)
    assert kept("fonction") == "ccas"
    assert page.inner_text("#avis") == ""
    wait_nothing_kept(page)


def test_a_tab_closed_without_network_loses_nothing(answering):
    page = answering("identite")
    page.context.set_offline(True)
    page.check("input[name=fonction][value=ccas]")
    page.close()
    assert kept("fonction") is None
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(page.url)
    again.wait_for_selector("#section[data-live]")
    wait_ticked(again, "fonction", "ccas")


def test_what_waits_here_leaves_from_the_contents_too(answering):
    page = answering("identite")
    page.context.set_offline(True)
    page.check("input[name=fonction][value=ccas]")
    page.close()
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(page.url.replace("/repondre/section/identite/", "/questionnaire/"))
    wait_nothing_kept(again)
    assert kept("fonction") == "ccas"
    assert kept("fonction") == "ccas"
    wait_nothing_kept(again)


def test_a_tab_closed_in_the_middle_of_typing_has_already_said_it(answering, live_server):
    page = answering("identite")
    other = page.context.new_page()
    other.goto(f"{live_server.url}/questionnaire/")
    page.check("input[name=fonction][value=ccas]")
    page.close(run_before_unload=True)
    other.goto(f"{live_server.url}/repondre/section/identite/")
    wait_ticked(other, "fonction", "ccas")
    assert kept("fonction") == "ccas"


def test_two_browsers_on_two_questions_keep_both(answering):
    one, other = answering("organisation"), answering("organisation")
    one.check("input[name=ccas][value=oui]")
    other.check("input[name=domiciliation][value=non]")
    wait_saved(one)
    wait_saved(other)
    wait_ticked(other, "ccas", "oui")
    assert (kept("ccas"), kept("domiciliation")) == ("oui", "non")


def test_two_browsers_on_one_question_are_told_and_nothing_is_overwritten(answering):
    one, other = answering("organisation"), answering("organisation")
    one.check("input[name=ccas][value=oui]")
    wait_saved(one)
    other.check("input[name=ccas][value=non]")
    other.wait_for_selector("#avis a")
    assert other.is_checked("input[name=ccas][value=non]")
    assert kept("ccas") == "oui"
    other.click("#avis a")
    assert other.inner_text("h1") == "Deux réponses à la même question"


def test_a_session_that_is_over_is_said_and_the_answers_wait(answering, live_server, codes):
    page = answering("identite")
    cookies = [cookie for cookie in page.context.cookies() if cookie["name"] != "maille_session"]
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    page.check("input[name=fonction][value=ccas]")
    page.click("#avis a")
    page.fill("#identifiant", "69243")
    page.fill("#code", codes["69243"])
    enter(page)
    page.goto(f"{live_server.url}/repondre/section/identite/")
    wait_ticked(page, "fonction", "ccas")
    assert kept("fonction") == "ccas"


def test_signing_out_leaves_nothing_in_the_browser(answering):
    page = answering("identite")
    page.evaluate("localStorage.setItem('maille/saisie/x', '{}')")
    page.click("text=Quitter")
    wait_nothing_kept(page)


def test_the_page_tells_how_it_was_used_and_never_what_was_answered(answering, live_server):
    page = answering("identite")
    page.goto(f"{live_server.url}/questionnaire/")
    told = PageEvent.objects.filter(kind="leave", section="identite", seconds__isnull=False)
    assert comes(page, told.exists)


def test_the_script_breaks_no_rule_of_security_and_makes_no_fault(open_page, answering, faults):
    page = answering("organisation", width=390)
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.check("input[name=ccas][value=oui]")
    wait_saved(page)
    assert faults(page) == []
    assert said == []


def test_the_rules_of_a_version_never_change_and_an_unknown_one_is_not_found(client, tarare):
    from maille.web.answers.folder import questionnaire_of

    version = questionnaire_of(tarare).version
    answer = client.get(f"/repondre/regles/{version}.json")
    assert answer.json()["version"] == version
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/repondre/regles/inconnue.json").status_code == 404
