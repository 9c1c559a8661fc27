"""Who took part, by département, région and in total, protected: who was drawn is confidential."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from maille.analyse.estimate import SOURCE
from maille.analyse.protect import SecrecyBroken
from maille.analyse.rounded import blurred_counts, require_doubt, rounded_counts
from maille.analyse.shown import status_of
from maille.catalogue import Confidentiality, Draft, Materials, Variable
from maille.catalogue.secret import BadSetting
from maille.specs import TOTAL, Disclosure, load_disclosure
from maille.specs.quality import MEASURES
from maille.specs.questionnaire import UNIVERSES
from maille.stats.audit import audit
from maille.stats.cellkey import SHORTEST
from maille.stats.disclosure import too_few
from maille.stats.suppression import hide

KEY = "MAILLE_CELL_KEY"
FRAME = "territory/communes-2026"
COUNTS = ("sampled", "responded", "silent")
BLURRED = (
    "Nombres brouillés pour le secret, les réponses de ± {} au plus, les interrogées de ± {} : aucun n’est exact, "
    "et les territoires ne s’additionnent pas."
)
ROUNDED = "Nombres arrondis à {} pour le secret : aucun n’est exact, les totaux s’additionnent, les taux en viennent."
PARTICIPATION = (
    Variable(name="level", label="Niveau", kind="code"),
    Variable(name="code", label="Code du territoire", kind="code"),
    Variable(name="name", label="Territoire"),
    Variable(name="region", label="Région", kind="code"),
    Variable(name="sampled", label="Communes interrogées", kind="integer", unit="communes"),
    Variable(name="responded", label="Communes répondantes", kind="integer", unit="communes"),
    Variable(name="rate", label="Part des communes interrogées qui ont répondu", kind="number", unit="%"),
    Variable(name="status", label="Statut", kind="code"),
)
MEASURES_SHOWN = (
    Variable(name="measure", label="Mesure", kind="code", codes={name: item.label for name, item in MEASURES.items()}),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="value", label="Valeur, dans l’unité de la mesure", kind="number"),
    Variable(name="status", label="Statut", kind="code"),
)
_SCOPED = ("eligible_response_rate", "out_of_scope_rate")
_TIMED = ("minutes", "minutes_90", "values")
_COARSE = ("size_band", "question")


def protect_participation(edition: str, materials: Materials) -> list[Draft]:
    """Return the protected participation of communes and the open summary of weights by universe.

    Numbers drawn, answering and silent are three cells; each is secret under the threshold, or where the others and
    the totals of région and country would tell it. With ``rounding``, the three are rounded instead and still add up:
    a row rounded to nothing has no rate, and is said to be secret. With ``cell_key``, those answering and those silent
    are blurred. Raises SecrecyBroken, RoundingImpossible, NoiseImpossible, BadSetting.
    """
    rules = load_disclosure(materials.specs / "disclosure.yaml")
    weights = materials.inputs[f"processed/{edition}/weights"].table.filter(pl.col("universe") == "communes")
    sample = materials.inputs[f"collected/{edition}/sample"].table.filter(pl.col("universe") == "communes")
    joined = sample.select("unit", "departement", "region").join(weights.select("unit", "responded"), on="unit")
    rows = _counted(joined, materials.inputs["territory/departements-2026"].table, names=_regions(materials))
    if rules.participation.slack is None:
        hidden = _hidden(rows, threshold=rules.participation.threshold, minimum=rules.protection.minimum)
        draft = _draft(edition, rows, hidden)
    else:
        frame = materials.inputs[FRAME].table.filter(pl.col("in_survey"))
        if rules.participation.multiple is None:
            rows = _blurred(rows, rules, units=joined, frame=frame, key=_key(materials))
        else:
            rows = _rounded(rows, rules, frame=frame)
        hidden = (rows["sampled"] == 0).to_numpy()[:, None]
        draft = _draft(edition, rows, hidden, note=_note(rules))
    summary = materials.inputs[f"processed/{edition}/weights-summary"]
    return [
        draft,
        Draft(
            name=f"protected/{edition}/quality",
            table=summary.table,
            title="Réponse et pondération, en résumé",
            variables=summary.card.variables,
            source=SOURCE,
            vintage=edition,
            confidentiality=Confidentiality.OPEN,
        ),
    ]


def _regions(materials: Materials) -> pl.DataFrame:
    return materials.inputs["territory/regions-2026"].table


def _counted(units: pl.DataFrame, departements: pl.DataFrame, *, names: pl.DataFrame) -> pl.DataFrame:
    counts = {"sampled": pl.len(), "responded": pl.col("responded").sum()}
    known = departements.filter(pl.col("code").is_in(units["departement"].unique().to_list()))
    by_departement = known.join(
        units.group_by("departement").agg(**counts), left_on="code", right_on="departement", how="left"
    ).with_columns(level=pl.lit("departement"))
    by_region = names.join(
        units.group_by("region").agg(**counts), left_on="code", right_on="region", how="inner"
    ).with_columns(level=pl.lit("region"), region=pl.col("code"))
    whole = units.select(**counts).with_columns(
        level=pl.lit("ensemble"), code=pl.lit(TOTAL), name=pl.lit("France"), region=pl.lit(None, pl.String)
    )
    columns = ["level", "code", "name", "region", *counts]
    tables = [table.select(columns).sort("code") for table in (by_departement, by_region, whole)]
    merged = pl.concat(tables, how="vertical_relaxed")
    return merged.with_columns(pl.col("sampled", "responded").fill_null(0).cast(pl.Int64)).with_columns(
        silent=pl.col("sampled") - pl.col("responded")
    )


def _hidden(rows: pl.DataFrame, *, threshold: int, minimum: int) -> np.ndarray:
    """Return which of the three counts of each row must be hidden (rows, 3). Raises SecrecyBroken."""
    values = rows.select(COUNTS).to_numpy().astype(np.float64)
    flat = values.ravel()
    equations = _equations(rows)
    primary = too_few(flat, threshold=threshold)
    protection = np.where(primary, float(minimum), 0.0)
    found = hide(flat, equations=equations, primary=primary, protection=protection, costs=flat + 1.0)
    hidden = found.hidden.reshape(values.shape)
    # A row where any count is hidden is hidden whole: its rate would tell the others.
    hidden = np.repeat(hidden.any(axis=1, keepdims=True), 3, axis=1)
    verdict = audit(flat, hidden.ravel(), equations=equations, protection=protection)
    if len(verdict.unsafe):
        place = int(verdict.unsafe[0])
        raise SecrecyBroken(
            "l’audit retrouve un nombre caché de la participation : rien n’est publié.",
            where=f"{rows['name'][place // 3]}, {COUNTS[place % 3]}",
        )
    return hidden


def _rounded(rows: pl.DataFrame, rules: Disclosure, *, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows with their three counts rounded; those of the country are known, from the quality report."""
    counts = rows.select(COUNTS).to_numpy().astype(np.float64)
    whole = (rows["level"] == "ensemble").to_numpy()[:, None]
    most = [communes_of(row["level"], row["code"], frame) for row in rows.iter_rows(named=True)]
    found = rounded_counts(
        counts.ravel(),
        equations=_equations(rows),
        rules=rules,
        most=np.repeat(np.array(most, dtype=np.float64), len(COUNTS)),
        exact=np.where(whole, counts, np.nan).ravel(),
        names=[f"{name}, {count}" for name in rows["name"] for count in COUNTS],
    )
    table = found.reshape(counts.shape).astype(np.int64)
    return rows.with_columns(pl.Series(name, table[:, place]) for place, name in enumerate(COUNTS))


