"""The project as an application: the shell's templates, styles and typography."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "maille.web"
    label = "maille_web"
