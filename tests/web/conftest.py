"""What the tests of the site share: a tiny survey, a signed-in clerk, a browser."""

import os
import shutil
from datetime import UTC, date, datetime

import polars as pl
import pytest

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--metrics-recording-only",
]
EDITION = "asco-2025"
AT = datetime(2026, 1, 22, 13, 32, tzinfo=UTC)
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
PATIENCE = 120_000
"""Milliseconds that a page is given on a machine that does other things."""

SAMPLE = pl.DataFrame(
    [
        ("69243", "communes", "Tarare", "10000_plus", "69D", "84", 10603),
        ("69149", "communes", "Oullins-Pierre-Bénite", "10000_plus", "69M", "84", 37000),
        ("69001", "communes", "Affoux", "moins_500", "69D", "84", 369),
        ("69002", "communes", "Aigueperse", "moins_500", "69D", "84", 248),
        ("69004", "communes", "Alix", "500_1499", "69D", "84", 763),
        ("69006", "communes", "Amplepuis", "1500_4999", "69D", "84", 4976),
        ("69007", "communes", "Ampuis", "1500_4999", "69D", "84", 2713),
        ("69009", "communes", "Anse", "5000_9999", "69D", "84", 7178),
        ("97411", "communes", "Saint-Denis", "10000_plus", "974", "04", 153000),
        ("97410", "communes", "Saint-Benoît", "10000_plus", "974", "04", 37000),
        ("97424", "communes", "Cilaos", "5000_9999", "974", "04", 5500),
        ("97404", "communes", "L’Étang-Salé", "10000_plus", "974", "04", 14000),
        ("200040574", "epci", "CA de l’Ouest Rhodanien", "50000_99999", "69D", "84", 50900),
        ("200046977", "epci", "Métropole de Lyon", "100000_plus", "69M", "84", 1420000),
        ("249740101", "epci", "CA Territoire de la Côte Ouest", "100000_plus", "974", "04", 214000),
    ],
    schema=["unit", "universe", "name", "size_band", "departement", "region", "population"],
    orient="row",
)

_OTHER_DOMAINS = [
    "personnes_agees",
    "personnes_handicapees",
    "insertion_professionnelle",
    "hebergement",
    "petite_enfance",
    "jeunesse_famille",
    "acces_soins",
    "prevention_sante",
    "acces_droits",
    "inclusion_numerique",
]
COMPLETE = {
    "identite": {"fonction": ["ccas"], "population_municipale": ["10 603"]},
    "organisation": {
        "ccas": ["oui"],
        "ccas_budget": ["oui"],
        "elu_social": ["oui"],
        "epci_competence": ["non"],
        "convention_departement": ["nsp"],
        "domiciliation": ["oui"],
        "domicilies": ["14"],
        "territoire_acteurs": ["departement", "association"],
    },
    "action": {
        "action": ["oui"],
        "domaines": ["pauvrete", "logement"],
        "domaine_principal": ["pauvrete"],
        "crises": ["aucun"],
    },
    "territoire": {
        "acteurs_pauvrete": ["ccas"],
        "acteurs_logement": ["ccas", "departement"],
        **{f"acteurs_{domain}": ["departement"] for domain in _OTHER_DOMAINS},
    },
    "actions": {"actions_pauvrete": ["alimentaire", "energie"], "actions_logement": ["demande"]},
    "prestations": {
        "nature": ["oui"],
        "nature_types": ["colis", "bons"],
        "secours": ["oui"],
        "secours_motifs": ["energie"],
        "avances": ["non"],
        "cap": ["non"],
        "publics": ["personnes_agees"],
        "criteres": ["quotient"],
        "demandes": ["90"],
        "demandes_acceptees": ["71"],
        "menages_aides": ["132"],
        "montant_aides": ["38 400"],
        "montant_nature": ["12 400"],
        "montant_secours": ["26 000"],
    },
    "services": {
        "services_presents": ["creche", "ehpad"],
        "gestion_creche": ["ccas"],
        "gestion_ehpad": ["autre"],
        "places_creche": ["40"],
    },
    "partenaires": {
        "partenaires": ["departement", "caf"],
        "lien_departement": ["convention"],
        "lien_caf": ["convention", "recoit"],
        "ctg": ["oui"],
    },
    "abs": {"abs": ["non"], "abs_prevue": ["nsp"], "abs_raisons": ["moyens"]},
    "moyens_humains": {
        "service_social": ["oui"],
        "accueil_heures": ["17,5"],
        "etp": ["2,5"],
        "etp_accueil": ["1"],
        "etp_travail_social": ["1,5"],
        "etp_petite_enfance": ["0"],
        "etp_domicile": ["0"],
        "benevoles__unknown": ["1"],
    },
    "moyens": {
        "depenses": ["61 000"],
        "depenses_personnel": ["18 000"],
        "subventions_associations": ["2 500"],
        "subvention_ccas": ["45 000"],
        "recettes_departement": ["3 000"],
        "recettes_caf": ["4 000"],
        "recettes_etat": ["0"],
        "recettes_usagers": ["1 200"],
        "investissement": ["0"],
    },
    "fin": {"temps_reponse": ["45"]},
}


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    """A folder of its own for each test, no throttle left by another one, passwords quick to write.

    test_staff_door asks the second factor; tests/unit/demo/test_home.py keeps the slow passwords of the site.
    """
    settings.MAILLE_HOME = tmp_path
    settings.MAILLE_STAFF_SECOND_FACTOR = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    return tmp_path


