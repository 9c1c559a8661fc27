"""What the columns of a published table mean: Table Schema, data dictionary and labels for the site."""

import json
from collections.abc import Mapping

from maille.catalogue import Card, Variable
from maille.catalogue.card import LICENCE
from maille.specs import Indicator, Publication

STATUSES = {
    "value": "valeur publiée",
    "secret": "couverte par le secret statistique",
    "unavailable": "indisponible",
    "not_collected": "non collectée",
    "zero": "zéro : aucune répondante concernée",
    "estimated": "estimée par un modèle",
}
MEASURES = {
    "communes": "part des communes (%)",
    "population": "part de la population couverte (%)",
    "epci": "part des intercommunalités (%)",
    "amounts": "montants et effectifs (dans leur unité)",
}
KINDS = {
    "share": "part",
    "total": "total",
    "mean": "moyenne par collectivité",
    "ratio": "rapport de deux totaux",
    "median": "médiane",
}
FLAGS = {"low_precision": "peu précis", "rare": "trop peu de répondantes"}
DOMAIN_TYPES = {
    "size_band": "tranche de taille",
    "region": "région",
    "departement": "département",
    "total": "ensemble",
}

CELL_VARIABLES = (
    Variable(name="table", label="Tableau", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="measure", label="Mesure", kind="code", codes=MEASURES),
    Variable(name="domain_type", label="Type de domaine", kind="code", codes=DOMAIN_TYPES),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="estimate", label="Estimation", kind="number"),
    Variable(name="standard_error", label="Erreur type ; en points pour une part", kind="number"),
    Variable(name="ci_low", label="Borne basse de l’intervalle de confiance à 95 %", kind="number"),
    Variable(name="ci_high", label="Borne haute de l’intervalle de confiance à 95 %", kind="number"),
    Variable(name="respondents", label="Répondantes dans le domaine", kind="integer", unit="collectivités"),
    Variable(name="status", label="Statut du chiffre", kind="code", codes=STATUSES),
    Variable(name="kind", label="Nature du chiffre", kind="code", codes=KINDS),
    Variable(name="unit", label="Unité du chiffre"),
    Variable(name="cv", label="Coefficient de variation", kind="number", unit="%"),
    Variable(name="flag", label="Précision", kind="code", codes=FLAGS),
)
CELL_COLUMNS = [variable.name for variable in CELL_VARIABLES]

_FIELD_TYPES = {"code": "string", "text": "string", "integer": "integer", "number": "number", "boolean": "boolean"}


def table_schema(publication: Publication, domains: Mapping[str, str]) -> bytes:
    """Return the Table Schema of a published table, UTF-8 JSON (specs.frictionlessdata.io/table-schema)."""
    schema = {
        "title": publication.title,
        "fields": [_field(variable, _codes(variable, publication, domains)) for variable in CELL_VARIABLES],
        "missingValues": [""],
        "primaryKey": ["table", "indicator", "measure", "domain_type", "domain"],
    }
    return _json(schema)


def dataset_schema(card: Card) -> bytes:
    """Return the Table Schema of any other published dataset, from the variables of its card, UTF-8 JSON."""
    fields = [_field(variable, variable.codes or {}) for variable in card.variables]
    return _json({"title": card.title, "fields": fields, "missingValues": [""]})


def _field(variable: Variable, codes: Mapping[str, str]) -> dict[str, object]:
    field: dict[str, object] = {
        "name": variable.name,
        "title": variable.label,
        "type": _FIELD_TYPES[variable.kind],
    }
    if codes:
        field["constraints"] = {"enum": sorted(codes)}
    if variable.unit:
        field["description"] = f"Unité : {variable.unit}."
    return field


def codebook(publication: Publication, indicators: Mapping[str, Indicator], domains: Mapping[str, str]) -> bytes:
    """Return the data dictionary of a published table, UTF-8 Markdown."""
    lines = [f"# {publication.title}", "", f"Tableau `{publication.id}`, licence {LICENCE}.", "", "## Colonnes", ""]
    lines += ["| Colonne | Sens | Unité | Valeurs |", "|---|---|---|---|"]
    for variable in CELL_VARIABLES:
        codes = _codes(variable, publication, domains)
        values = ", ".join(f"`{code}` {label}" for code, label in codes.items()) if codes else ""
        lines.append(f"| `{variable.name}` | {variable.label} | {variable.unit or ''} | {values} |")
    lines += ["", "## Indicateurs", "", "| Code | Intitulé | Question | Règle | Parmi |", "|---|---|---|---|---|"]
    for name in publication.indicators:
        indicator = indicators[name]
        among = f"`{indicator.among.text}`" if indicator.among else "toutes"
        lines.append(f"| `{name}` | {indicator.title} | `{indicator.question}` | `{indicator.rule.text}` | {among} |")
    lines += ["", "Une case vide avec le statut `secret` n’est ni un zéro ni une absence de réponse.", ""]
    return "\n".join(lines).encode()


def labels(
    publications: Mapping[str, Publication],
    indicators: Mapping[str, Indicator],
    *,
    domains: Mapping[str, Mapping[str, str]],
    questions: Mapping[tuple[str, str], str],
) -> bytes:
    """Return the labels that the public site needs, UTF-8 JSON: indicators, domains, measures, tables.

    ``questions`` gives the wording of each question by universe and variable.
    """
    used = {name for publication in publications.values() for name in publication.indicators}
    return _json(
        {
            "indicators": {name: _indicator_labels(indicators[name], questions) for name in sorted(used)},
            "domains": domains,
            "measures": MEASURES,
            "statuses": STATUSES,
            "flags": FLAGS,
            "tables": {name: list(publication.indicators) for name, publication in publications.items()},
        }
    )


def _indicator_labels(indicator: Indicator, questions: Mapping[tuple[str, str], str]) -> dict[str, object]:
    return {
        "title": indicator.title,
        "label": indicator.label,
        "sentences": indicator.sentences,
        "question": questions[indicator.universe, indicator.question],
        "variable": indicator.question,
        "rule": indicator.rule.text,
        "kind": indicator.kind,
        "unit": indicator.unit,
        "decimals": indicator.decimals,
        "among": indicator.among.text if indicator.among else None,
        "among_label": indicator.among_label,
    }


def _codes(variable: Variable, publication: Publication, domains: Mapping[str, str]) -> Mapping[str, str]:
    if variable.name == "domain":
        return {**domains, "ensemble": "ensemble"}
    if variable.name == "measure":
        return {code: MEASURES[code] for code in publication.measures}
    return variable.codes


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
