"""What the navigation of the staff needs to know of who reads it."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from maille.web.accounts.access import METHODOLOGIST, proved_twice
from maille.web.accounts.people import role_of


def _role(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not proved_twice(request):
        return ""
    return METHODOLOGIST if user.is_superuser else role_of(user)


def staff(request: HttpRequest) -> dict[str, object]:
    """Give the role of the person, empty for anyone else; read from the database only where a page asks."""
    return {"staff_role": SimpleLazyObject(lambda: _role(request))}
