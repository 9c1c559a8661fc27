"""The pages shown when something goes wrong: plain French, no detail."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from maille.web.accounts.access import anyone

PAGES = {
    400: ("Cette demande n’est pas lisible", "Revenez à la page précédente et recommencez."),
    403: ("Cette page ne vous est pas ouverte", "Reconnectez-vous, ou revenez à l’accueil."),
    413: ("Cet envoi est trop volumineux", "Rien n’a été enregistré. Raccourcissez les textes, ou allégez le fichier."),
    404: ("Cette page n’existe pas", "L’adresse est peut-être incomplète, ou la page a changé de place."),
    500: (
        "La page n’a pas pu s’afficher",
        "L’erreur vient de nous. Vos réponses déjà enregistrées sont conservées. Réessayez dans quelques minutes.",
    ),
}


def wants_json(request: HttpRequest) -> bool:
    """Tell whether a script asks, which reads the message and shows it itself."""
    return "application/json" in request.headers.get("Accept", "")


def _page(request: HttpRequest, status: int, advice: str | None = None) -> HttpResponse:
    title, default = PAGES[status]
    context = {"status": status, "title": title, "advice": advice or default}
    if wants_json(request):
        return JsonResponse({"message": f"{title}. {context['advice']}"}, status=status)
    return render(request, "failure.html", context, status=status)


@anyone
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    too_big = isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent))
    return _page(request, 413 if too_big else 400)


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
