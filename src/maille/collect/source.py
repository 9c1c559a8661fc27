"""A source read against its specification: its values on the territory of today, and all that did not match."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

import polars as pl

from maille.catalogue import Confidentiality, Draft, Variable, sha256
from maille.collect import source_check
from maille.collect.source_file import Finding, Sheet, SourceRefused, open_source, read_bytes
from maille.collect.source_keys import Match, counted_twice, match_keys, territory_names
from maille.collect.source_move import moved, passage, with_wholes
from maille.collect.source_values import values_of
from maille.errors import UserError
from maille.specs.source import STATUSES, WHOLE, Source, SourceTable, source_dataset
from maille.territory import Reference, load_reference

__all__ = ["Finding", "Read", "SourceRefused", "read_source", "source_drafts"]

COLUMNS = (
    Variable(name="level", label="Niveau géographique", kind="code"),
    Variable(name="key", label="Code du territoire, géographie d’aujourd’hui", kind="code"),
    Variable(name="name", label="Nom du territoire"),
    Variable(name="part_of", label="Territoire entier dont celui-ci est une partie, à ne pas y ajouter", kind="code"),
    Variable(name="year", label="Année", kind="integer"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="value", label="Valeur", kind="number"),
    Variable(name="status", label="Statut de la valeur", kind="code", codes=STATUSES),
    Variable(name="sheet", label="Feuille du fichier d’origine"),
    Variable(name="row", label="Ligne du fichier d’origine", kind="integer"),
    Variable(name="written", label="Territoire tel qu’il est écrit, réunis par « + »"),
)
UNMATCHED = (
    Variable(name="sheet", label="Feuille du fichier d’origine"),
    Variable(name="row", label="Ligne du fichier d’origine", kind="integer"),
    Variable(name="level", label="Niveau géographique", kind="code"),
    Variable(name="written", label="Territoire tel qu’il est écrit"),
    Variable(name="reason", label="Pourquoi rien ne lui correspond"),
    Variable(name="near", label="Territoires les plus proches"),
)
_SCHEMA = {"part_of": pl.String, "sheet": pl.String, "row": pl.Int64, "value": pl.Float64, "year": pl.Int64}


@dataclass(frozen=True)
class Read:
    """A source once read: ``values`` (``COLUMNS``), ``unmatched`` (``UNMATCHED``), and the checksum of the original."""

    source: Source
    file: str
    checksum: str
    values: pl.DataFrame
    unmatched: pl.DataFrame
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that keep the source from being deposited."""
        return tuple(found for found in self.findings if found.kind == "error")

    def statuses(self) -> dict[str, int]:
        """Return how many values there are of each status."""
        counts = dict(self.values["status"].value_counts().iter_rows()) if self.values.height else {}
        return {status: counts[status] for status in STATUSES if counts.get(status)}

    def lines(self, most: int = 12) -> Iterator[str]:
        """Yield the report in French: what was read, each kind of absence, what is wrong, what did not match."""
        territories = self.values.select("level", "key").unique().height
        yield f"{self.source.title} — {self.file} ({self.checksum[:12]})"
        yield f"{self.values.height} valeurs, {territories} territoires, géographie d’aujourd’hui."
        yield from (f"  {STATUSES[status]} : {count}" for status, count in self.statuses().items())
        yield from (str(found) for found in self.findings)
        yield f"Sans correspondance : {self.unmatched.height} ligne(s)."
        for reason, group in self.unmatched.group_by("reason", maintain_order=True):
            yield f"  {reason[0]} : {group.height}"
            for row in group.head(most).iter_rows(named=True):
                sheet = f"feuille « {row['sheet']} », " if row["sheet"] else ""
                line = f"ligne {row['row']}, " if row["row"] else ""
                near = f" ; proche : {row['near']}" if row["near"] else ""
                yield f"    {sheet}{line}« {row['written']} »{near}"


