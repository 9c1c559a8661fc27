"""Access codes: twelve letters and figures, of which only a keyed print is kept."""

import hashlib
import hmac
import secrets

from django.conf import settings

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
LENGTH = 12
_READ_AS = str.maketrans({"0": "O", "1": "I", "8": "B", " ": None, "-": None, "\u00a0": None, "\u202f": None})


def draw_code() -> str:
    """Draw a code of 60 bits, written as people read it: ABCD-EFGH-IJKL."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, LENGTH, 4))


def code_hash(code: str) -> str:
    """Return the keyed print of a code, however it was typed."""
    typed = code.strip().upper().translate(_READ_AS)
    return hmac.new(settings.ACCESS_CODE_KEY.encode(), typed.encode(), hashlib.sha256).hexdigest()


def same_code(code: str, expected_hash: str) -> bool:
    return hmac.compare_digest(code_hash(code), expected_hash)
