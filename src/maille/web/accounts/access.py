"""Who may open a page: every view says it with one of these decorators, and a test checks that it does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from maille.web.accounts.models import Guest

METHODOLOGIST = "methodologue"
MANAGER = "gestionnaire"
HOTLINE = "assistance"
OBSERVER = "observateur"
RESEARCHER = "chercheur"
"""Not one of the staff: it opens the restricted area of the researchers, and nothing else."""
ROLES = {
    METHODOLOGIST: "Méthodologue : tout, y compris les réponses",
    MANAGER: "Gestionnaire de campagne : contacts, calendrier, relances, suivi",
    HOTLINE: "Assistance : dossiers d’appel, sans les réponses",
    OBSERVER: "Observateur : le suivi, sans nom ni contact",
}

ON_THE_PHONE = (HOTLINE, MANAGER, METHODOLOGIST)

SESSION_UNIT = "unit"
SESSION_GUEST = "guest"
SESSION_AUTHOR = "author"
SESSION_NAME = "name"
SESSION_MODE = "mode"
_SESSION_SEAT = (SESSION_UNIT, SESSION_GUEST, SESSION_AUTHOR, SESSION_NAME, SESSION_MODE)
SESSION_SEEN = "seen"
OWNER = "répondant"
WEB = "web"
PHONE = "phone"

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Seat:
    """Who answers, for which authority, and which sections: None stands for all of them.

    ``author`` is written with answers and names nobody; ``name`` is for the screen, empty until it was said.
    """

    unit_id: int
    author: str = OWNER
    mode: str = WEB
    sections: frozenset[str] | None = None
    guest_id: int | None = None
    name: str = ""

    @property
    def is_owner(self) -> bool:
        return self.guest_id is None

    @property
    def kind(self) -> str:
        """owner, guest or agent."""
        if self.guest_id is not None:
            return "guest"
        return "agent" if self.mode == PHONE else "owner"

    def may_open(self, section_id: str) -> bool:
        return self.sections is None or section_id in self.sections


def take_seat(request: HttpRequest, seat: Seat) -> None:
    """Open the session of this person; the key changes, and nothing of who was there before remains."""
    session = request.session
    for key in _SESSION_SEAT:
        session.pop(key, None)
    session.cycle_key()
    session[SESSION_UNIT] = seat.unit_id
    if seat.guest_id is not None:
        session[SESSION_GUEST] = seat.guest_id
        return
    session[SESSION_AUTHOR], session[SESSION_NAME], session[SESSION_MODE] = seat.author, seat.name, seat.mode


def _may_sit(request: HttpRequest) -> bool:
    """Tell whether this session may answer: an agent only by phone, signed in; never with the code of an authority."""
    if request.session.get(SESSION_MODE) == PHONE:
        return _turned_away(request) is None and has_role(request.user, *ON_THE_PHONE)
    return not (request.user.is_authenticated and has_role(request.user, HOTLINE))


def leave_seat(request: HttpRequest) -> None:
    """Stop answering for an authority; the agent stays signed in."""
    for key in _SESSION_SEAT:
        request.session.pop(key, None)


def _seat(request: HttpRequest) -> Seat | None:
    """Return the seat of this session; None when there is none, or when the invitation no longer holds."""
    session = request.session
    unit_id = session.get(SESSION_UNIT)
    if unit_id is None:
        return None
    if SESSION_GUEST not in session:
        if not _may_sit(request):
            return None
        author, name = session.get(SESSION_AUTHOR, OWNER), session.get(SESSION_NAME, "")
        return Seat(unit_id, author, session.get(SESSION_MODE, WEB), name=name)
    guest = Guest.objects.filter(pk=session[SESSION_GUEST], unit_id=unit_id).first()
    if guest is None or not guest.holds(timezone.now()):
        return None
    return Seat(unit_id, guest.author, WEB, frozenset(guest.sections), guest.pk, guest.name)


def _no_seat(request: HttpRequest) -> HttpResponse:
    """Send to the door, and say why: a session that is over, an invitation that no longer holds."""
    is_guest = SESSION_GUEST in request.session
    door = reverse("answers:invitation_over" if is_guest else "answers:sign_in")
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"sign_in": door}, status=401)
    if request.method == "GET" and not is_guest and settings.SESSION_COOKIE_NAME in request.COOKIES:
        door += "?" + urlencode({"suite": request.path})
    return redirect(door)


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
            return _no_seat(request)
        request.seat, request.unit_id = seat, seat.unit_id
        try:
            if owner_only and not seat.is_owner:
                raise PermissionDenied
            response = view(request, *args, **kwargs)
        except PermissionDenied:
            if seat.is_owner:
                raise
            response = render(request, "accounts/guest-refused.html", status=403)
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


def proved_twice(request: HttpRequest) -> bool:
    """Tell whether this session was opened with a second factor, ours or the one ProConnect vouches for."""
    if not settings.MAILLE_STAFF_SECOND_FACTOR:
        return True
    methods = {record["method"] for record in get_authentication_records(request, request.user)}
    return "mfa" in methods or ("socialaccount" in methods and bool(settings.MAILLE_OIDC_ACR))


def _is_idle(request: HttpRequest) -> bool:
    """Tell whether nobody used this session for too long; else note, at most once a minute, that someone does."""
    now = timezone.now().timestamp()
    seen = request.session.get(SESSION_SEEN, now)
    if now - seen > settings.MAILLE_STAFF_IDLE.total_seconds():
        return True
    if now - seen > 60 or SESSION_SEEN not in request.session:
        request.session[SESSION_SEEN] = now
    return False


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """Send to the door, or to the second factor, who has not gone through them."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if _is_idle(request):
        logout(request)
        return redirect_to_login(request.get_full_path())
    return None if proved_twice(request) else redirect("mfa_activate_totp")


def staff_of(*roles: str) -> Callable[[View], View]:
    """Open to the staff who have one of these roles, and proved twice who they are."""

    def decorate(view: View) -> View:
        @wraps(view)
        def staff_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = _turned_away(request)
            if response is not None:
                return response
            if not has_role(request.user, *roles):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            response["Cache-Control"] = "no-store"
            return response

        return _declare(staff_view, "staff:" + ",".join(roles))

    return decorate


staff = staff_of(METHODOLOGIST)
