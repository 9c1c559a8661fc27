"""The pages of contacts: bring a file in, look at what it would change, accept it; export; addresses that bounced."""

import os
import re
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from maille.errors import UserError
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.board import chosen_edition
from maille.web.campaigns.contacts import FIELDS, MAXIMUM_BYTES, Report, Table, accept, check, guess, read_table
from maille.web.campaigns.models import Contact, Edition, Message
from maille.web.campaigns.reminders import SECTION, managers
from maille.web.exports import csv_download, xlsx_download

SHOWN = 100
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def imports_folder() -> Path:
    return settings.MAILLE_HOME / "imports"


def _edition(request: HttpRequest) -> Edition:
    edition = chosen_edition(request)
    if edition is None:
        raise Http404
    return edition


def _home(request: HttpRequest, edition: Edition, **more: Any) -> HttpResponse:
    contacts = Contact.objects.filter(unit__edition=edition)
    context = SECTION | {
        "here": "contacts",
        "edition": edition,
        "units": edition.units.count(),
        "covered": contacts.values("unit").distinct().count(),
        "reachable": contacts.exclude(email="").filter(bounced_at=None).values("unit").distinct().count(),
        "bounced": contacts.exclude(bounced_at=None).count(),
    }
    return render(request, "campaigns/contacts.html", context | more, status=422 if more.get("problem") else 200)


@managers
@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    edition = chosen_edition(request)
    if edition is None:
        return render(request, "campaigns/board-empty.html", SECTION)
    return _home(request, edition, bounced_now=request.GET.get("revenus", ""), accepted=request.GET.get("acceptes", ""))


@managers
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    edition, given = _edition(request), request.FILES.get("fichier")
    if given is None:
        return _home(request, edition, problem="Choisissez un fichier CSV ou XLSX.")
    if given.size > MAXIMUM_BYTES:
        return _home(request, edition, problem="Ce fichier dépasse 5 Mo.")
    content = given.read()
    try:
        table = read_table(content)
    except UserError as error:
        return _home(request, edition, problem=_said(error))
    token = secrets.token_urlsafe(32)
    imports_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(imports_folder() / token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    return _report(request, edition, token, table=table, columns=guess(table.headers), name=given.name)


def _said(error: UserError) -> str:
    message = error.message[:1].upper() + error.message[1:]
    return f"{message} {error.hint or ''}".strip()


def _report(
    request: HttpRequest, edition: Edition, token: str, *, table: Table, columns: dict[str, int], name: str
) -> HttpResponse:
    report = check(table, columns, edition=edition, source=name, at=timezone.now()) if "unit" in columns else Report()
    context = SECTION | {
        "here": "contacts",
        "edition": edition,
        "token": token,
        "name": Path(name).name[:100],
        "table": table,
        "fields": [(key, label, columns.get(key, -1)) for key, label in FIELDS.items()],
        "headers": list(enumerate(table.headers)),
        "report": report,
        "refusals": [remark for remark in report.remarks if remark.refused][:SHOWN],
        "changes": [remark for remark in report.remarks if not remark.refused][:SHOWN],
        "no_unit": "unit" not in columns,
    }
    return render(request, "campaigns/contacts-report.html", context)


def _columns(request: HttpRequest, table: Table) -> dict[str, int]:
    chosen = {name: request.POST.get(f"colonne-{name}", "") for name in FIELDS}
    return {name: int(place) for name, place in chosen.items() if place in map(str, range(len(table.headers)))}


@managers
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Look at the file again with other columns, accept it, or forget it."""
    edition, token = _edition(request), request.POST.get("jeton", "")
    path = imports_folder() / token
    if not _TOKEN.fullmatch(token) or not path.is_file():
        return _home(request, edition, problem="Ce fichier n’est plus là : déposez-le de nouveau.")
    if request.POST.get("geste") == "oublier":
        path.unlink()
        return redirect("campaigns:contacts")
    table = read_table(path.read_bytes())
    columns, name = _columns(request, table), request.POST.get("nom", "")[:100]
    if request.POST.get("geste") != "accepter" or "unit" not in columns:
        return _report(request, edition, token, table=table, columns=columns, name=name)
    written = accept(check(table, columns, edition=edition, source=name, at=timezone.now()))
    path.unlink()
    AuditEvent.record(request.user.get_username(), f"{written} contacts importés", at=timezone.now())
    return redirect(f"{request.path.removesuffix('decision/')}?edition={edition.pk}&acceptes={written}")


@managers
@require_POST
def bounces(request: HttpRequest) -> HttpResponse:
    """Mark the addresses of a list as bounced, and the last message to each."""
    edition = _edition(request)
    addresses = {word.lower() for word in re.findall(r"[^\s;,<>\"']+@[^\s;,<>\"']+", request.POST.get("adresses", ""))}
    found = [
        contact
        for contact in Contact.objects.filter(unit__edition=edition).exclude(email="").iterator(chunk_size=5000)
        if contact.email.lower() in addresses
    ]
    for contact in found:
        contact.bounced_at = contact.bounced_at or timezone.now()
        last = contact.messages.filter(kind="email").order_by("-at").first()
        if last is not None:
            Message.objects.filter(pk=last.pk).update(status=Message.Status.BOUNCED)
    Contact.objects.bulk_update(found, ["bounced_at"], batch_size=500)
    AuditEvent.record(request.user.get_username(), f"{len(found)} adresses revenues", at=timezone.now())
    return redirect(f"{request.path.removesuffix('retours/')}?edition={edition.pk}&revenus={len(found)}")


@managers
@require_safe
def export(request: HttpRequest, ending: str) -> HttpResponse:
    edition = _edition(request)
    columns = [
        "identifiant",
        "collectivité",
        "rôle",
        "nom",
        "fonction",
        "courriel",
        "téléphone",
        "adresse",
        "revenu le",
    ]
    rows = [
        [
            contact.unit.code,
            contact.unit.name,
            contact.role,
            contact.name,
            contact.function,
            contact.email,
            contact.phone,
            contact.address.replace("\n", ", "),
            f"{contact.bounced_at:%Y-%m-%d}" if contact.bounced_at else "",
        ]
        for contact in Contact.objects.filter(unit__edition=edition)
        .select_related("unit")
        .order_by("unit__code", "role")
    ]
    AuditEvent.record(request.user.get_username(), "contacts exportés", at=timezone.now())
    download = {"csv": csv_download, "xlsx": xlsx_download}[ending]
    return download(f"contacts-{edition.pk}.{ending}", columns, rows)
