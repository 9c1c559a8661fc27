"""The pages shown when something goes wrong: plain French, no detail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from maille.web.accounts.access import anyone

PAGES = {
    400: ("Cette demande n’est pas lisible", "Revenez à la page précédente et recommencez."),
    403: ("Cette page ne vous est pas ouverte", "Reconnectez-vous, ou revenez à l’accueil."),
    404: ("Cette page n’existe pas", "L’adresse est peut-être incomplète, ou la page a changé de place."),
    500: (
        "La page n’a pas pu s’afficher",
        "L’erreur vient de nous. Vos réponses déjà enregistrées sont conservées. Réessayez dans quelques minutes.",
    ),
}


def _page(request: HttpRequest, status: int, advice: str | None = None) -> HttpResponse:
    title, default = PAGES[status]
    context = {"status": status, "title": title, "advice": advice or default}
    return render(request, "failure.html", context, status=status)


@anyone
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400)


@anyone
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403)


@anyone
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404)


@anyone
def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, 500)


@anyone
def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403, "Cette page était ouverte depuis trop longtemps. Rouvrez-la, puis recommencez.")
