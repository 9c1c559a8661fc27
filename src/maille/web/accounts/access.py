"""Who may open a page: every view says it with one of these decorators, and a test checks that it does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from maille.web.accounts.models import Guest

METHODOLOGIST = "methodologue"
MANAGER = "gestionnaire"
HOTLINE = "assistance"
OBSERVER = "observateur"
ROLES = {
    METHODOLOGIST: "Méthodologue : tout, y compris les réponses",
    MANAGER: "Gestionnaire de campagne : contacts, calendrier, relances, suivi",
    HOTLINE: "Assistance : dossiers d’appel, sans les réponses",
    OBSERVER: "Observateur : le suivi, sans nom ni contact",
}

SESSION_UNIT = "unit"
SESSION_GUEST = "guest"
SESSION_AUTHOR = "author"
SESSION_MODE = "mode"
OWNER = "répondant"
WEB = "web"
PHONE = "phone"

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Seat:
    """Who answers, for which authority, and which sections: None stands for all of them."""

    unit_id: int
    author: str = OWNER
    mode: str = WEB
    sections: frozenset[str] | None = None
    guest_id: int | None = None

    @property
    def is_owner(self) -> bool:
        return self.guest_id is None

    def may_open(self, section_id: str) -> bool:
        return self.sections is None or section_id in self.sections


def _seat(request: HttpRequest) -> Seat | None:
    """Return the seat of this session; None when there is none, or when the invitation no longer holds."""
    session = request.session
    unit_id = session.get(SESSION_UNIT)
    if unit_id is None:
        return None
    if SESSION_GUEST not in session:
        return Seat(unit_id, session.get(SESSION_AUTHOR, OWNER), session.get(SESSION_MODE, WEB))
    guest = Guest.objects.filter(pk=session[SESSION_GUEST], unit_id=unit_id).first()
    if guest is None or not guest.holds(timezone.now()):
        return None
    return Seat(unit_id, guest.name, WEB, frozenset(guest.sections), guest.pk)


def _declare(view: View, audience: str) -> View:
    view.maille_access = audience  # type: ignore[attr-defined]
    return view


def anyone(view: View) -> View:
    """Open to all, without a session."""

    @wraps(view)
    def open_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return view(request, *args, **kwargs)

    return _declare(open_view, "anyone")


def _seated(view: View, *, owner_only: bool) -> View:
    @wraps(view)
    def seated_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        seat = _seat(request)
        if seat is None:
            return redirect("answers:sign_in")
        if owner_only and not seat.is_owner:
            raise PermissionDenied
        request.seat, request.unit_id = seat, seat.unit_id
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return seated_view


def respondent(view: View) -> View:
    """Open to who answers for a sampled authority, guests included; ``request.seat`` says who and what."""
    return _declare(_seated(view, owner_only=False), "respondent")


def owner(view: View) -> View:
    """Open to who holds the code of the authority (or to the agent who answers by phone), never to a guest."""
    return _declare(_seated(view, owner_only=True), "owner")


def has_role(user: object, *roles: str) -> bool:
    active = getattr(user, "is_active", False)
    return active and (user.is_superuser or user.groups.filter(name__in=roles).exists())  # type: ignore[attr-defined]


def staff_of(*roles: str) -> Callable[[View], View]:
    """Open to the staff who have one of these roles."""

    def decorate(view: View) -> View:
        @wraps(view)
        def staff_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not has_role(request.user, *roles):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            response["Cache-Control"] = "no-store"
            return response

        return _declare(staff_view, "staff:" + ",".join(roles))

    return decorate


staff = staff_of(METHODOLOGIST)