def _blurred(
    rows: pl.DataFrame, rules: Disclosure, *, units: pl.DataFrame, frame: pl.DataFrame, key: bytes
) -> pl.DataFrame:
    """Return rows with who answered and who did not blurred, and those drawn as their sum.

    A territory of hardly any commune is emptied: a count that is not zero would say that its commune answered.
    """
    inside = [units.filter(pl.col(row["level"]) == row["code"]) if row["level"] in units.columns else units
              for row in rows.iter_rows(named=True)]  # fmt: skip
    cells = [part.filter(pl.col("responded") == said)["unit"].to_list() for part in inside for said in (True, False)]
    most = np.array([communes_of(row["level"], row["code"], frame) for row in rows.iter_rows(named=True)], dtype=float)
    few = most <= rules.protection.minimum
    shown = np.where(few[:, None], 0, blurred_counts(cells, rules=rules, key=key).reshape(-1, 2))
    bounds = np.repeat(most[:, None], 3, axis=1)
    low, high = np.zeros_like(bounds), bounds.copy()
    reach = rules.participation.reach or 0
    low[~few, 1:] = np.maximum(shown - reach, np.minimum(shown, 1))[~few]
    high[~few, 1:] = np.minimum(shown + reach, bounds[:, 1:])[~few]
    whole = (rows["level"] == "ensemble").to_numpy()
    low[whole] = high[whole] = rows.select(COUNTS).to_numpy()[whole]
    names = [f"{name}, {count}" for name in rows["name"] for count in COUNTS]
    require_doubt(low.ravel(), high.ravel(), equations=_equations(rows), rules=rules, most=bounds.ravel(), names=names)
    return rows.with_columns(sampled=shown.sum(axis=1), responded=shown[:, 0], silent=shown[:, 1])


