"""The address that says that the site is alive."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from maille.web.accounts.access import anyone


@anyone
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"etat": "indisponible"}, status=503)
    return JsonResponse({"etat": "en service"})
