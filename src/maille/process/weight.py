"""Weights: the inverse of the chances of being drawn, then of answering, then calibrated on known totals."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.errors import UserError
from maille.process.drafts import processed
from maille.process.from_sources import UNMATCHED, amount_column, unmatched, with_margins
from maille.process.response import DIAGNOSTICS, alike, diagnostics
from maille.specs import UniversePlan, load_sample
from maille.specs.questionnaire import UNIVERSES
from maille.specs.source_value import unit_column
from maille.stats.calibration import calibrate
from maille.stats.nonresponse import nonresponse_weights
from maille.stats.weights import weights_summary

Classes = dict[str, dict[str, str]]
MARGINS_UNMATCHED = "margins-unmatched"


class WeightsNegative(UserError):
    """Calibration gives some respondents a weight that is zero or negative: they would stand for less than nobody."""


WEIGHTS = (
    Variable(name="unit", label="Collectivité", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="stratum", label="Strate de tirage"),
    Variable(name="stratum_size", label="Unités de la strate", kind="integer"),
    Variable(name="stratum_sample", label="Unités tirées dans la strate", kind="integer"),
    Variable(name="population", label="Population municipale", kind="integer", unit="habitants"),
    Variable(name="region", label="Région", kind="code"),
    Variable(name="responded", label="A répondu", kind="boolean"),
    Variable(name="group", label="Groupe de réponse homogène", kind="integer"),
    Variable(name="group_sample", label="Unités tirées dans le groupe", kind="integer"),
    Variable(name="response_rate", label="Taux de réponse du groupe", kind="number"),
    Variable(name="design_weight", label="Poids de sondage", kind="number"),
    Variable(name="nonresponse_weight", label="Poids corrigé de la non-réponse", kind="number"),
    Variable(name="weight", label="Poids calé, nul sans réponse", kind="number"),
)
SUMMARY = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="sampled", label="Collectivités interrogées", kind="integer"),
    Variable(name="respondents", label="Collectivités répondantes", kind="integer"),
    Variable(name="response_rate", label="Part des interrogées qui ont répondu", kind="number"),
    Variable(name="weight_min", label="Plus petit poids", kind="number"),
    Variable(name="weight_max", label="Plus grand poids", kind="number"),
    Variable(name="weight_sum", label="Somme des poids", kind="number"),
    Variable(name="design_effect", label="Effet de la dispersion des poids (Kish)", kind="number"),
    Variable(name="calibration_gap", label="Plus grand écart relatif aux marges", kind="number"),
    Variable(name="margins", label="Nombre de marges", kind="integer"),
    *DIAGNOSTICS,
)


def weigh(edition: str, materials: Materials) -> list[Draft]:
    """Return the weights of the sampled units, the calibration variables of respondents, and a summary by universe.

    Margins are counted on the frame; with margins that other sources give, the units of which they say nothing are
    listed. Raises TooFewRespondents, MarginsInfeasible, NotConverged, SourceLacking.
    """
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    sample = materials.inputs[f"collected/{edition}/sample"].table
    weights, summaries, drafts, lost = [], [], [], []
    for universe in UNIVERSES:
        universe_plan = plan.universes[universe]
        answered = materials.inputs[f"processed/{edition}/responses-{universe}"].table["unit"]
        units = sample.filter(pl.col("universe") == universe).with_columns(responded=pl.col("unit").is_in(answered))
        sources = {name: given.table for name, given in materials.inputs.items()}
        frame = frame_margins(materials.inputs[universe_plan.frame.dataset].table, universe_plan, sources)
        try:
            weighted, auxiliaries, summary = weigh_sample(units, universe_plan, frame=frame)
        except UserError as error:
            error.where = ", ".join(filter(None, [f"samples/{edition}.yaml, univers « {universe} »", error.where]))
            raise
        weights.append(weighted)
        summaries.append({"universe": universe, **summary})
        drafts.append(_auxiliaries(edition, universe, auxiliaries))
        lost.append(unmatched(frame, universe_plan, sources, universe=universe))
    if any(part.calibration.sources for part in plan.universes.values()):
        title = "Collectivités dont les sources du calage ne disent rien"
        drafts.append(processed(edition, MARGINS_UNMATCHED, pl.concat(lost), title=title, described=UNMATCHED))
    title = "Poids des collectivités interrogées"
    drafts.append(processed(edition, "weights", pl.concat(weights), title=title, described=WEIGHTS))
    title = "Résumé de la pondération"
    whole = pl.DataFrame(summaries, schema_overrides={"response_fit": pl.Float64})
    drafts.append(processed(edition, "weights-summary", whole, title=title, described=SUMMARY))
    return drafts


def frame_margins(
    reference: pl.DataFrame, plan: UniversePlan, sources: Mapping[str, pl.DataFrame] | None = None
) -> pl.DataFrame:
    """Return the units of the frame with the columns that margins need: population and every level of the plan.

    ``sources`` are the deposited sources, by dataset. Raises SourceLacking.
    """
    kept = reference.filter(pl.col("in_survey"))
    kept = kept.with_columns(plan.size_bands.assign(kept["population"]).alias("size_band"))
    kept = kept.rename({"type": "epci_type"}) if "type" in kept.columns else kept
    return with_margins(kept, plan, sources or {})


def _cuts(plan: UniversePlan) -> list[tuple[str, tuple[str, ...]]]:
    """Return what the margins that count are cut by, and what is counted; units whose amount is not known are."""
    cuts = [(margin.by, margin.totals) for margin in plan.calibration.margins]
    counted = [item for item in plan.calibration.sources if item.count or item.missing == "class"]
    return [*cuts, *((item.id, item.totals or ("units",)) for item in counted)]


def margins(units: pl.DataFrame, plan: UniversePlan, *, classes: Classes) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each margin of the plan: its name and its variable on the units, a count, a population or an amount.

    ``classes`` gives, for each level, the class of each code (``margin_classes``).
    """
    for by, counted in _cuts(plan):
        level = units[by].replace_strict(classes[by], return_dtype=pl.String)
        for code in sorted(set(classes[by].values())):
            inside = (level == code).to_numpy().astype(np.float64)
            for total in counted:
                measure = inside if total == "units" else inside * units["population"].to_numpy()
                yield f"{by}={code}:{total}", measure
    for item in plan.calibration.sources:
        if not item.count:
            yield f"{item.id}:amount", units[amount_column(item)].to_numpy().astype(np.float64)


