"""What every public page does: open what is published, say whether it is simulated, answer in plain French."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maille.catalogue import DatasetAltered, DatasetNotFound
from maille.web.accounts.access import anyone
from maille.web.observatory.published import NotPublic, Published
from maille.web.observatory.records import Edition
from maille.web.store import open_store

CONTOURS = "d’après l’IGN et Etalab, Licence Ouverte"
View = Callable[..., HttpResponse]


class NoSuchPage(Exception):
    """The address names nothing published; the message says what, in French."""


def published() -> Published:
    return Published(open_store())


def public(view: View) -> View:
    """Open a view to anyone, and answer what is not published with a page that says so."""

    @anyone
    @require_safe
    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *arguments, **named)
        except (NoSuchPage, DatasetNotFound):
            advice = "L’adresse est peut-être incomplète. La liste des résultats publiés est à la page « Résultats »."
            return _failure(request, 404, title="Cette page n’existe pas", advice=advice)
        except (NotPublic, DatasetAltered):
            advice = "Un contrôle a refusé ces données : elles ne sont pas affichées. L’équipe de l’enquête doit agir."
            return _failure(request, 503, title="Ces résultats sont momentanément retirés", advice=advice)

    return answered


def page(
    request: HttpRequest, template: str, *, section: str = "", edition: Edition | None = None, **context: Any
) -> HttpResponse:
    """Render a page of the observatory; a page that shows an edition says whether it is simulated."""
    context |= {"section": section, "edition": edition, "contours": CONTOURS}
    if edition is not None:
        context["simulated"] = edition.simulated
    return render(request, f"observatory/{template}.html", context)


def _failure(request: HttpRequest, status: int, *, title: str, advice: str) -> HttpResponse:
    return render(request, "failure.html", {"status": status, "title": title, "advice": advice}, status=status)
