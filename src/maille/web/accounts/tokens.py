"""Links sent by e-mail: a secret of 256 bits, of which only a keyed print is kept."""

import hashlib
import hmac
import secrets

from django.conf import settings


def draw_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the keyed print of a secret; no access code has the same, whatever was typed."""
    return hmac.new(settings.ACCESS_CODE_KEY.encode(), f"lien:{token}".encode(), hashlib.sha256).hexdigest()


def address_hash(email: str) -> str:
    """Return the keyed print of an e-mail address, so that a queue holds none."""
    written = f"adresse:{email.strip().casefold()}"
    return hmac.new(settings.ACCESS_CODE_KEY.encode(), written.encode(), hashlib.sha256).hexdigest()
