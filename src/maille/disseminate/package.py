"""An edition as one Data Package: every table with its schema, and a bundle to take away, the same bytes each time."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from maille.catalogue import sha256
from maille.catalogue.card import LICENCE, LICENCE_ADDRESS

_LICENCE = {
    "name": "etalab-2.0",
    "title": LICENCE,
    "path": LICENCE_ADDRESS,
}


@dataclass(frozen=True)
class Table:
    """One published table: its title, its CSV file and its Table Schema, both UTF-8."""

    title: str
    csv: bytes
    schema: bytes


@dataclass(frozen=True)
class Described:
    """What a package says of itself."""

    name: str
    title: str
    description: str
    version: str
    released: date


def datapackage(about: Described, tables: Mapping[str, Table]) -> bytes:
    """Return ``datapackage.json``, the paths being beside it (specs.frictionlessdata.io/data-package)."""
    resources = [
        {
            "name": name,
            "path": f"{name}.csv",
            "title": table.title,
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": len(table.csv),
            "hash": f"sha256:{sha256(table.csv)}",
            "schema": json.loads(table.schema),
        }
        for name, table in tables.items()
    ]
    content = {
        "profile": "tabular-data-package",
        "name": about.name,
        "title": about.title,
        "description": about.description,
        "version": about.version,
        "created": f"{about.released.isoformat()}T12:00:00Z",
        "licenses": [_LICENCE],
        "resources": resources,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def bundle(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of the files, in order of name, dated 1980 so that the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return buffer.getvalue()
