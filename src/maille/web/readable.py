"""What a request may hold: text that a database can keep."""

from collections.abc import Callable, Iterator

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    for fields in (request.GET, request.POST):
        for name, values in fields.lists():
            yield name
            yield from values


def readable(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a request with a NUL character: no keyboard makes one, and PostgreSQL keeps none."""

    def respond(request: HttpRequest) -> HttpResponse:
        if any("\0" in text for text in _texts(request)):
            raise BadRequest("NUL")
        return get_response(request)

    return respond