@dataclass
class _Gathered:
    values: list[pl.DataFrame] = field(default_factory=list)
    unmatched: list[dict[str, object]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_source(path: Path, source: Source, *, reference: Reference | None = None) -> Read:
    """Return a file read as ``source`` says; raises SourceRefused, WorkbookRefused when it cannot be opened.

    Everything else that is wrong is in ``findings``, with its sheet, row and column.
    """
    content = read_bytes(path)
    known = reference or load_reference()
    gathered = _Gathered()
    if not fnmatch(path.name.casefold(), source.files.casefold()):
        said = f"le nom « {path.name} » ne ressemble pas à « {source.files} »."
        gathered.findings.append(Finding("remark", said))
    try:
        for table, sheet in open_source(content, source):
            _gather(gathered, source, table, sheet=sheet, reference=known)
    except UserError as error:
        error.where = error.where or path.name
        raise
    empty = pl.DataFrame(schema={column.name: _SCHEMA.get(column.name, pl.String) for column in COLUMNS})
    values = pl.concat([empty, *gathered.values])
    if not values.height and not any(found.kind == "error" for found in gathered.findings):
        gathered.findings.append(Finding("error", "aucune ligne de données n’a été trouvée."))
    gathered.findings += source_check.across_levels(values, source)
    schema = {column.name: pl.Int64 if column.name == "row" else pl.String for column in UNMATCHED}
    unmatched = pl.DataFrame(gathered.unmatched, schema=schema).unique(maintain_order=True)
    return Read(source, path.name, sha256(content), values, unmatched, tuple(gathered.findings))


def _gather(into: _Gathered, source: Source, table: SourceTable, *, sheet: Sheet, reference: Reference) -> None:
    into.findings += sheet.findings
    if any(found.kind == "error" for found in sheet.findings):
        return
    found, faults = values_of(sheet, source, table)
    into.findings += faults
    totals = found.filter(pl.col("written").is_in(list(table.totals)))
    found = found.filter(~pl.col("written").is_in(list(table.totals)))
    matches = match_keys(found["written"].unique(maintain_order=True), table, at=source.geography, reference=reference)
    twice = list(counted_twice(matches))
    left_out = {match.written for match in twice}
    into.unmatched += _unmatched([*(m for m in matches if not m.code), *twice], found, table)
    codes = pl.DataFrame(
        [(match.written, match.code) for match in matches if match.code and match.written not in left_out],
        schema={"written": pl.String, "code": pl.String},
        orient="row",
    )
    placed = found.join(codes, on="written", maintain_order="left")
    into.findings += source_check.duplicates(placed, table)
    values = _on_today(placed, source, table, reference=reference)
    if table.level == "commune" and values.height:
        values = _completed(into, values, table, reference=reference)
    into.findings += source_check.totals(values, totals, table)
    if table.level == "departement":
        variables = {variable.name: variable for variable in table.variables}
        values = with_wholes(values, variables, rounding=source.rounding)
    into.values.append(_described(values, table, reference))


def _on_today(placed: pl.DataFrame, source: Source, table: SourceTable, *, reference: Reference) -> pl.DataFrame:
    if table.level != "commune":
        return placed.rename({"code": "key"})
    way = passage(placed["code"].unique(maintain_order=True).to_list(), at=source.geography, reference=reference)
    variables = {variable.name: variable for variable in table.variables}
    return moved(placed, variables, way=way, rounding=source.rounding)


def _completed(into: _Gathered, values: pl.DataFrame, table: SourceTable, *, reference: Reference) -> pl.DataFrame:
    """Give the zeros of those without row where the source says so; otherwise list who has none."""
    if table.missing_row == "zero":
        keys = source_check.absent_communes([], table, reference)
        every = (
            values.select("year", "variable")
            .unique(maintain_order=True)
            .join(pl.DataFrame({"key": sorted({*keys, *values["key"]})}), how="cross")
        )
        filled = every.join(values, on=["key", "year", "variable"], how="left", maintain_order="left")
        nothing = pl.col("status").is_null()
        return filled.with_columns(
            value=pl.when(nothing).then(0.0).otherwise("value"),
            status=pl.when(nothing).then(pl.lit("zero")).otherwise("status"),
        ).select(values.columns)
    names = territory_names("commune", reference)
    for code in source_check.absent_communes(values["key"].unique().to_list(), table, reference):
        reason = "commune d’aujourd’hui sans ligne dans la source"
        row = {"sheet": table.sheet, "level": "commune", "written": f"{code} {names[code]}", "reason": reason}
        into.unmatched.append({**row, "row": None, "near": ""})
    return values


def _unmatched(matches: Sequence[Match], found: pl.DataFrame, table: SourceTable) -> Iterator[dict[str, object]]:
    first = dict(found.group_by("written", maintain_order=True).agg(pl.col("row").first()).iter_rows())
    for match in matches:
        yield {
            "sheet": table.sheet,
            "row": first[match.written],
            "level": table.level,
            "written": match.written,
            "reason": match.reason,
            "near": match.near,
        }


def _described(values: pl.DataFrame, table: SourceTable, reference: Reference) -> pl.DataFrame:
    names = territory_names(table.level, reference)
    inside = WHOLE if table.level == "departement" else {}
    return values.select(
        pl.lit(table.level).alias("level"),
        "key",
        pl.col("key").replace_strict(names, default=None, return_dtype=pl.String).alias("name"),
        pl.col("key").replace_strict(inside, default=None, return_dtype=pl.String).alias("part_of"),
        "year",
        "variable",
        "value",
        "status",
        pl.lit(table.sheet, pl.String).alias("sheet"),
        pl.col("row").cast(pl.Int64),
        "written",
    )


def source_drafts(read: Read) -> tuple[Draft, Draft]:
    """Return the datasets of a source without error: what did not match, then its values, both open.

    Raises SourceRefused, with every error, when there are some.
    """
    if read.errors:
        told = "\n  ".join(["cette source n’est pas versée :", *map(str, read.errors[:20])])
        hint = "corrigez la spécification ou demandez un autre fichier ; rien n’est écrit."
        raise SourceRefused(told, where=read.file, hint=hint)
    source = read.source
    lexicon = source.lexicon
    said = (
        f"Champ : {lexicon.field} Méthode : {lexicon.method} Limites : {lexicon.limits} "
        f"Périodicité : {lexicon.periodicity} Page du producteur : {source.url}"
    )
    name = source_dataset(source.name)
    values = Draft(
        name=name,
        table=read.values,
        title=source.title,
        variables=COLUMNS,
        source=source.producer,
        vintage=source.vintage,
        licence=source.licence,
        description=said,
        confidentiality=Confidentiality.OPEN,
        simulated=source.simulated,
    )
    lost = replace(
        values,
        name=f"{name}-unmatched",
        table=read.unmatched.select([column.name for column in UNMATCHED]),
        title=f"Sans correspondance : {source.title}",
        variables=UNMATCHED,
    )
    return lost, values
