"""Staff accounts."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User

from maille.web.accounts.access import METHODOLOGIST


def add_methodologist(username: str, password: str) -> User:
    """Create the account, or give it this password and this role again."""
    user, _ = get_user_model().objects.get_or_create(username=username)
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    user.groups.add(Group.objects.get_or_create(name=METHODOLOGIST)[0])
    return user
