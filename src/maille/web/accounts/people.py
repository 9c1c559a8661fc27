"""Staff accounts: who is invited, with which role."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from maille.errors import UserError
from maille.web.accounts.access import METHODOLOGIST, ROLES


class BadAccount(UserError):
    """A staff account cannot be made or found as asked."""


def give_role(user: User, role: str) -> None:
    """Give this role and no other."""
    user.groups.remove(*Group.objects.filter(name__in=ROLES))
    user.groups.add(Group.objects.get_or_create(name=role)[0])


def role_of(user: User) -> str:
    """Return the role of a person, the widest one; empty when there is none."""
    names = {group.name for group in user.groups.all()}
    return next((role for role in ROLES if role in names), "")


def add_staff(username: str, password: str, role: str, *, secret: str = "") -> User:
    """Create the account, or give it this password, this role and this second factor again."""
    user, _ = get_user_model().objects.get_or_create(username=username)
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    give_role(user, role)
    if secret and not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(user, secret)
    return user


def add_checked(username: str, password: str, role: str) -> User:
    """Create the account with a password that the site would accept; raises BadAccount."""
    if role not in ROLES:
        raise BadAccount("Ce rôle n’existe pas.", got=role, expected=", ".join(ROLES))
    try:
        validate_password(password)
    except ValidationError as refused:
        raise BadAccount(" ".join(refused.messages)) from refused
    return add_staff(username, password, role)


def add_methodologist(username: str, password: str) -> User:
    """Create the account, or give it this password and this role again."""
    return add_staff(username, password, METHODOLOGIST)


def invite(email: str, name: str, role: str) -> User:
    """Make an account that opens with the link of its invitation; its name for signing in is the e-mail."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadAccount("Cette adresse électronique n’est pas complète.", got=email) from error
    if role not in ROLES:
        raise BadAccount("Ce rôle n’existe pas.", got=role, expected=", ".join(ROLES))
    people = get_user_model().objects
    if people.filter(email__iexact=email).exists() or people.filter(username__iexact=email).exists():
        raise BadAccount("Un compte porte déjà cette adresse.", got=email)
    user = people.create_user(email, email, None, first_name=name.strip()[:150])
    give_role(user, role)
    return user


def invitation_path(user: User) -> str:
    """Return the path where the person chooses a password; it serves once, and for seven days."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("accounts:choose_password", args=[uid, default_token_generator.make_token(user)])


def current_code(username: str) -> str:
    """Return the six digits that the application of this person shows now, for a demonstration."""
    found = Authenticator.objects.filter(user__username=username, type=Authenticator.Type.TOTP).first()
    if found is None:
        raise BadAccount("Ce compte n’a pas de second facteur.", got=username)
    now = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(decrypt(found.data["secret"]), now[len(now) // 2]))


def close_sessions(user: User) -> None:
    """End every session of this person."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
