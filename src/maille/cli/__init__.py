"""The ``maille`` command: doors to the rooms, no logic of its own."""

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import typer

from maille.cli.references import questionnaire_app, territory_app
from maille.cli.screen import Json, err, home, out, progress_bar, say_json, specs_folder
from maille.cli.sources import source_app
from maille.errors import MailleError, UserError
from maille.web.account_commands import account_app
from maille.web.previous_commands import previous_app

app = typer.Typer(
    name="maille",
    help="Connaître l'action sociale locale, du tirage à la publication protégée.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(territory_app, name="territory")
app.add_typer(questionnaire_app, name="questionnaire")
app.add_typer(source_app, name="source")
app.add_typer(account_app, name="account")
app.add_typer(previous_app, name="previous")

_INTERRUPTED = 130
"""What typer returns after Ctrl-C, whose message is ours to write."""
_DISK = {"SQLITE_FULL": errno.ENOSPC, "SQLITE_READONLY": errno.EROFS, "SQLITE_CANTOPEN": errno.EACCES}
"""What SQLite says when the disk refuses, and the system's word for it."""

# typer carries a click of its own and shows only this child of its usage errors.
UsageError: type[Exception] = cast("type[Exception]", typer.BadParameter.__bases__[0])


@app.command()
def check(as_json: Json = False) -> None:
    """Vérifier que les spécifications sont valides."""
    from maille.specs import check_specs

    problems = check_specs(specs_folder())
    if as_json:
        say_json([problem.as_dict() for problem in problems])
    else:
        for problem in problems:
            err.print(str(problem), markup=False)
    if problems:
        err.print(f"{len(problems)} problème(s) : rien ne sera calculé tant qu'ils restent.")
        raise typer.Exit(1)
    if not as_json:
        out.print("Les spécifications sont valides.")


@app.command()
def plan(as_json: Json = False) -> None:
    """Dire ce qui serait calculé, et pourquoi."""
    planned = _run().plan()
    if as_json:
        say_json([{"step": item.step.name, "outputs": item.step.outputs, "reason": item.reason} for item in planned])
        return
    for item in planned:
        mark, reason = ("◇", item.reason) if item.reason else ("◆", "à jour")
        out.print(f"{mark} {item.step.name:<36} {reason}", markup=False)


@app.command()
def run(steps: Annotated[list[str] | None, typer.Argument(help="Étapes ; sans elles, toutes.")] = None) -> None:
    """Calculer ce qui n'est plus à jour."""
    with progress_bar() as report:
        ran = _run().run(steps, report)
    err.print(f"{len(ran)} étape(s) calculée(s) : {', '.join(ran)}." if ran else "Tout est à jour.", markup=False)


@app.command()
def deposit() -> None:
    """Verser dans la chaîne les questionnaires envoyés sur le site, et les décisions prises sur leurs réponses."""
    from maille.web.serve import prepare

    prepare()
    from maille.web.answers.deposit import bring_in
    from maille.web.editing.deposit import bring_in_all_edits

    run = _run()
    cards = bring_in(run)
    if not cards:
        raise UserError("aucun questionnaire n’a encore été envoyé.", hint="« maille demo » en simule.")
    for card in cards:
        out.print(f"◆ {card.name}, {card.rows} réponses ({card.checksum[:12]})", markup=False)
    for card in bring_in_all_edits(run):
        out.print(f"◆ {card.name}, {card.rows} décisions ({card.checksum[:12]})", markup=False)


@app.command()
def show(dataset: str, as_json: Json = False) -> None:
    """Montrer la fiche d'un jeu de données et ses ancêtres, jusqu'aux données brutes."""
    from maille.pipeline import lineage

    card = _run().store.check(dataset)
    if as_json:
        say_json(card.model_dump(mode="json"))
        return
    out.print(f"{card.title}\n{card.description}".strip(), markup=False)
    for line in _card_lines(card):
        out.print(line, markup=False)
    for depth, ancestor in lineage(card):
        made = f"par {ancestor.step}, code {ancestor.code_version}" if ancestor.step else "donnée d'origine"
        level, rows = ancestor.confidentiality, f"{ancestor.rows:,}".replace(",", " ")
        out.print(f"{'   ' * depth}◇ {ancestor.name}  [{level}, {rows} lignes, {ancestor.checksum[:12]}]", markup=False)
        out.print(f"{'   ' * depth}  {ancestor.title} — {made}", markup=False)
        for spec in ancestor.specs:
            out.print(f"{'   ' * depth}  selon specs/{spec.name} ({spec.checksum[:12]})", markup=False)


@app.command()
def verify(as_json: Json = False) -> None:
    """Recalculer à part chaque jeu publié et comparer les octets."""
    from maille.pipeline import verify as recompute

    with progress_bar() as report:
        verdicts = recompute(_run(), report)
    if as_json:
        say_json([{"name": v.name, "identical": v.identical, "difference": v.difference} for v in verdicts])
    else:
        for verdict in verdicts:
            mark = "◆ identique " if verdict.identical else "▲ différent "
            out.print(f"{mark} {verdict.name} {verdict.difference or ''}".rstrip(), markup=False)
    if not verdicts:
        raise UserError("rien n'est encore publié.", hint="lancez « maille demo » ou « maille run » d'abord.")
    if not all(verdict.identical for verdict in verdicts):
        raise typer.Exit(2)


@app.command()
def attack(
    datasets: Annotated[list[str] | None, typer.Argument(help="Jeux publiés ou CSV diffusés ; sans eux, tout.")] = None,
    as_json: Json = False,
) -> None:
    """Jouer l'intrus : chercher les cases cachées dans tout ce qui est publié ensemble."""
    from maille.pipeline.attack import attack_published, told

    with progress_bar() as report:
        findings = attack_published(_run(), datasets or [], report)
    if as_json:
        say_json([found.as_dict() for found in findings])
    else:
        for line in told(findings):
            out.print(line, markup=False)
    if any(found.broken for found in findings):
        raise typer.Exit(1)


@app.command()
def release(edition: Annotated[str, typer.Argument(help="Identifiant de l'édition.")]) -> None:
    """Figer les tableaux d'une édition sous la dernière version déclarée, et dire ce qui change."""
    from maille.pipeline import release as freeze

    frozen = freeze(_run(), edition)
    done = "figée" if frozen.new else "déjà figée, identique"
    out.print(f"◆ {edition}, version {frozen.version} {done} : {frozen.datasets} jeux de données.", markup=False)
    if frozen.previous:
        out.print(f"  {frozen.changed} case(s) changent depuis la version {frozen.previous}.", markup=False)


@app.command()
def demo(
    small: Annotated[bool, typer.Option("--small", help="Un dixième de l'échantillon, en moins d'une minute.")] = False,
    seed: Annotated[int, typer.Option(help="Graine du tirage et de la simulation.")] = 2025,
) -> None:
    """Dérouler toute l'enquête avec des collectivités simulées."""
    from maille.demo.run import run_demo

    with progress_bar() as report:
        summary = run_demo(home(), specs_folder(), seed=seed, small=small, progress=report)
    for line in summary.lines():
        err.print(line, markup=False)


@app.command()
def simulate(
    edition: Annotated[str, typer.Argument(help="Identifiant de l'édition.")] = "asco-2025",
    *,
    replicates: Annotated[int, typer.Option(help="Nombre d'enquêtes à simuler.")] = 1000,
    universe: Annotated[list[str] | None, typer.Option(help="Univers ; sans lui, tous.")] = None,
    seed: Annotated[int, typer.Option(help="Graine de la population et des enquêtes.")] = 2025,
    workers: Annotated[int, typer.Option(help="Processus qui simulent en même temps.")] = 2,
    imputation: Annotated[
        bool, typer.Option("--imputation", help="Imputer à chaque fois, sept fois plus long.")
    ] = False,
) -> None:
    """Refaire l'enquête des centaines de fois sur une population connue : que valent ses intervalles ?"""
    from maille.demo.simulate import asked, simulate, told

    wanted = asked(
        edition, replicates=replicates, seed=seed, universes=universe, workers=workers, imputation=imputation
    )
    with progress_bar() as report:
        cards = simulate(_run(), wanted, report)
    for line in told(_run(), cards):
        out.print(line, markup=False)


@app.command()
def serve(port: Annotated[int, typer.Option(help="Port d'écoute.")] = 8000) -> None:
    """Servir le site."""
    from maille.demo.accounts import account_lines
    from maille.web.serve import serve as serve_site

    def ready(url: str) -> None:
        out.print(f"Maille is ready: {url}", markup=False)
        for line in account_lines(home()):
            out.print(line, markup=False)

    serve_site(port, ready)


@app.command()
def worker(beside: Annotated[bool, typer.Option("--beside", hidden=True)] = False) -> None:
    """Faire le travail long que demande le site (envois, courriers) ; « maille serve » en lance déjà un."""
    from maille.web.serve import work

    work(beside=beside)


@app.command()
def purge(
    edition: Annotated[str, typer.Argument(help="Identifiant de l'édition.")],
    yes: Annotated[bool, typer.Option("--yes", help="Effacer sans demander.")] = False,
) -> None:
    """Effacer les contacts d'une édition et prouver qu'il n'en reste rien."""
    from maille.web.serve import prepare

    prepare()
    from maille.web.campaigns.purging import purge_named

    if not yes:
        typer.confirm(f"Effacer pour toujours les contacts de « {edition} » ?", abort=True)
    proof = purge_named(edition)
    for line in proof.lines():
        out.print(line, markup=False)
    raise typer.Exit(2 if proof.found else 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def web(context: typer.Context) -> None:
    """Lancer une commande d'administration du site (Django)."""
    from maille.web import django_main

    django_main(["maille web", *context.args])


def _run() -> Any:
    from maille.pipeline import Run

    return Run(home(), specs_folder())


def _card_lines(card: Any) -> Iterator[str]:
    yield f"source : {card.source} · licence : {card.licence} · millésime : {card.vintage}"
    yield f"confidentialité : {card.confidentiality}" + (" · données simulées" if card.simulated else "")
    for variable in card.variables:
        yield f"  {variable.name:<24} {variable.label}" + (f" ({variable.unit})" if variable.unit else "")
    yield from (f"  fichier {file.name} ({file.checksum[:12]})" for file in card.files)


def _fail(message: str, code: int) -> NoReturn:
    err.print(message, markup=False, style="bold red" if code == 2 else None)
    raise SystemExit(code)


def _told(error: Exception) -> tuple[str, int]:
    """Return what to say of an error that no room foresaw, and the exit code."""
    from maille.catalogue import storage_refused

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorname in _DISK:
            return str(storage_refused(home(), OSError(_DISK[cause.sqlite_errorname], "base de données"))), 1
        if isinstance(cause, OSError) and cause.errno in {*_DISK.values(), errno.ENOTDIR}:
            return str(storage_refused(Path(cause.filename or home()), cause)), 1
        cause = cause.__cause__ or cause.__context__
    if os.environ.get("MAILLE_DEBUG") == "true":
        raise error
    reason = f"{type(error).__name__} : {error}".strip(" :")
    remedy = "relancez avec MAILLE_DEBUG=true et signalez ce qui s’affiche."
    return f"Maille s’est trompée ({reason}).\n  à faire : {remedy}", 2


def main() -> None:
    """Run the command; exit 0 when done, 1 for the user's mistake, 2 for ours."""
    try:
        result = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        if result == _INTERRUPTED:
            raise KeyboardInterrupt
    except MailleError as error:
        _fail(str(error), error.exit_code)
    except UsageError as error:
        _fail(f"commande mal écrite : {error}\n  à faire : « maille --help » donne la liste des commandes.", 1)
    except (KeyboardInterrupt, typer.Abort):
        _fail("Interrompu. Rien n'est écrit à moitié : relancez la même commande pour continuer.", 1)
    except Exception as error:
        _fail(*_told(error))
    raise SystemExit(result if isinstance(result, int) else 0)
