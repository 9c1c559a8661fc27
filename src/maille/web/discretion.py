"""What the logs may say: never an answer, an access code or a contact."""

import logging
import traceback


class Discreet(logging.Filter):
    """Keep of an exception its kind and its place, never its message or its local values."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
            record.msg = f"{record.getMessage().split('?')[0]} [{type(error).__name__} {place}]"
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        return True
