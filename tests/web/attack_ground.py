"""What the attacks share: every address of the site with who may open it, people to attack as, hostile texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from hypothesis import find
from hypothesis.strategies import from_regex

from maille.web.accounts.access import ROLES
from maille.web.accounts.models import Guest
from maille.web.accounts.tokens import token_hash
from maille.web.campaigns.models import Unit

from .conftest import EDITION

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
NEVER = "zqxjk"
"""A word that nothing on the site holds: a text that carries it is found wherever it comes out."""
SCRIPTS = (
    f"<script>alert('{NEVER}')</script>",
    f'{NEVER}"><svg onload=alert(1)>',
    f"{NEVER}' autofocus onfocus='alert(1)",
    f"{NEVER}{{{{7*7}}}}{{% debug %}}",
    f"</textarea></title></style><img src=x onerror=alert('{NEVER}')>",
    f"{NEVER}\u202egnp.exe",
    f"javascript:alert('{NEVER}')",
)
VALUES = {
    "section_id": "moyens",
    "token": "jeton",
    "guest_id": 1,
    "number": 1,
    "edition_id": EDITION,
    "edition": EDITION,
    "universe": "communes",
    "to": "pdf",
    "version": "012345012345",
    "pk": 1,
    "ending": "csv",
    "name": "lettres.pdf",
    "departement": "69",
    "code": "69243",
    "uidb64": "MQ",
    "table": "t1",
    "indicator": "ccas",
    "measure": "part",
    "domain": "total",
    "file": "schema.json",
}


@dataclass(frozen=True)
class Door:
    """An address of the site: its name, who may open it, the address itself."""

    name: str
    audience: str
    path: str


def doors(**values: object) -> list[Door]:
    """Return every address of the site; ``values`` fill the holes of the addresses, a word those that nobody knows."""
    return list(_walk(get_resolver().url_patterns, (), VALUES | values))


def _walk(patterns: list, spaces: tuple[str, ...], values: dict) -> Iterator[Door]:
    for entry in patterns:
        if not isinstance(entry, URLPattern):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry.url_patterns, inner, values)
            continue
        regex = entry.pattern.regex
        filled = {name: values.get(name, 1 if name.endswith(("id", "pk")) else "essai") for name in regex.groupindex}
        filled = {name: _fitting(regex.pattern, name, value) for name, value in filled.items()}
        name = ":".join((*spaces, entry.name))
        yield Door(name, entry.callback.maille_access, reverse(name, kwargs=filled))


def _fitting(pattern: str, name: str, value: object) -> object:
    """Return the value, or the simplest text that the hole of an address takes when it does not take the value."""
    start = pattern.index(f"(?P<{name}>") + len(name) + 5
    end, depth = start, 1
    while depth:
        depth += {"(": 1, ")": -1}.get(pattern[end], 0) if pattern[end - 1] != "\\" else 0
        end += 1
    hole = pattern[start : end - 1]
    if re.fullmatch(hole, str(value)):
        return value
    return _simplest(hole)


@cache
def _simplest(hole: str) -> str:
    return find(
        from_regex(hole, fullmatch=True), lambda text: text.isascii() and "/" not in text and text.isprintable()
    )


def someone(role: str, name: str = "") -> Client:
    """Return a client signed in with that role, and no other."""
    user = User.objects.create_user(name or f"essai-{role}", password="un mot de passe pour essayer")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(user, backend=MODEL_BACKEND)
    return client


def readers(codes: dict[str, str]) -> dict[str, Client]:
    """Return a visitor, the owner of Tarare, and someone of the staff who has every role."""
    staff = someone("methodologue", "essai-tous")
    User.objects.get(username="essai-tous").groups.set([Group.objects.get_or_create(name=role)[0] for role in ROLES])
    return {"visitor": Client(), "owner": answering("69243", codes), "staff": staff}


def everyone() -> dict[str, Client]:
    return {role: someone(role) for role in ROLES}


def answering(code: str, codes: dict[str, str], **options: object) -> Client:
    """Return a client signed in with the code of an authority."""
    client = Client(**options)
    assert client.post("/repondre/", {"identifiant": code, "code": codes[code]}).status_code == 302
    return client


def invite(unit: Unit, **given: object) -> Guest:
    """Invite Hugo to the section of means of an authority for three days, or as ``given`` says."""
    usual = {"name": "Hugo", "email": "hugo@example.invalid", "sections": ["moyens"], "token_hash": token_hash("hugo")}
    now = timezone.now()
    dates = {"invited_by": "répondant", "invited_at": now, "expires_at": now + timedelta(days=3)}
    return Guest.objects.create(unit=unit, **usual | dates | given)


def welcomed() -> Client:
    """Return the client of Hugo, who followed his invitation."""
    client = Client()
    assert client.post("/repondre/invitation/hugo/").status_code == 302
    return client


def body(response: object) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace")
