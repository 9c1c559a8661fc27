"""What is public of the sampling plan: sizes and expected precision by domain, never who was drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maille.web.observatory.published import Published


@dataclass(frozen=True)
class Domain:
    """One domain of the plan; ``half_width`` is in points of per cent."""

    universe: str
    kind: str
    code: str
    frame: int
    sample: int
    respondents: float | None
    half_width: float | None


def plan(published: Published, edition: str | None) -> list[Domain]:
    """Return the domains of the plan of an edition, or of the latest plan; none before a sample is drawn."""
    names = [name for name in published.names("collected/") if name.endswith("/design")]
    wanted = f"collected/{edition}/design"
    name = wanted if wanted in names else max(names, default=None)
    if name is None:
        return []
    return [_domain(row) for row in published.read(name).table.iter_rows(named=True)]


def whole(domains: Sequence[Domain], universe: str) -> Domain | None:
    """Return the whole of a universe."""
    return next((item for item in domains if item.universe == universe and item.kind == "total"), None)


def _domain(row: dict[str, Any]) -> Domain:
    return Domain(
        universe=row["universe"],
        kind=row["domain_type"],
        code=row["domain"],
        frame=row["frame"],
        sample=row["sample"],
        respondents=row["expected_respondents"],
        half_width=row["expected_half_width"],
    )