def margin_classes(frame: pl.DataFrame, respondents: pl.DataFrame, *, plan: UniversePlan) -> Classes:
    """Return the classes of each margin: codes with too few respondents are put together.

    The rule: codes with fewer respondents than ``response_groups.minimum_respondents`` make one class; if it is still
    too small, the code with the fewest respondents among the others joins it.
    """
    least = plan.response_groups.minimum_respondents
    classes: Classes = {}
    for by, _ in _cuts(plan):
        codes = sorted(frame[by].unique().to_list())
        answered = Counter(respondents[by].to_list())
        small = [code for code in codes if answered[code] < least]
        others = sorted((code for code in codes if code not in small), key=lambda code: (answered[code], code))
        while small and others and sum(answered[code] for code in small) < least:
            small.append(others.pop(0))
        pooled = "+".join(sorted(small))
        classes[by] = {code: pooled if code in small else code for code in codes}
    return classes


def weigh_sample(
    units: pl.DataFrame, plan: UniversePlan, *, frame: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, object]]:
    """Return the weights of the sampled units, the calibration variables of respondents, and the summary.

    ``units`` are the sampled units of one universe with ``responded``; ``frame`` comes from ``frame_margins``. Raises
    TooFewRespondents, ResponseSeparated, MarginsInfeasible, NotConverged, WeightsNegative.
    """
    responded = units["responded"].to_numpy()
    like = alike(units, plan)
    groups = like.groups
    answer = nonresponse_weights(units["weight"].to_numpy(), responded=responded, groups=groups)
    respondents = _with_sources(units.filter("responded"), frame, plan)
    classes = margin_classes(frame, respondents, plan=plan)
    totals = dict(margins(frame, plan, classes=classes))
    known = dict(margins(respondents, plan, classes=classes))
    matrix = np.column_stack(list(known.values()))
    calibrated = calibrate(
        answer.weights[responded],
        margins=matrix,
        totals=[totals[name].sum() for name in known],
        method=plan.calibration.method,
        bounds=plan.calibration.bounds,
        names=tuple(known),
    )
    _refuse_negative(respondents["unit"], calibrated.weights, method=plan.calibration.method)
    final = np.zeros(len(units))
    final[responded] = calibrated.weights
    weighted = units.rename({"weight": "design_weight"}).with_columns(
        pl.Series("group", groups),
        pl.Series("group_sample", answer.sampled[groups]),
        pl.Series("response_rate", answer.rates[groups]),
        pl.Series("nonresponse_weight", answer.weights),
        pl.Series("weight", final),
    )
    auxiliaries = pl.DataFrame({"unit": respondents["unit"], **known})
    spread = weights_summary(calibrated.weights)
    summary = {
        "sampled": len(units),
        "respondents": len(respondents),
        "response_rate": len(respondents) / len(units),
        "weight_min": spread.minimum,
        "weight_max": spread.maximum,
        "weight_sum": spread.total,
        "design_effect": spread.design_effect,
        "calibration_gap": calibrated.gap,
        "margins": matrix.shape[1],
        **diagnostics(units, like, answer),
    }
    return weighted, auxiliaries, summary


def _refuse_negative(units: pl.Series, weights: np.ndarray, *, method: str) -> None:
    wrong = weights <= 0
    if wrong.any():
        first = zip(units.filter(pl.Series(wrong)).head(5), weights[wrong], strict=False)
        raise WeightsNegative(
            "des répondantes auraient un poids nul ou négatif : elles retrancheraient des collectivités.",
            where=f"calage « {method} »",
            got=f"{int(wrong.sum())} : " + ", ".join(f"{unit} ({weight:.3g})" for unit, weight in first),
            expected="un poids positif pour chacune",
            hint="prenez « logit » ou « truncated », avec des bornes positives, « raking », ou regroupez des marges",
        )


def _with_sources(respondents: pl.DataFrame, frame: pl.DataFrame, plan: UniversePlan) -> pl.DataFrame:
    """Return the respondents with what sources say of them, as the frame has it."""
    names = [name for item in plan.calibration.sources for name in (item.id, amount_column(item))]
    if not names:
        return respondents
    told = frame.select(pl.col(unit_column(frame)).alias("unit"), *names)
    return respondents.join(told, on="unit", how="left", maintain_order="left")


def _auxiliaries(edition: str, universe: str, table: pl.DataFrame) -> Draft:
    described = [Variable(name="unit", label="Collectivité", kind="code")]
    described += [Variable(name=name, label=f"Marge {name}", kind="number") for name in table.columns[1:]]
    title = f"Variables de calage des répondantes ({universe})"
    return processed(edition, f"margins-{universe}", table, title=title, described=described)
