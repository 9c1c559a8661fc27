"""The datasets that the site reads."""

from django.conf import settings

from maille.catalogue import Store


def open_store() -> Store:
    return Store(settings.MAILLE_HOME / "datasets")
