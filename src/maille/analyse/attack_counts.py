"""The attack on counts: those of participation, that territories add up, and the outcomes of the quality report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from maille.analyse.clues import PARTICIPATION, QUALITY, of_kind
from maille.analyse.intruder import Public
from maille.analyse.participation import COUNTS, communes_of
from maille.specs import TOTAL
from maille.stats.audit import intervals

Key = tuple[str, str, str]
Row = Mapping[str, Any]
Told = dict[Key, tuple[float, float]]
CHANGED = "estimated"
"""What the status of a count says when it is not exact."""
_COUNTRY = {("sampled", TOTAL): "sampled", ("outcome", "responded"): "responded"}


def narrowed_counts(
    versions: Sequence[Sequence[pl.DataFrame]], public: Public
) -> Iterator[tuple[str, float, float, float]]:
    """Yield each hidden count, its name, how low and how high it can be, and how far apart that must stay.

    A count that is sure to reach the threshold is no secret by itself: nothing is due to it.

    ``versions`` are the tables of each version apart: what one of them shows is known for ever, and moved no more than
    the counts that two of them show. A count that was changed is hidden too, within what the rules leave.
    """
    known = [_told(tables, public) for tables in versions]
    for place, tables in enumerate(versions):
        others = [(one, _moved(known[place], one)) for number, one in enumerate(known) if number != place]
        for table in of_kind(tables, PARTICIPATION):
            yield from _narrowed(table, public, known[place], others=others)


def narrowed_outcomes(tables: Sequence[pl.DataFrame], public: Public) -> Iterator[tuple[str, float, float, float]]:
    """Yield each hidden outcome of a quality report as ``narrowed_counts`` does.

    Outcomes add up to the units drawn; the rate of those out of scope, and that of response among the others, are
    counts too, as far as their decimal tells.
    """
    for table in tables:
        for (universe,), rows in table.group_by("universe", maintain_order=True):
            totals = rows.filter(pl.col("domain_type") == "total", pl.col("value").is_not_null())
            said = dict(totals.select("measure", "value").iter_rows())
            outcomes = rows.filter(pl.col("measure") == "outcome")
            if "sampled" in said and outcomes["value"].null_count():
                yield from _outcomes(outcomes, said, public, universe=str(universe))


def _outcomes(
    outcomes: pl.DataFrame, said: Mapping[str, float], public: Public, *, universe: str
) -> Iterator[tuple[str, float, float, float]]:
    drawn, names = said["sampled"], outcomes["domain"].to_list()
    values = np.append(outcomes["value"].cast(pl.Float64).to_numpy(), drawn)
    hidden = np.isnan(values)
    low, high = np.where(hidden, 0.0, values), np.where(hidden, drawn, values)
    for name, (least, most) in _rated(said, dict(zip(names, values.tolist(), strict=False))).items():
        place = names.index(name) if name in names else -1
        if place >= 0 and hidden[place]:
            low[place], high[place] = max(low[place], least), min(high[place], most)
    line = {**dict.fromkeys(range(len(names)), 1.0), len(names): -1.0}
    reached = intervals(sparse([line], width=len(values)), least=low, most=high, goals=hidden)
    for place in np.flatnonzero(hidden).tolist() if reached is not None else ():
        assert reached is not None
        least, greatest = float(reached[0][place]), float(reached[1][place])
        small = least < public.rules.participation.threshold
        yield f"issue, {universe}, {names[place]}", least, greatest, public.rules.protection.minimum if small else 0.0


def _rated(said: Mapping[str, float], known: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return the limits that rates leave to outcomes, whose decimal is the first."""
    drawn, half = said["sampled"], 0.05
    found: dict[str, tuple[float, float]] = {}
    for name, rate in (("responded", "response_rate"), ("out_of_scope", "out_of_scope_rate")):
        if rate in said:
            found[name] = drawn * (said[rate] - half) / 100, drawn * (said[rate] + half) / 100
    answered, among = known.get("responded", np.nan), said.get("eligible_response_rate", 0.0)
    if among > half and np.isfinite(answered):
        least, most = found.get("out_of_scope", (0.0, drawn))
        outside = drawn - 100 * answered / (among - half), drawn - 100 * answered / (among + half)
        found["out_of_scope"] = max(least, outside[0]), min(most, outside[1])
    return found