@pytest.fixture
def edition(db):
    from maille.web.campaigns.loading import open_edition

    return open_edition(EDITION, title="ASCO 2025", opens=date(2000, 1, 1), closes=date(2100, 3, 31), simulated=True)


@pytest.fixture
def codes(edition):
    """The access code of each unit of the tiny sample."""
    from maille.web.campaigns.loading import load_sample

    return load_sample(SAMPLE, edition)


@pytest.fixture
def tarare(codes):
    from maille.web.campaigns.models import Unit

    return Unit.objects.select_related("edition").get(code="69243")


@pytest.fixture
def complete(tarare):
    """Tarare with every section answered, not sent yet."""
    from maille.web.answers.saving import save_section

    for section, posted in COMPLETE.items():
        save_section(tarare, section, posted, author="répondant", mode="web", at=AT)
    return tarare


@pytest.fixture
def clerk(client, codes):
    """A client signed in for Tarare."""
    response = client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    assert response.status_code == 302
    return client


@pytest.fixture
def beside(db):
    """Do what the site has put in its queues, as the worker does beside it; return how many tasks that was."""
    from django_tasks_db.models import DBTaskResult

    def work():
        waiting = list(DBTaskResult.objects.ready())
        for one in waiting:
            one.claim("essai")
            one.task.call(*one.args_kwargs["args"], **one.args_kwargs["kwargs"])
            one.set_successful(None)
        return len(waiting)

    return work


@pytest.fixture
def methodologist(db):
    from maille.web.accounts.people import add_methodologist

    return add_methodologist("ines", "un mot de passe pour essayer")


@pytest.fixture(scope="session")
def browser():
    if not shutil.which(CHROMIUM):
        pytest.skip(f"Chromium est absent ({CHROMIUM}) : les pages ne sont pas essayées dans un navigateur")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def idle(browser):
    """Pages left empty by earlier tests, with and without JavaScript: opening one costs more than most tests."""
    return {True: [], False: []}


@pytest.fixture
def open_page(browser, idle):
    """Open pages at a width, with or without JavaScript, light or dark; ``anew`` for one to listen to or to cut off."""
    opened = []

    def opener(width=1280, *, javascript=True, scheme="light", anew=False):
        if idle[javascript] and not anew:
            page = idle[javascript].pop()
        else:
            page = browser.new_context(locale="fr-FR", java_script_enabled=javascript).new_page()
            page.set_default_timeout(PATIENCE)
        opened.append((page, javascript, anew))
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        return page

    yield opener
    for page, javascript, anew in opened:
        if not anew and _emptied(page):
            idle[javascript].append(page)
        else:
            page.context.close()


def _emptied(page):
    """Empty a page for another test; False when its script, or what it wrote in the browser, would outlive this one."""
    from playwright.sync_api import Error

    try:
        if len(page.context.pages) > 1 or (page.url.startswith("http") and page.evaluate(_LEFT)):
            return False
        page.goto("about:blank")
        page.context.clear_cookies()
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    except Error:
        return False
    return True


_LEFT = "localStorage.length + sessionStorage.length + document.querySelectorAll('[data-live]').length"


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def faults():
    """Say what is wrong on a page as it stands, light and dark, at its width or at each of ``widths``.

    Accessibility (axe), then anything wider than the screen or than its place. The page is left as it was found.
    """
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def find(page, widths=(), schemes=SCHEMES):
        screen, dark = page.viewport_size, page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        page.evaluate(axe.axe_script)
        found = []
        for width in widths or (screen["width"],):
            page.set_viewport_size({**screen, "width": width})
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                found += [f"{width} {scheme} {fault}" for fault in _violations(page) + _overflows(page)]
        page.set_viewport_size(screen)
        page.emulate_media(color_scheme=SCHEMES[dark])
        return found

    return find


def _violations(page):
    return [
        f"{violation['id']} : {node['html'][:160]} ({node.get('failureSummary', '')[:300]})"
        for violation in page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
        for node in violation["nodes"]
    ]


def _overflows(page):
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    held = page.evaluate(_STACKED)
    return ([f"déborde de {wide} px"] if wide > 0 else []) + [f"une carte déborde : {text}" for text in held]


_STACKED = """() => [...document.querySelectorAll("table.stacked")]
  .filter(table => table.scrollWidth > table.parentElement.clientWidth + 1)
  .map(table => table.innerText.slice(0, 80))"""


@pytest.fixture(scope="session")
def edition_folder(tmp_path_factory):
    """A published edition, written once."""
    from .observatory_edition import publish

    folder = tmp_path_factory.mktemp("edition")
    publish(folder)
    return folder


@pytest.fixture
def store(home, edition_folder):
    """The store of a home that holds the published edition."""
    from maille.catalogue import Store

    shutil.copytree(edition_folder / "datasets", home / "datasets")
    return Store(home / "datasets")


@pytest.fixture(scope="session")
def research_folder(tmp_path_factory):
    """The research files of a small survey, written once."""
    from .researchers_cast import write_files

    folder = tmp_path_factory.mktemp("recherche")
    write_files(folder)
    return folder


@pytest.fixture
def files(home, research_folder):
    """The store of a home that holds the research files."""
    from maille.catalogue import Store

    (home / "datasets").symlink_to(research_folder / "datasets")
    return Store(home / "datasets")
