"""What goes with a research file: its DDI, its dictionary, and the page to read first."""

from collections.abc import Sequence

import polars as pl

from maille.catalogue.cells import csv_bytes
from maille.disseminate.research_columns import REASONS, Column
from maille.disseminate.research_formats import LETTERS, SPSS_MISSING
from maille.forms.ddi import Element, if_any, study, under, written
from maille.specs import Questionnaire
from maille.specs.research import Research

_DICTIONARY = ("Variable", "Libellé", "Type", "Unité", "Modalités", "Codes du questionnaire", "Question", "Traitement")
_KINDS = {"text": "texte", "category": "modalités", "integer": "nombre entier", "number": "nombre"}


def ddi_file(questionnaire: Questionnaire, columns: Sequence[Column], name: str) -> bytes:
    """Return the DDI-Codebook 2.5 of the file: variables, categories with their counts, missing codes, statistics."""
    root = study(questionnaire, f"Fichier pour la recherche : {questionnaire.title}")
    described = under(root, "fileDscr", ID="fichier")
    text = under(described, "fileTxt")
    under(text, "fileName", name)
    size = under(text, "dimensns")
    under(size, "caseQnty", str(len(columns[0].values)))
    under(size, "varQnty", str(len(columns)))
    data = under(root, "dataDscr")
    for column in columns:
        _variable(data, column)
    return written(root)


def _variable(data: Element, column: Column) -> None:
    interval = "contin" if column.kind == "number" or column.note else "discrete"
    variable = under(data, "var", ID=f"v_{column.name}", name=column.name, files="fichier", intrvl=interval)
    under(variable, "labl", column.label)
    if column.origin:
        under(under(variable, "qstn"), "qstnLit", column.label)
    missing = [code for code in REASONS if (column.missing == code).any()]
    if missing:
        invalid = under(variable, "invalrng")
        for code in missing:
            under(invalid, "item", VALUE=f".{LETTERS[code]}")
    valid = int((column.missing == 0).sum())
    under(variable, "sumStat", str(valid), type="vald")
    under(variable, "sumStat", str(len(column.missing) - valid), type="invd")
    for code, label in column.codes.items():
        _category(variable, str(code), label, count=int((column.values == code).sum()))
    for code in missing:
        _category(variable, f".{LETTERS[code]}", REASONS[code], count=int((column.missing == code).sum()), missing="Y")
    under(variable, "varFormat", column.unit or None, type="character" if column.kind == "text" else "numeric")
    if_any(variable, "notes", column.note, type="traitement")


def _category(variable: Element, code: str, label: str, *, count: int, **attributes: str) -> None:
    category = under(variable, "catgry", **attributes)
    under(category, "catValu", code)
    under(category, "labl", label)
    under(category, "catStat", str(count), type="freq")


def dictionary(columns: Sequence[Column]) -> bytes:
    """Return the dictionary of the file as CSV for a French spreadsheet."""

    def pairs(found: dict[int, str]) -> str:
        return " ; ".join(f"{code} = {label}" for code, label in found.items())

    rows = (
        (
            column.name,
            column.label,
            _KINDS[column.kind],
            column.unit,
            pairs(dict(column.codes)),
            pairs(dict(column.written)),
            column.origin,
            column.note,
        )
        for column in columns
    )
    return csv_bytes(_DICTIONARY, rows)


_README = """# {title}

Édition {edition}, version {version} du {day}. {rows} lignes, {variables} variables. Accès réservé : la licence
signée s’applique.
{simulated}
## Les fichiers

Les mêmes lignes, les mêmes variables et les mêmes codes dans chaque format : Parquet (libellés dans les
métadonnées, clé `variables`), Stata 14 et suivants, SPSS, R (`load()` donne le tableau `{name}`, ses `_manques`,
ses `_variables` et ses `_libelles`), CSV. Le dictionnaire et le DDI décrivent chaque variable.

## Valeurs manquantes : quatre raisons, jamais confondues avec zéro

| Raison | CSV, Stata | SPSS | Parquet et R (`__manque`, `_manques`) |
|---|---|---|---|
{missing}

## Ce qui a été fait pour que personne ne soit reconnu

{risk}

Les noms, codes, SIREN et textes libres sont retirés. L’ordre des lignes est celui des pseudonymes. Les pseudonymes
changent d’une édition, d’une version et d’un fichier à l’autre : les fichiers ne se joignent pas. Aucun filigrane
n’est mis dans les données : ce qui trace est le journal des téléchargements, avec l’empreinte du fichier.

## Pondérer et calculer la précision

`poids` est le poids final, le même pour toutes les lignes de mêmes identifiants : ses totaux sont ceux de
l’enquête par strate et par groupe. `strate` et `groupe` sont les strates de tirage et les groupes de réponse, sous
des numéros sans ordre ; le code 0 réunit ceux qui sont masqués.

```r
library(survey)
load("{name}.rda")
plan <- svydesign(ids = ~1, strata = ~strate, weights = ~poids, data = {name})
options(survey.lonely.psu = "adjust")
```

"""


def readme(
    plan: Research, columns: Sequence[Column], risk: pl.DataFrame, *, title: str, name: str, simulated: bool
) -> bytes:
    """Return the page to read first, in Markdown."""
    missing = [f"| {REASONS[code]} | `.{LETTERS[code]}` | {SPSS_MISSING[code]} | {code} |" for code in REASONS]
    warning = "\n**Données simulées : aucune ligne ne décrit une collectivité réelle.**\n" if simulated else ""
    return _README.format(
        title=title,
        edition=plan.edition,
        version=plan.version,
        day=plan.date,
        rows=len(columns[0].values),
        variables=len(columns),
        simulated=warning,
        name=name,
        missing="\n".join(missing),
        risk="\n".join(f"- {row['label']} : {row['value']}" for row in risk.iter_rows(named=True)),
    ).encode()