def _key(materials: Materials) -> bytes:
    key = materials.secrets.get(KEY, "").encode()
    if len(key) < SHORTEST:
        raise BadSetting(
            "La clé secrète des nombres brouillés manque, ou est trop courte.",
            where=KEY,
            expected=f"{SHORTEST} octets au moins",
            hint="donnez toujours la même : le bruit d’un nombre en dépend",
        )
    return key


def _note(rules: Disclosure) -> str:
    multiple, reach = rules.participation.multiple, rules.participation.reach
    return BLURRED.format(reach, 2 * (reach or 0)) if multiple is None else ROUNDED.format(multiple)


def communes_of(level: str, code: str, frame: pl.DataFrame) -> int:
    """Return how many communes of the frame a territory has: ``level`` is a column of it, or the whole."""
    return frame.filter(pl.col(level) == code).height if level in frame.columns else frame.height


def _equations(rows: pl.DataFrame) -> csr_array:
    lines = list(_additions(rows))
    columns = [place for line in lines for place, _sign in line]
    signs = [sign for line in lines for _place, sign in line]
    owners = [number for number, line in enumerate(lines) for _ in line]
    return csr_array((signs, (owners, columns)), shape=(len(lines), rows.height * len(COUNTS)), dtype=float)


def _additions(rows: pl.DataFrame) -> Iterator[list[tuple[int, float]]]:
    """Yield the equations: drawn = answering + silent, région = its départements, France = its régions."""
    levels, regions = rows["level"].to_list(), rows["region"].to_list()
    for row in range(rows.height):
        yield [(3 * row, -1.0), (3 * row + 1, 1.0), (3 * row + 2, 1.0)]
    for row, level in enumerate(levels):
        if level == "departement":
            continue
        below = [
            other
            for other, name in enumerate(levels)
            if (name == "departement" and regions[other] == regions[row] and level == "region")
            or (name == "region" and level == "ensemble")
        ]
        for count in range(3):
            yield [(3 * row + count, -1.0), *((3 * other + count, 1.0) for other in below)]


def _draft(edition: str, rows: pl.DataFrame, hidden: np.ndarray, *, note: str | None = None) -> Draft:
    secret = pl.Series("secret", hidden.any(axis=1))
    rate = (100 * pl.col("responded") / pl.col("sampled")).round(1).fill_nan(None)
    status = status_of(missing=pl.col("sampled") == 0, zero=pl.col("responded") == 0)
    if note is not None:
        status = pl.when("secret").then(pl.lit("secret")).otherwise(pl.lit("estimated"))
    table = rows.with_columns(secret, rate=rate).with_columns(status=status)
    kept = [
        pl.when("secret").then(None).otherwise(pl.col(name)).alias(name) for name in ("sampled", "responded", "rate")
    ]
    return Draft(
        name=f"protected/{edition}/participation",
        table=table.with_columns(kept).select([variable.name for variable in PARTICIPATION]),
        title="La participation à l’enquête par territoire",
        description=note or "Communes interrogées et répondantes ; les petits nombres sont secrets.",
        variables=PARTICIPATION,
        source=SOURCE,
        vintage=edition,
        confidentiality=Confidentiality.OPEN,
    )


