"""The site: one Django project, one app per public; the only room that knows Django."""

import os
import sys
from collections.abc import Sequence


def django_main(argv: Sequence[str] | None = None) -> None:
    """Run Django's own commands with the settings of Maille; ``argv`` starts with the program's name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maille.web.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(list(sys.argv if argv is None else argv))


def setup() -> None:
    """Make the models usable outside a request: the demonstration and the pipeline call it first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maille.web.settings")
    import django

    django.setup()
