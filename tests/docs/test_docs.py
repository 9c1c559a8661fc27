"""The documentation names everything that exists, and nothing that does not."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
import typer.main

import maille
from maille.errors import MailleError

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def commands() -> list[str]:
    from maille.cli import app

    group = typer.main.get_command(app)
    names = []
    for name, command in group.commands.items():
        inner = getattr(command, "commands", {})
        names += [f"maille {name} {sub}" for sub in inner] or [f"maille {name}"]
    return names


def error_classes() -> set[type[MailleError]]:
    for module in pkgutil.walk_packages(maille.__path__, "maille."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    found, queue = set(), [MailleError]
    while queue:
        for child in queue.pop().__subclasses__():
            if child not in found:
                found.add(child)
                queue.append(child)
    return {error for error in found if error.__module__.startswith("maille.")}


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command):
    assert f"`{command}" in (ROOT / "docs/reference/commande.md").read_text()


def test_every_room_is_on_the_map():
    page = (ROOT / "docs/explications/maison.md").read_text()
    rooms = {path.stem for path in (ROOT / "src/maille").iterdir() if not path.name.startswith("_")}
    assert {room for room in rooms if f"| `{room}` |" not in page} == set()


def test_every_setting_is_documented():
    page = (ROOT / "docs/reference/commande.md").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "src/maille").rglob("*.py"))
    settings = set(re.findall(r"\"(MAILLE_[A-Z_]+)\"", sources))
    assert len(settings) >= 4
    assert {name for name in settings if f"`{name}`" not in page} == set()


def test_every_error_is_documented():
    page = (ROOT / "docs/reference/erreurs.md").read_text()
    missing = {error.__name__ for error in error_classes() if f"`{error.__name__}`" not in page}
    assert missing == set()


def test_every_decision_has_a_status():
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert decisions
    assert [page.name for page in decisions if "Acceptée" not in page.read_text()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_files_named_on_the_map_exist():
    page = (ROOT / "docs/explications/maison.md").read_text()
    named = re.findall(r"`((?:maille|specs|docs)/[\w/.-]+)`", page)
    roots = {"maille": ROOT / "src", "specs": ROOT, "docs": ROOT}
    assert [path for path in named if not (roots[path.split("/")[0]] / path).exists()] == []
