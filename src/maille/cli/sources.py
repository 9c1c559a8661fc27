"""The commands on what other producers publish: ``maille source``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from maille.cli.screen import Json, err, home, out, say_json, specs_folder

source_app = typer.Typer(help="Les sources d'autres producteurs, jointes à l'enquête.")

File = Annotated[Path, typer.Argument(help="Le fichier du producteur, tel qu'il est.")]
Name = Annotated[str, typer.Option("--as", help="Le nom de sa spécification, dans specs/sources.")]


@source_app.command("check")
def source_check(file: File, name: Name, as_json: Json = False) -> None:
    """Comparer un fichier à sa spécification : feuilles, colonnes, absences, doublons, totaux, territoires."""
    from maille.pipeline.sources import check_source

    read = check_source(_run(), file, name)
    _told(read, as_json=as_json)
    if read.errors:
        raise typer.Exit(1)


@source_app.command("add")
def source_add(file: File, name: Name, as_json: Json = False) -> None:
    """Verser une source dans la chaîne, avec sa fiche et la liste de ce qui n'a pas trouvé sa place."""
    from maille.pipeline.sources import add_source, check_source

    run = _run()
    read = check_source(run, file, name)
    card = add_source(run, read)
    _told(read, as_json=as_json)
    err.print(f"◆ {card.name}, {card.rows} valeurs ({card.checksum[:12]}) ; « maille show {card.name} ».", markup=False)


@source_app.command("list")
def source_list() -> None:
    """Dire quelles sources sont décrites, et lesquelles sont versées."""
    from maille.pipeline.sources import source_names
    from maille.specs.source import load_source, source_dataset

    store = _run().store
    for name in source_names(specs_folder()):
        source = load_source(specs_folder() / "sources" / f"{name}.yaml")
        mark = "◆" if store.exists(source_dataset(name)) else "◇"
        out.print(f"{mark} {name:<36} {source.producer}, {source.vintage} — {source.title}", markup=False)


def _run() -> Any:
    from maille.pipeline import Run

    return Run(home(), specs_folder())


def _told(read: Any, *, as_json: bool) -> None:
    if as_json:
        found = [vars(finding) for finding in read.findings]
        say_json({"statuses": read.statuses(), "findings": found, "unmatched": read.unmatched.to_dicts()})
        return
    for line in read.lines():
        out.print(line, markup=False)
