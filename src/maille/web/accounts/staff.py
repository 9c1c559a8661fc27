"""The methodologists invite the staff, change roles, close accounts."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from maille.web.accounts import second_factor
from maille.web.accounts.access import ROLES, staff
from maille.web.accounts.forms import InvitationForm, RoleForm
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.people import BadAccount, close_sessions, give_role, invitation_path, invite, role_of

_TEXT = """Bonjour,

{inviter} vous ouvre l’espace des gestionnaires de Maille.

Choisissez votre mot de passe ici, dans les sept jours :
{link}

Votre nom d’utilisateur est : {username}
À la première connexion, vous réglerez un second facteur : une application qui donne six chiffres.

Si vous n’attendiez pas ce message, ne faites rien.
"""


def _send_link(request: HttpRequest, user: User) -> None:
    link = request.build_absolute_uri(invitation_path(user))
    text = _TEXT.format(inviter=request.user.get_username(), link=link, username=user.get_username())
    send_mail("Votre accès à Maille", text, None, [user.email])


def _person(user: User) -> dict[str, object]:
    role = role_of(user)
    return {
        "user": user,
        "role": role,
        "role_label": ROLES[role].split(" : ")[0] if role else "Aucun rôle",
        "second_factor": second_factor.has_second_factor(user),
        "invited": not user.has_usable_password() and user.last_login is None,
    }


def _record(request: HttpRequest, what: str, user: User, *, role: str = "") -> None:
    detail = f"{user.get_username()} {role}".strip()
    AuditEvent.record(request.user.get_username(), what, at=timezone.now(), detail=detail)


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = invite(form.cleaned_data["email"], form.cleaned_data["name"], form.cleaned_data["role"])
        except BadAccount as refused:
            form.add_error("email", refused.message)
        else:
            _send_link(request, user)
            _record(request, "invitation", user, role=form.cleaned_data["role"])
            messages.success(request, f"Le lien est parti à {user.email}.")
            return redirect("accounts:people")
    users = User.objects.prefetch_related("groups").order_by("-is_active", "username")
    context = {"section": "comptes", "form": form, "has_errors": bool(form.errors)}
    context["people"] = [_person(user) for user in users]
    return render(request, "accounts/people.html", context)


@staff
@require_http_methods(["GET", "HEAD"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    context = {"section": "comptes", "person": _person(user), "himself": user == request.user}
    context["form"] = RoleForm(initial={"role": role_of(user)})
    return render(request, "accounts/person.html", context)


def _change_role(request: HttpRequest, user: User) -> str:
    form = RoleForm(request.POST)
    if not form.is_valid():
        return "Ce rôle n’existe pas."
    give_role(user, form.cleaned_data["role"])
    close_sessions(user)
    _record(request, "changement de rôle", user, role=form.cleaned_data["role"])
    return "Le rôle est changé ; ses sessions sont fermées."


def _close(request: HttpRequest, user: User) -> str:
    user.is_active = not user.is_active
    user.save(update_fields=["is_active"])
    close_sessions(user)
    _record(request, "compte rouvert" if user.is_active else "compte fermé", user)
    return "Le compte est rouvert." if user.is_active else "Le compte est fermé ; ses sessions aussi."


def _forget_factor(request: HttpRequest, user: User) -> str:
    second_factor.forget(user)
    close_sessions(user)
    _record(request, "second facteur retiré", user)
    return "Le second facteur est retiré : la personne en réglera un autre à sa prochaine connexion."


def _invite_again(request: HttpRequest, user: User) -> str:
    if not user.email or not user.is_active:
        return "Ce compte n’a pas d’adresse électronique, ou il est fermé : aucun lien n’est parti."
    _send_link(request, user)
    _record(request, "lien de mot de passe", user)
    return f"Le lien est parti à {user.email}."


_ACTS = {"role": _change_role, "fermer": _close, "facteur": _forget_factor, "lien": _invite_again}


@staff
@require_POST
def change(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    if user == request.user or user.is_superuser:
        messages.error(request, "Un autre méthodologue doit le faire : personne ne change son propre compte.")
    else:
        messages.success(request, _ACTS[act](request, user))
    return redirect("accounts:person", pk=pk)
