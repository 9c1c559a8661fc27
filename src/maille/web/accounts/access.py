"""Who may open a page: every view says it with one of these decorators, and a test checks that it does."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

METHODOLOGIST = "methodologue"
SESSION_UNIT = "unit"

View = Callable[..., HttpResponse]


def _declare(view: View, audience: str) -> View:
    view.maille_access = audience  # type: ignore[attr-defined]
    return view


def anyone(view: View) -> View:
    """Open to all, without a session."""

    @wraps(view)
    def open_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return view(request, *args, **kwargs)

    return _declare(open_view, "anyone")


def respondent(view: View) -> View:
    """Open to who signed in with the code of a sampled authority; ``request.unit_id`` is that authority."""

    @wraps(view)
    def respondent_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        unit_id = request.session.get(SESSION_UNIT)
        if unit_id is None:
            return redirect("answers:sign_in")
        request.unit_id = unit_id
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return _declare(respondent_view, "respondent")


def is_staff(user: object) -> bool:
    active = getattr(user, "is_active", False)
    return active and (user.is_superuser or user.groups.filter(name=METHODOLOGIST).exists())  # type: ignore[attr-defined]


def staff(view: View) -> View:
    """Open to the methodologists."""

    @wraps(view)
    def staff_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_staff(request.user):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return _declare(staff_view, "staff")
