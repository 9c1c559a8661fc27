"""What the simulation shows, for who is no statistician: how often the intervals hold, and what would change it."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.http import HttpRequest, HttpResponse

from maille.catalogue import Dataset
from maille.territory.drawing import percent
from maille.web.observatory.about import domain_names
from maille.web.observatory.pages import page, public, published
from maille.web.observatory.published import Published
from maille.web.observatory.records import Edition, latest

UNIVERSES = {"communes": "Communes", "epci": "Intercommunalités"}
START, LOW, MIDDLE, HIGH = 70.0, 93.0, 95.0, 97.0
"""Where the axis of the coverages starts, between what they should be, and what they are meant to be."""

TWICE = 2
"""So many standard deviations hold what chance alone does to a coverage, nineteen times in twenty."""


@dataclass(frozen=True)
class Row:
    """A table: how many of its figures are judged and within, its mean coverage and the extremes, and where to draw."""

    name: str
    count: int
    within: int
    flagged: int
    mean: float
    least: float
    most: float

    @property
    def places(self) -> dict[str, str]:
        """Where its mark and its ends are on the axis."""
        return {name: _place(getattr(self, name)) for name in ("mean", "least", "most")}


@dataclass(frozen=True)
class Figure:
    """A figure whose interval holds the truth too rarely, or too often."""

    label: str
    measure: str
    domain: str
    coverage: float


@dataclass(frozen=True)
class Bias:
    """The mean distance to the truth in one domain, in points: without correction, after the groups, after all."""

    universe: str
    domain: str
    raw: float
    groups: float
    final: float
    end: float

    @property
    def places(self) -> dict[str, str]:
        """Where the three distances are on the axis."""
        return {name: percent(100 * getattr(self, name) / self.end) for name in ("raw", "groups", "final")}


@public
def simulation(request: HttpRequest) -> HttpResponse:
    source = published()
    current = latest(source)
    name = _latest(source, "coverage")
    if name is None or current is None:
        return page(request, "simulation", section="methode", edition=current, runs=None)
    edition = name.split("/")[1]
    dataset = source.read(name)
    judged = dataset.table.filter(pl.col("state") != "certain")
    near = judged.filter(pl.col("domain_type") != "region")
    once = near.unique(["universe", "indicator", "measure", "domain"], maintain_order=True)
    designs = _optional(source, f"simulated/{edition}/designs")
    return page(
        request,
        "simulation",
        section="methode",
        edition=current,
        simulated=True,
        runs=int(dataset.card.parameters.get("replicates", "0")),
        chance=TWICE * judged["monte_carlo"].min(),
        card=dataset.card,
        rows=_rows(current, near),
        band={"low": _place(LOW), "width": percent(100 * (HIGH - LOW) / (100 - START))},
        ticks=[{"x": _place(value), "value": int(value)} for value in (70, 80, 90, 95, 100)],
        counts=_counts(once),
        regions=_counts(judged.filter(pl.col("domain_type") == "region")),
        outside=_figures(current, once, "outside"),
        flagged=_figures(current, once, "flagged"),
        biases=_biases(_optional(source, f"simulated/{edition}/nonresponse")),
        designs=_designs(designs),
        notes=_notes(designs),
    )


def _latest(source: Published, what: str) -> str | None:
    return max((name for name in source.names("simulated/") if name.endswith(f"/{what}")), default=None)


def _optional(source: Published, name: str) -> Dataset | None:
    return source.read(name) if source.exists(name) else None


def _place(coverage: float) -> str:
    return percent(max(0.0, 100 * (coverage - START) / (100 - START)))


def _rows(current: Edition, near: pl.DataFrame) -> list[Row]:
    titles = {sheet.code: sheet.title for sheet in current.sheets()}
    shown = near.filter(pl.col("state") != "unpublished")
    return [
        Row(
            name=titles.get(code, code),
            count=part.height,
            within=int((part["state"] == "within").sum()),
            flagged=int((part["state"] == "flagged").sum()),
            mean=_number(part["coverage"].mean()),
            least=_number(part["coverage"].min()),
            most=_number(part["coverage"].max()),
        )
        for code in dict.fromkeys([*titles, *shown["table"]])
        if (part := shown.filter(pl.col("table") == code)).height
    ]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _counts(table: pl.DataFrame) -> dict[str, int]:
    found = {state: int((table["state"] == state).sum()) for state in ("within", "flagged", "outside", "unpublished")}
    apart = (pl.col("coverage") - MIDDLE).abs() - (HIGH - MIDDLE)
    found["chance"] = table.filter((pl.col("state") == "outside") & (apart <= TWICE * pl.col("monte_carlo"))).height
    return {**found, "all": found["within"] + found["flagged"] + found["outside"]}


def _figures(current: Edition, table: pl.DataFrame, state: str) -> list[Figure]:
    names = domain_names()
    return [
        Figure(
            label=current.indicators[row["indicator"]].label if row["indicator"] in current.indicators else "",
            measure=current.measure(row["measure"]),
            domain=names.get(row["domain"], row["domain"]),
            coverage=row["coverage"],
        )
        for row in table.filter(pl.col("state") == state).sort("coverage").iter_rows(named=True)
    ]


def _biases(dataset: Dataset | None) -> list[Bias]:
    if dataset is None:
        return []
    names = domain_names()
    mean = [pl.col(name).abs().mean() for name in ("bias_raw", "bias_groups", "bias")]
    shares = dataset.table.filter((pl.col("kind") == "share") & (pl.col("measure") == "population"))
    found = shares.group_by("universe", "domain", maintain_order=True).agg(mean)
    end = max(_number(found["bias_raw"].max()), _number(found["bias"].max()), 1.0)
    rows = [
        Bias(UNIVERSES[universe], names.get(domain, domain), raw, groups, final, end)
        for universe, domain, raw, groups, final in found.iter_rows()
    ]
    order = list(names.values())
    return sorted(rows, key=lambda row: (row.universe, order.index(row.domain) if row.domain in order else 0))


def _designs(dataset: Dataset | None) -> list[dict[str, object]]:
    """Return, for each universe and domain, the median half-width that each design gives, in points."""
    if dataset is None:
        return []
    names = domain_names()
    table = dataset.table.filter(pl.col("measure") != "population")
    wide = table.group_by("universe", "domain", "design", maintain_order=True).agg(pl.col("half_width").median())
    order, rows = list(names), []
    for (universe, domain), part in wide.group_by("universe", "domain", maintain_order=True):
        found = dict(part.select("design", "half_width").iter_rows())
        widths = [(note["title"], found.get(str(note["design"]))) for note in _notes(dataset)]
        rows.append({"universe": str(universe), "domain": names.get(str(domain), str(domain)), "widths": widths,
                     "rank": order.index(str(domain)) if domain in order else 0})  # fmt: skip
    return sorted(rows, key=lambda row: (str(row["universe"]), int(str(row["rank"]))))


def _notes(dataset: Dataset | None) -> Sequence[dict[str, object]]:
    """Return the designs in order: their name, their sizes, what is a hypothesis and where they come from."""
    if dataset is None:
        return []
    table = dataset.table.select("design", "title", "note", "origin").unique("design", maintain_order=True)
    return [dict(row) for row in table.iter_rows(named=True)]