def _told(tables: Sequence[pl.DataFrame], public: Public) -> Told:
    """Return between what and what each count is, which participation or, for the country, the quality report says."""
    found: Told = {}
    for table in of_kind(tables, PARTICIPATION):
        for row in _with_silent(table).iter_rows(named=True):
            for count in COUNTS:
                limits = _limits(row, count, public, changed=_changed(table))
                if limits is not None:
                    found[row["level"], row["code"], count] = limits
    for table in of_kind(tables, QUALITY):
        kept = table.filter(pl.col("universe") == "communes", pl.col("value").is_not_null())
        for measure, domain, value in kept.select("measure", "domain", "value").iter_rows():
            key = ("ensemble", TOTAL, _COUNTRY.get((measure, domain), ""))
            if key in found and found[key][0] < found[key][1]:
                found[key] = (value, value)
    return found


def _changed(table: pl.DataFrame) -> bool:
    return bool((table["status"] == CHANGED).any())


def _limits(row: Row, count: str, public: Public, *, changed: bool) -> tuple[float, float] | None:
    """Return between what and what the rules leave a count, None when anything is possible.

    A rounded table empties the rows rounded to nothing. A blurred one shows who answered and who did not, adds them up
    into those drawn, leaves a zero a zero, and empties the territories of hardly any commune. Nothing is known of a
    table that was changed under rules that change nothing any more.
    """
    rule = public.rules.participation
    value = 0 if changed and rule.method == "rounding" and row[count] is None else row[count]
    if value is None:
        return None
    if not changed:
        return float(value), float(value)
    if rule.slack is None or (rule.method == "cell_key" and count == "sampled"):
        return None
    least = min(value, 1) if rule.method == "cell_key" else 0
    return float(max(value - rule.slack, least)), float(value + rule.slack)


def _with_silent(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(silent=pl.col("sampled") - pl.col("responded"))


def _communes(row: Mapping[str, object], frame: pl.DataFrame) -> int:
    level = str(row["level"])
    return frame.filter(pl.col(level) == row["code"]).height if level in frame.columns else frame.height


def _moved(mine: Told, other: Told) -> float:
    both = [(limits, other[key]) for key, limits in mine.items() if key in other]
    return max((max(one[0] - two[1], two[0] - one[1], 0.0) for one, two in both), default=0.0)


def _narrowed(
    table: pl.DataFrame, public: Public, known: Told, *, others: Sequence[tuple[Told, float]]
) -> Iterator[tuple[str, float, float, float]]:
    rows = _with_silent(table)
    keys = [(row["level"], row["code"], count) for row in rows.iter_rows(named=True) for count in COUNTS]
    frame = public.frames["communes"]
    sizes = [communes_of(row["level"], row["code"], frame) for row in rows.iter_rows(named=True)]
    most = np.repeat(sizes, len(COUNTS)).astype(float)
    low, high = np.array([known.get(key, (0.0, np.inf)) for key in keys]).T
    hidden = low < high
    high = np.where(hidden, np.minimum(high, most), high)
    for told, moved in others:
        least, greatest = np.array([told.get(key, (np.nan, np.nan)) for key in keys]).T
        low = np.fmax(low, np.where(hidden, least - moved, np.nan))
        high = np.fmin(high, np.where(hidden, greatest + moved, np.nan))
    goals = hidden & ((low < public.rules.participation.threshold) | (not _changed(table)))
    reached = intervals(sparse([*_territories(rows)], width=len(keys)), least=low, most=high, goals=goals)
    if reached is None:
        # The versions differ by more than was supposed: each is then taken alone.
        if others:
            yield from _narrowed(table, public, known, others=())
        return
    for place in np.flatnonzero(goals).tolist():
        level, code, count = keys[place]
        least, greatest = float(reached[0][place]), float(reached[1][place])
        small = least < public.rules.participation.threshold
        needed = min(float(public.rules.protection.minimum), float(most[place])) if small else 0.0
        yield f"participation, {level} {code}, {count}", least, greatest, needed


def _territories(rows: pl.DataFrame) -> Iterator[dict[int, float]]:
    """Yield drawn = answering + silent, a région the sum of its départements, the country that of its régions."""
    levels, regions = rows["level"].to_numpy(), rows["region"].to_numpy()
    for place, level in enumerate(levels):
        yield {3 * place: -1.0, 3 * place + 1: 1.0, 3 * place + 2: 1.0}
        below: npt.NDArray[np.bool_] = levels == ("region" if level == "ensemble" else "departement")
        if level == "region":
            below = below & (regions == regions[place])
        for count in range(len(COUNTS) if level != "departement" and below.any() else 0):
            yield {3 * place + count: -1.0, **{3 * int(part) + count: 1.0 for part in np.flatnonzero(below)}}


def sparse(lines: Sequence[Mapping[int, float]], *, width: int) -> csr_array:
    """Return equations (lines, width) of coefficients by place."""
    rows = [row for row, line in enumerate(lines) for _ in line]
    columns = [column for line in lines for column in line]
    signs = [sign for line in lines for sign in line.values()]
    return csr_array((signs, (rows, columns)), shape=(len(lines), width))