def protect_measures(edition: str, materials: Materials) -> list[Draft]:
    """Return the measures of quality that may be published, the others emptied and marked secret.

    The outcomes of the collection add up to the units drawn: small ones are hidden with what would give them back. A
    rate of few, or of all but a few, is secret; the rates of a band or of a question are whole per cents, without the
    counts that they come from. Raises SecrecyBroken, ProtectionImpossible.
    """
    rules = load_disclosure(materials.specs / "disclosure.yaml")
    table = materials.inputs[f"analysed/{edition}/quality-measures"].table
    threshold, minimum = rules.participation.threshold, rules.protection.minimum
    of, count = (table[name].fill_null(0).to_numpy().astype(np.float64) for name in ("of", "count"))
    rated = table["of"].is_not_null().to_numpy()
    timed = table["measure"].is_in(_TIMED).to_numpy()
    secret = rated & ~timed & (too_few(count, no=np.maximum(of - count, 0), threshold=threshold) | (of < threshold))
    secret |= timed & (of < threshold)
    for universe in UNIVERSES:
        places = np.flatnonzero(((table["measure"] == "outcome") & (table["universe"] == universe)).to_numpy())
        secret[places] = hidden_outcomes(table[places.tolist()], threshold=threshold, minimum=minimum)
        outside = places[(table["domain"].to_numpy()[places] == "out_of_scope")]
        # The rate among those in scope, beside the numbers drawn and answering, would tell how many are not.
        beside = ((table["measure"].is_in(_SCOPED)) & (table["universe"] == universe)).to_numpy()
        secret |= beside & bool(secret[outside].any())
    return [_measures_draft(edition, table.with_columns(secret=pl.Series(secret)))]


def hidden_outcomes(outcomes: pl.DataFrame, *, threshold: int, minimum: int) -> np.ndarray:
    """Return which outcomes (n,) of a universe must be hidden; their sum and who answered are published elsewhere."""
    counts = outcomes["count"].to_numpy().astype(np.float64)
    if counts.sum() < threshold:
        return np.ones(len(counts), dtype=bool)
    values = np.append(counts, counts.sum())
    responded = np.append((outcomes["domain"] == "responded").to_numpy(), True)
    primary = too_few(values, threshold=threshold)
    found = hide(
        values,
        equations=csr_array([[*np.ones(len(counts)), -1.0]]),
        primary=primary,
        protection=np.where(primary, float(minimum), 0.0),
        costs=np.where(responded, np.inf, values + 1.0),
    )
    return np.asarray(found.hidden[:-1])


def _measures_draft(edition: str, table: pl.DataFrame) -> Draft:
    decimals = pl.col("measure").replace_strict({name: item.decimals for name, item in MEASURES.items()})
    exact = pl.when(pl.col("domain_type").is_in(_COARSE)).then(0).otherwise(decimals)
    tens = pl.lit(10.0).pow(exact)
    number = pl.when(pl.col("measure") == "outcome").then(pl.col("count").cast(pl.Float64)).otherwise(pl.col("value"))
    kept = table.with_columns(
        value=pl.when(~pl.col("secret")).then((number * tens).round() / tens),
        status=status_of(missing=number.is_null(), zero=pl.lit(False)),
    )
    return Draft(
        name=f"protected/{edition}/quality-measures",
        table=kept.select([variable.name for variable in MEASURES_SHOWN]),
        title="Mesures de la qualité, après protection du secret",
        variables=MEASURES_SHOWN,
        source=SOURCE,
        vintage=edition,
        confidentiality=Confidentiality.OPEN,
    )
