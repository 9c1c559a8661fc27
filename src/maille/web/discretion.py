"""What the logs may say: never an answer, an access code, a link that opens something, or a contact."""

import logging
import re
import traceback

_LINK = re.compile(r"(/repondre/(?:lien|invitation)/)[^/\s]+")


def without_link(text: str) -> str:
    """Return a text where a link that opens something is only its door."""
    return _LINK.sub(r"\1…", text)


class Discreet(logging.Filter):
    """Keep of an exception its kind and its place, never its message or its local values; of a link, its door."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
            record.msg = f"{record.getMessage().split('?')[0]} [{type(error).__name__} {place}]"
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        said = record.getMessage()
        if "/repondre/" in said:
            record.msg, record.args = without_link(said), ()
        return True
