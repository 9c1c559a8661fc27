"""What the tests of the researchers share: the files of a small survey, an access, who holds it."""

import io
from datetime import timedelta

import polars as pl
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from maille.catalogue import Materials, Store
from maille.disseminate.research import KEY, publish_research
from maille.web.accounts.access import RESEARCHER
from maille.web.accounts.tokens import token_hash
from maille.web.researchers.models import Access
from research_survey import EDITION, SPECS, survey

BACKEND = "django.contrib.auth.backends.ModelBackend"
FILE = "asco_2025_communes.csv"


def write_files(folder):
    """Write the research files of a small survey into the datasets of a folder."""
    store = Store(folder / "datasets")
    for draft in publish_research(EDITION, Materials(survey(), SPECS, {}, {KEY: "clef"})):
        store.write(draft)


def grant(name="ada", **more):
    """Return an access that is granted, signed and open, and the account that holds it."""
    user, _ = User.objects.get_or_create(
        username=f"{name}@example.invalid", defaults={"email": f"{name}@example.invalid"}
    )
    user.groups.add(Group.objects.get_or_create(name=RESEARCHER)[0])
    now = timezone.now()
    given = {
        "name": name.title(), "email": user.email, "institution": "Université", "position": "Chercheuse",
        "project": f"Projet de {name}", "purpose": "Comparer.", "edition": EDITION, "universes": ["communes"],
        "months": 12, "token_hash": token_hash(f"{name}{Access.objects.count()}"), "asked_at": now,
        "confirmed_at": now, "granted": True, "decided_at": now, "decided_by": "ines", "reasons": "Projet clair.",
        "expires_on": timezone.localdate() + timedelta(days=300), "user": user,
        "licence_version": "1", "licence_sha256": "0" * 64,
        "signed_name": name.title(), "signed_at": now,
    }  # fmt: skip
    return Access.objects.create(**given | more)


def signed_in(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def answers(store):
    """Return the rows of the file of communes."""
    content = store.file(f"research/{EDITION}/files-communes", "asco_2025_communes.parquet")
    return pl.read_parquet(io.BytesIO(content))


def table(store, *cells):
    """Return a CSV that asks for the true numbers of rows of some cells: pairs (tranche, ccas), None for all."""
    lines = ["tranche;ccas;valeur"]
    for cell in cells:
        rows = answers(store)
        for name, code in zip(("tranche", "ccas"), cell, strict=True):
            rows = rows if code is None else rows.filter(pl.col(name) == code)
        lines.append(";".join([*("Total" if code is None else str(code) for code in cell), str(rows.height)]))
    return "\n".join(lines).encode()
