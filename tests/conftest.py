"""What all tests share: where ``MAILLE_NO_SKIP`` is set, as in continuous integration, skips are failures and chance
is the same every time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

settings.register_profile("the same every time", derandomize=True)
if os.environ.get("MAILLE_NO_SKIP"):
    settings.load_profile("the same every time")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("MAILLE_NO_SKIP") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"passé alors que MAILLE_NO_SKIP l'interdit : {report.longrepr}"


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: opens a page in a browser")
    config.addinivalue_line(
        "markers", "database: opens the database that the settings name; added to what asks Django for it"
    )
    config.addinivalue_line("markers", "any_database: what it proves owes nothing to the kind of database")


def pytest_collection_modifyitems(items):
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if "browser" in asked:
            item.add_marker("browser")
        if item.get_closest_marker("django_db") or asked & {"db", "transactional_db"}:
            item.add_marker("database")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files that are not part of the project; tests that need it are skipped without it."""
    folder = Path(os.environ.get("MAILLE_SHARED") or ROOT.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.skip("le dossier de données partagées (MAILLE_SHARED, sinon ../shared) est absent")
    return folder
