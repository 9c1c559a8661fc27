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
    from maille.pipeline.previous import left_out, take_up

    run = Run(settings.MAILLE_HOME, settings.MAILLE_SPECS)
    card = take_up(run, survey, file)
    typer.echo(f"{card.rows} réponse(s) reprises dans {card.name}, à confirmer par les collectivités.")
    if gone := left_out(run, survey):
        shown = ", ".join(gone[:12]) + (", …" if len(gone) > 12 else "")
        typer.echo(f"Sans suite, {len(gone)} collectivité(s) fusionnées, partagées ou disparues depuis : {shown}.")
