"""The commands on what an edition starts from: ``maille territory`` and ``maille questionnaire``."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from maille.cli.screen import Json, err, home, out, say_json
from maille.errors import UserError

territory_app = typer.Typer(help="Le référentiel des communes et intercommunalités.")
questionnaire_app = typer.Typer(help="Les questionnaires, sous leurs deux formes.")


@territory_app.command("build")
def territory_build(
    sources: Annotated[Path | None, typer.Option(help="Dossier des sources téléchargées.")] = None,
) -> None:
    """Reconstruire le référentiel à partir des deux paquets publics."""
    from maille.catalogue import Store
    from maille.territory import reference_folder
    from maille.territory.build import build

    build(sources or home() / "sources", Store(reference_folder()))
    err.print(f"Référentiel reconstruit dans {reference_folder()}.")


@territory_app.command("resolve")
def territory_resolve(
    code: str,
    at: Annotated[str | None, typer.Option(help="Date, AAAA-MM-JJ.")] = None,
    as_json: Json = False,
) -> None:
    """Dire à quelle commune d'aujourd'hui mène un code ou un nom."""
    from maille.territory import resolve

    resolution = resolve(code, at=_date(at))
    if as_json:
        say_json(resolution.as_dict())
    else:
        out.print(resolution.sentence())


@territory_app.command("show")
def territory_show(code: str, as_json: Json = False) -> None:
    """Montrer tout ce que le référentiel sait d'une commune, d'une intercommunalité ou d'un département."""
    from maille.territory import show

    facts = show(code)
    if as_json:
        say_json(facts)
    else:
        for name, value in facts.items():
            out.print(f"{name:<22} {_plain(value)}", markup=False)


@questionnaire_app.command("convert")
def questionnaire_convert(
    source: Annotated[Path, typer.Argument(help="Le questionnaire écrit, .md ou .xlsx.")],
    target: Annotated[Path, typer.Argument(help="Le fichier à écrire, .md ou .xlsx.")],
) -> None:
    """Passer un questionnaire du texte au classeur, ou du classeur au texte."""
    from maille.specs.survey import convert_questionnaire

    converted = convert_questionnaire(source, target)
    err.print(f"{target} : {converted.title}, version {converted.version}.", markup=False)


@questionnaire_app.command("difference")
def questionnaire_difference(
    old: Annotated[Path, typer.Argument(help="L'ancienne version.")],
    new: Annotated[Path, typer.Argument(help="La nouvelle version.")],
    as_json: Json = False,
) -> None:
    """Dire en français ce qui change d'une version d'un questionnaire à une autre."""
    from maille.specs import load_questionnaire
    from maille.specs.difference import difference

    found = difference(load_questionnaire(old), load_questionnaire(new))
    if as_json:
        say_json(found.model_dump())
        return
    for sentence in found.sentences() or ("Les deux versions posent les mêmes questions.",):
        out.print(sentence, markup=False)


@questionnaire_app.command("export")
def questionnaire_export(
    source: Annotated[Path, typer.Argument(help="Le questionnaire écrit, .md ou .xlsx.")],
    to: Annotated[str, typer.Option(help="La forme voulue : pdf, codebook, xform, lunatic, ddi, table-schema…")],
    output: Annotated[
        Path | None, typer.Option(help="Le fichier à écrire ; sans lui, à côté du questionnaire.")
    ] = None,
) -> None:
    """Écrire un questionnaire sous une autre forme : papier, dictionnaire, ou fichier pour un autre outil."""
    from maille.forms.export import EXPORTS, export

    if to not in EXPORTS:
        raise UserError("cette forme n’existe pas.", got=to, expected=", ".join(EXPORTS))
    target = output or source.with_name(source.stem + EXPORTS[to].suffix)
    target.write_bytes(export(source, to))
    err.print(f"{EXPORTS[to].title} : {target}.", markup=False)


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UserError("la date n’est pas lisible.", got=text, expected="AAAA-MM-JJ (2026-01-01)") from error


def _plain(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} : " + ", ".join(map(str, value[:12])) + (" …" if len(value) > 12 else "")
    return "—" if value is None else str(value)
