"""The public page on the survey, and the kit with which associations of elected officials relay it."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from maille.catalogue import Confidentiality
from maille.forms.typesetting import page, typeset
from maille.web.accounts.access import anyone
from maille.web.campaigns.models import Edition, Event, Unit
from maille.web.exports import attached
from maille.web.store import open_store
from maille.web.typography import french

SHOWN = (Event.Kind.OPENING, Event.Kind.CLOSING, Event.Kind.ARCHIVE, Event.Kind.PURGE)
"""The dates of the calendar that concern everyone; the reminders say who was drawn."""
_SECTION = {"section": "enquete"}


def _edition() -> Edition | None:
    return Edition.objects.order_by("-opens").first()


def _participation(edition: Edition) -> list[dict[str, Any]]:
    """Return the published participation by département: only an open dataset, protected before it was."""
    store, name = open_store(), f"disseminated/{edition.survey}/participation"
    if not store.exists(name) or store.card(name).confidentiality != Confidentiality.OPEN:
        return []
    rows = store.read(name).table.sort("code").iter_rows(named=True)
    return [row for row in rows if row["level"] == "departement"]


@anyone
@require_safe
def survey(request: HttpRequest) -> HttpResponse:
    edition = _edition()
    if edition is None:
        return render(request, "campaigns/survey.html", _SECTION)
    today = timezone.localdate()
    dates = edition.events.filter(kind__in=SHOWN).order_by("rank")
    context = _SECTION | {
        "edition": edition,
        "simulated": edition.simulated,
        "is_open": edition.is_open(today),
        "is_over": today > edition.closes,
        "dates": dates,
        "universes": Unit.Universe.choices,
    }
    return render(request, "campaigns/survey.html", context)


def relay_text(edition: Edition) -> str:
    """Return what an association may copy in its newsletter; it never says who was drawn."""
    closing = date_format(edition.closes, "j F Y")
    return french(
        f"L’enquête {edition.title} interroge un échantillon de communes et d’intercommunalités sur leur action "
        "sociale : à qui elle s’adresse, avec quels moyens, avec quels partenaires.\n\n"
        "Si votre collectivité a reçu un courrier de l’enquête, prenez le temps d’y répondre : vos réponses comptent "
        "aussi pour les collectivités comme la vôtre qui n’ont pas été interrogées, et une collectivité qui ne mène "
        "pas d’action sociale compte autant qu’une autre.\n\n"
        f"Le questionnaire est ouvert jusqu’au {closing}. Il se remplit en plusieurs fois et à plusieurs. Les "
        "réponses sont confidentielles : aucun résultat publié ne permet de reconnaître une collectivité.\n\n"
        f"Tout savoir : {settings.MAILLE_SITE}/enquete/"
    )


@anyone
@require_safe
def relay(request: HttpRequest) -> HttpResponse:
    edition = _edition()
    if edition is None:
        raise Http404
    context = _SECTION | {
        "edition": edition,
        "simulated": edition.simulated,
        "text": relay_text(edition),
        "departements": _participation(edition),
    }
    return render(request, "campaigns/relay.html", context)


@anyone
@require_safe
def poster(request: HttpRequest) -> HttpResponse:
    edition = _edition()
    if edition is None:
        raise Http404
    about = {
        "title": edition.title,
        "closing": date_format(edition.closes, "j F Y"),
        "site": f"{settings.MAILLE_SITE}/enquete/",
        "phone": settings.MAILLE_HELP_PHONE,
        "simulated": edition.simulated,
    }
    response = HttpResponse(typeset(page("poster"), inputs={"about": about}), content_type="application/pdf")
    return attached(response, f"affiche-{edition.pk}.pdf", shown=True)
