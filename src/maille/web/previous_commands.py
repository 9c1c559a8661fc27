"""The commands on the answers to former editions: ``maille previous``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from maille.pipeline import Run

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
    run = _run()
    from maille.pipeline.previous import take_up

    card = take_up(run, survey, file)
    typer.echo(f"{card.rows} réponse(s) reprises dans {card.name}, à confirmer par les collectivités.")
    _tell(run, survey)


@previous_app.command("members")
def previous_members(
    survey: Annotated[str, typer.Argument(help="L'édition, par exemple asco-2015.")],
    file: Annotated[Path, typer.Argument(help="Un CSV ou un XLSX : colonnes CODGEO et EPCI, une ligne par commune.")],
) -> None:
    """Verser les communes de chaque EPCI d'alors : un EPCI est reconnu par ses communes, non par son SIREN."""
    run = _run()
    from maille.pipeline.previous import take_members

    card = take_members(run, survey, file)
    typer.echo(f"{card.rows} commune(s) versées dans {card.name}.")
    _tell(run, survey)


def _run() -> "Run":
    from maille.web.serve import prepare

    prepare()
    from django.conf import settings

    from maille.pipeline import Run

    return Run(settings.MAILLE_HOME, settings.MAILLE_SPECS)


def _tell(run: "Run", survey: str) -> None:
    from maille.pipeline.previous import left_out, members_told

    for line in members_told(run, survey):
        typer.echo(line)
    if gone := left_out(run, survey):
        typer.echo(f"Sans suite, les réponses de {len(gone)} collectivité(s) :")
        for unit, reason in gone.items():
            typer.echo(f"  {unit} : {reason}")
