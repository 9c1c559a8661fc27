"""The commands on the answers to former editions: ``maille previous``."""

from pathlib import Path
from typing import Annotated

import typer

previous_app = typer.Typer(help="Les réponses aux éditions précédentes.")


@previous_app.callback()
def _previous() -> None:
    """Les réponses aux éditions précédentes, proposées à confirmer."""


@previous_app.command("import")
def previous_import(
    survey: Annotated[str, typer.Argument(help="L'édition, par exemple asco-2015.")],
    file: Annotated[Path, typer.Argument(help="Un CSV : colonnes unit, variable, value.")],
) -> None:
    """Verser les réponses d'une édition précédente, vérifiées cellule par cellule."""
    from maille.web.serve import prepare

    prepare()
    from django.conf import settings

    from maille.pipeline import Run
    from maille.pipeline.previous import take_up

    card = take_up(Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), survey, file)
    typer.echo(f"{card.rows} réponse(s) reprises dans {card.name}, à confirmer par les collectivités.")
