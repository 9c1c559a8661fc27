"""The read-only JSON interface to what is published: editions, tables, cells. Version 1, described by OpenAPI.

Answers are the published datasets and nothing else; a cell that is not published has no number and says why.
"""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Literal

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import ValidationError

from maille.catalogue import DatasetAltered, DatasetNotFound, sha256
from maille.catalogue.card import LICENCE
from maille.web.accounts.access import anyone
from maille.web.exports import unless_known
from maille.web.observatory.pages import published
from maille.web.observatory.published import NotPublic
from maille.web.observatory.records import Edition, Sheet, edition, editions

MOST = 1000
AGE = 300
Status = Literal["value", "secret", "unavailable", "not_collected", "zero", "estimated"]
Code = Annotated[str, Field(pattern=r"^[\w-]{1,80}$")]


class Problem(Schema):
    """Why there is no answer, and what to do."""

    message: str
    hint: str


class TableName(Schema):
    """A published table, as a list shows it."""

    code: str
    number: str
    title: str
    conclusion: str
    version: str
    released_on: str


class EditionRead(Schema):
    """A published edition and its tables."""

    code: str
    title: str
    simulated: bool = Field(description="Vrai : aucune collectivité réelle n’a répondu.")
    provisional: bool = Field(description="Vrai : aucune version n’est figée, les chiffres peuvent changer.")
    tables: list[TableName]


class IndicatorRead(Schema):
    """What an indicator measures."""

    code: str
    title: str
    question: str
    rule: str


class TableRead(TableName):
    """A published table: who it describes, its indicators, measures and domains, and its files."""

    simulated: bool
    universe: str
    field: str
    note: str
    licence: str
    checksum: str
    measures: dict[str, str]
    domains: dict[str, str]
    indicators: list[IndicatorRead]


class CellRead(Schema):
    """One figure with its precision, or the reason why it is not published."""

    indicator: str
    measure: str
    domain_type: str
    domain: str
    status: Status
    estimate: float | None = None
    standard_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    respondents: int | None = None
    unit: str | None = None
    flag: str | None = None


class Cells(Schema):
    """A page of cells; ``next_offset`` is null on the last one."""

    total: int
    offset: int
    next_offset: int | None
    simulated: bool
    items: list[CellRead]


class Asked(Schema):
    """Which cells are wanted; what is left out does not filter."""

    indicator: Code | None = None
    measure: Code | None = None
    domain_type: Code | None = None
    domain: Code | None = None
    status: Status | None = None
    limit: int = Field(200, ge=1, le=MOST)
    offset: int = Field(0, ge=0, le=10_000_000)


api = NinjaAPI(
    title="Maille",
    version="1",
    description=f"Les chiffres publiés, leur précision et leur statut. Lecture seule, sans clé. {LICENCE}.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api-1",
)
_FAILURES = {404: Problem, 422: Problem, 503: Problem}


@api.get("/editions", response={200: list[EditionRead], 503: Problem}, summary="Les éditions publiées")
def list_editions(request: HttpRequest) -> Any:
    source = published()
    return [_edition(edition(source, code)) for code in editions(source)]


@api.get("/editions/{edition_code}", response={200: EditionRead, **_FAILURES}, summary="Une édition et ses tableaux")
def read_edition(request: HttpRequest, edition_code: Code) -> Any:
    return _edition(edition(published(), edition_code))


@api.get(
    "/editions/{edition_code}/tables/{table_code}",
    response={200: TableRead, **_FAILURES},
    summary="Ce que dit et contient un tableau",
)
def read_table(request: HttpRequest, edition_code: Code, table_code: Code) -> Any:
    current = edition(published(), edition_code)
    sheet = current.sheet(table_code)
    return {
        **_named(sheet),
        "simulated": current.simulated,
        "universe": sheet.universe,
        "field": sheet.field,
        "note": sheet.note,
        "licence": sheet.card.licence,
        "checksum": sheet.card.checksum,
        "measures": {code: current.measures[code] for code in sheet.measures},
        "domains": current.domains.get(sheet.code, {}),
        "indicators": [
            {"code": item.code, "title": item.title, "question": item.question, "rule": item.rule}
            for item in sheet.indicators
        ],
    }


@api.get(
    "/editions/{edition_code}/tables/{table_code}/cells",
    response={200: Cells, **_FAILURES},
    summary="Les cases d’un tableau, filtrées et par pages",
)
def read_cells(request: HttpRequest, *, edition_code: Code, table_code: Code, asked: Annotated[Asked, Query()]) -> Any:
    current = edition(published(), edition_code)
    dataset = current.published.read(current.sheet(table_code).dataset)
    wanted = asked.dict(exclude={"limit", "offset"}, exclude_none=True)
    found = dataset.table.filter([pl.col(name) == value for name, value in wanted.items()]) if wanted else dataset.table
    rows = found.slice(asked.offset, asked.limit)
    known = [name for name in CellRead.model_fields if name in rows.columns]
    after = asked.offset + rows.height
    return {
        "total": found.height,
        "offset": asked.offset,
        "next_offset": after if after < found.height and rows.height else None,
        "simulated": current.simulated,
        "items": rows.select(known).to_dicts(),
    }


@api.exception_handler(DatasetNotFound)
def _absent(request: HttpRequest, error: DatasetNotFound) -> HttpResponse:
    hint = "La liste de ce qui est publié est à l’adresse /api/v1/editions."
    return api.create_response(request, {"message": "Rien n’est publié à cette adresse.", "hint": hint}, status=404)


@api.exception_handler(ValidationError)
def _refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = ", ".join(sorted({str(item["loc"][-1]) for item in error.errors}))
    hint = "Les paramètres permis sont décrits à l’adresse /api/v1/openapi.json."
    return api.create_response(request, {"message": f"Paramètre refusé : {where}.", "hint": hint}, status=422)


@api.exception_handler(NotPublic)
@api.exception_handler(DatasetAltered)
def _withdrawn(request: HttpRequest, error: Exception) -> HttpResponse:
    hint = "L’équipe de l’enquête doit agir ; réessayez plus tard."
    message = "Un contrôle a refusé ces données : elles ne sont pas données."
    return api.create_response(request, {"message": message, "hint": hint}, status=503)


def _edition(current: Edition) -> dict[str, object]:
    tables = [_named(sheet) for sheet in current.sheets()]
    said = {"simulated": current.simulated, "provisional": current.release is None}
    return {"code": current.code, "title": current.title, **said, "tables": tables}


def _named(sheet: Sheet) -> dict[str, object]:
    return {
        "code": sheet.code,
        "number": sheet.number,
        "title": sheet.title,
        "conclusion": sheet.conclusion,
        "version": sheet.version,
        "released_on": sheet.released_on.isoformat(),
    }


def _open(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open an endpoint to anyone and any site, with an ETag and five minutes of cache."""

    @anyone
    @require_safe
    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        request.method = "GET"  # the server drops the body that HEAD does not want
        response = view(request, *arguments, **named)
        response["Access-Control-Allow-Origin"] = "*"
        patch_vary_headers(response, ["Accept-Encoding"])
        if response.status_code != 200:
            return response
        kept = f"public, max-age={AGE}"
        return unless_known(request, response, checksum=sha256(response.content), kept=kept)

    return answered


def patterns() -> list[URLPattern]:
    """Return the addresses of the interface, each open to anyone."""
    found = list(api.urls[0])
    for pattern in found:
        pattern.callback = _open(pattern.callback)
    return found
