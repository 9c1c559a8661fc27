"""A country of twelve communes: two départements, one overseas, a merger, a city with arrondissements."""

from typing import Any

import pytest
from shapely import Geometry, box

from maille.territory.sources import Origin

NAMES = {
    "01001": "Aubefontaine",
    "01002": "Saint-Éloi",
    "01003": "Le Grand-Pré",
    "01004": "L'Œuvre",
    "69123": "Lyon",
    "69002": "Bourg-sur-Azergues",
    "69003": "Saint-Éloi",
    "69004": "Vidouville",
    "97101": "Anse-Rouge",
    "97102": "Basse-Ravine",
    "97501": "Port-aux-Baleines",
    "97502": "Île-Neuve",
}


def commune(code: str, population: int | None, old: tuple[str, ...] = ()) -> dict[str, Any]:
    departement = code[:3] if code.startswith("97") else code[:2]
    zone = {"971": "drom", "975": "com"}.get(departement, "metro")
    record: dict[str, Any] = {"code": code, "nom": NAMES[code], "type": "commune-actuelle", "zone": zone}
    record |= {"departement": departement, "region": {"971": "01"}.get(departement, "84")}
    record |= {"population": population} if population is not None else {}
    record |= {"siren": f"2{code:0>8}", "arrondissement": f"{departement}1"} if zone != "com" else {}
    return record | ({"anciensCodes": list(old)} if old else {})


def vintage(*, merged: bool) -> list[dict[str, Any]]:
    sizes = {code: 100 * (i + 1) for i, code in enumerate(NAMES)} | {"69004": 0}
    records = [commune(code, sizes[code], ("01009",) if merged and code == "01001" else ()) for code in NAMES]
    first = {"code": "69381", "nom": "Lyon 1er Arrondissement", "type": "arrondissement-municipal", "commune": "69123"}
    if merged:
        old = {"code": "01009", "nom": "Fontaine", "type": "commune-deleguee", "chefLieu": "01001"}
    else:
        old = {**commune("01001", 30), "code": "01009", "nom": "Fontaine"}
    return [*records, first, old]


def square(column: int, row: int) -> Geometry:
    return box(column, row, column + 1, row + 1)


def polygon(kind: str, code: str, shape: Geometry | None, parent: str | None = None) -> dict[str, str | None]:
    geometry = shape.wkb_hex if shape is not None else None
    return {"type": kind, "code": code, "parent": parent, "geometry": geometry}


def epci(siren: str, name: str, kind: str, *members: str) -> dict[str, Any]:
    return {"code": siren, "nom": name, "type": kind, "membres": [{"code": code} for code in members]}


@pytest.fixture
def tiny() -> Origin:
    """Communes are unit squares in a row by département; 01009 left no polygon when it joined 01001."""
    places = {"01001": (0, 0), "01002": (1, 0), "01003": (1, 1), "01004": (1, 2), "69123": (0, 2), "69002": (0, 3)}
    places |= {"69003": (1, 3), "97101": (9, 9), "97102": (10, 9)}
    ring = [polygon("COM", code, square(*place)) for code, place in places.items()]
    return Origin(
        vintages={2019: vintage(merged=False), 2024: vintage(merged=False), 2026: vintage(merged=True)},
        events=[{"code": code, "nom": name, "type": "COM"} for code, name in NAMES.items() if code[:3] != "975"]
        + [{"code": "01009", "nom": "Fontaine", "type": "COM"}],
        epci=[
            epci("200000001", "CC des Prés", "CC", "01001", "01002", "01003", "69002", "69003"),
            epci("200046977", "Métropole de Lyon", "MET69", "69123", "69004"),
            epci("249710001", "CA du Levant", "CA", "97101", "97102"),
        ],
        departements=[
            {"code": "01", "nom": "Ain", "region": "84", "zone": "metro"},
            {"code": "69", "nom": "Rhône", "region": "84", "zone": "metro"},
            {"code": "971", "nom": "Guadeloupe", "region": "01", "zone": "drom"},
            {"code": "975", "nom": "Saint-Pierre-et-Miquelon", "region": "975", "zone": "com"},
        ],
        regions=[
            {"code": "84", "nom": "Auvergne-Rhône-Alpes", "zone": "metro"},
            {"code": "01", "nom": "Guadeloupe", "zone": "drom"},
        ],
        polygons=[
            *ring,
            polygon("COM", "69004", None),
            polygon("COMD", "69004", square(2, 3), "69004"),
            polygon("COMD", "69005", square(3, 3), "69004"),
        ],
        cantons=[box(0, 0, 2, 2).wkb_hex],
    )
