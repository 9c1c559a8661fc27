"""Take up the answers to an edition that was not collected here, for authorities to confirm."""

from collections import Counter
from pathlib import Path

import polars as pl

from maille.catalogue import Card
from maille.collect.members import read_members
from maille.collect.previous import previous_draft, previous_name, read_previous
from maille.pipeline.run import Run
from maille.specs import load_questionnaire
from maille.specs.previous import followed, members_name, year_of
from maille.territory import load_reference
from maille.territory.members import matched


def take_up(run: Run, survey: str, file: Path) -> Card:
    """Deposit an operator's file of answers to ``survey``; raises PreviousRefused, SpecInvalid, StorageRefused."""
    folder = run.specs / "questionnaires"
    paths = sorted([*folder.glob("*.md"), *folder.glob("[!~]*.xlsx")])
    return run.deposit(read_previous(file, survey, [load_questionnaire(path) for path in paths]))


def take_members(run: Run, survey: str, file: Path) -> Card:
    """Deposit an operator's file of the communes of each EPCI then; raises PreviousRefused, SourceRefused."""
    return run.deposit(read_members(file, survey))


def left_out(run: Run, survey: str) -> dict[str, str]:
    """Return the authorities whose answers to ``survey`` are proposed to nobody and compared with nothing, and why.

    Communes that merged or were split since, EPCI that are no more, or no longer the same by their members.
    """
    names = (f"collected/{survey}/answers", previous_name(survey))
    given = next(
        (run.store.read(name).table["unit"] for name in names if run.store.exists(name)), pl.Series([], dtype=pl.String)
    )
    units = given.unique().sort()
    members = _members(run, survey)
    kept = followed(units, survey, members)
    alive = kept.is_in([*load_reference().epci["siren"].to_list(), *load_reference().communes["code"].to_list()])
    reasons = {} if members is None else dict(_reasons(members, survey))
    absent = "son SIREN n’existe plus" if members is None else "absent du fichier des communes de chaque EPCI"
    commune = "commune fusionnée, partagée ou disparue depuis"
    gone = units.filter(~alive.fill_null(False)).to_list()
    return {unit: reasons.get(unit, absent) if len(unit) > 5 else commune for unit in gone}


def members_told(run: Run, survey: str) -> list[str]:
    """Return in French how the EPCI of ``survey`` are recognised, and what became of those whose members are known."""
    members = _members(run, survey)
    if members is None:
        return [
            "Les EPCI sont reconnus par leur SIREN, même si leurs communes ont changé ; pour l’être par elles :"
            f" maille previous members {survey} FICHIER."
        ]
    found = matched(members, year=year_of(survey) or 0)
    count = Counter(found["status"])
    same = found.filter(pl.col("status") == "same")
    renamed = same.filter(pl.col("epci") != pl.col("successor")).height
    alive = set(load_reference().epci["siren"])
    changed = len(alive.intersection(found["epci"]).difference(same["epci"]))
    return [
        f"{found.height} EPCI d’alors : {same.height} sont les mêmes aujourd’hui par leurs communes, dont {renamed}"
        f" sous un autre SIREN ; {count['continued']} sont agrandis, réduits ou réunis, {count['scattered']} dispersés,"
        f" {count['gone']} sans suite.",
        f"{changed} ont gardé leur SIREN sans être les mêmes : leurs réponses ne sont ni proposées ni comparées.",
    ]


def simulate(run: Run, survey: str, answers: pl.DataFrame) -> Card:
    """Deposit simulated answers to ``survey`` (``unit``, ``variable``, ``value``), marked as such."""
    return run.deposit(previous_draft(survey, answers, source="Maille, données simulées", simulated=True))


def _members(run: Run, survey: str) -> pl.DataFrame | None:
    name = members_name(survey)
    return run.store.read(name).table if run.store.exists(name) else None


def _reasons(members: pl.DataFrame, survey: str) -> list[tuple[str, str]]:
    names = dict(load_reference().epci.select("siren", "name").iter_rows())
    found = matched(members, year=year_of(survey) or 0).filter(pl.col("status") != "same")
    said = []
    for epci, successor, of_former, of_successor in found.select(
        "epci", "successor", "of_former", "of_successor"
    ).iter_rows():
        there = f"{successor} {names.get(successor, '')}".strip()
        what = f"{_percent(of_former)} de ses habitants sont dans {there}, dont ils font {_percent(of_successor)}"
        said.append((epci, what if successor else "aucune de ses communes n’est dans un EPCI"))
    return said


def _percent(share: float) -> str:
    """Return a share without saying « 100 % » of what is not whole.

    >>> _percent(0.9996)
    '99 %'
    """
    return f"{int(100 * share)} %"
