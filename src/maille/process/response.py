"""The response groups of a plan, made by crossing or by the score of a model, and how well they tell who answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from maille.catalogue import Variable
from maille.specs import UniversePlan
from maille.specs.sample import ResponseGroups
from maille.stats.arrays import Codes, Floats
from maille.stats.nonresponse import Nonresponse, cross, response_groups
from maille.stats.nonresponse_model import response_model, response_quality, score_groups

DIAGNOSTICS = (
    Variable(name="groups", label="Nombre de groupes de réponse", kind="integer"),
    Variable(
        name="r_indicator", label="Indicateur R : 1 quand toutes répondent autant (Schouten et al.)", kind="number"
    ),
    Variable(name="adjustment_min", label="Plus petite correction de la non-réponse", kind="number"),
    Variable(name="adjustment_max", label="Plus grande correction de la non-réponse", kind="number"),
    Variable(name="response_auc", label="Aire sous la courbe : 0,5 quand rien ne dit qui répond", kind="number"),
    Variable(name="response_fit", label="Ajustement du modèle (Hosmer et Lemeshow), valeur p", kind="number"),
)


@dataclass(frozen=True)
class Alike:
    """The response ``groups`` (n,) of the sampled units, and their ``scores`` (n,), None without a model."""

    groups: Codes
    scores: Floats | None = None


def alike(units: pl.DataFrame, plan: UniversePlan) -> Alike:
    """Return the response groups of the sampled units (``responded`` and the levels of the plan).

    Raises TooFewRespondents, ResponseSeparated.
    """
    wanted = plan.response_groups
    if wanted.size_bands is not None:
        units = units.with_columns(wanted.size_bands.assign(units["population"]))
    responded = units["responded"].to_numpy()
    if wanted.quantiles is None:
        levels = [cross(*keys) for keys in _nested_levels(units, wanted)]
        return Alike(response_groups(responded, levels=levels, minimum=wanted.minimum_respondents))
    names, features = _features(units, wanted)
    scores = response_model(responded, features=features, names=names, ridge=wanted.ridge).scores
    groups = score_groups(scores, responded=responded, count=wanted.quantiles, minimum=wanted.minimum_respondents)
    return Alike(groups, scores)


def diagnostics(units: pl.DataFrame, alike: Alike, answer: Nonresponse) -> dict[str, object]:
    """Return how unequal the response is, how far it moves the weights, and, of a model, how well it fits.

    Without a model, the scores are the response rates of the groups.
    """
    quality = response_quality(
        answer.rates[answer.groups] if alike.scores is None else alike.scores,
        responded=units["responded"].to_numpy(),
        weights=units["weight"].to_numpy(),
        groups=answer.groups,
    )
    return {
        "groups": int(answer.groups.max()) + 1,
        "r_indicator": quality.r_indicator,
        "adjustment_min": quality.least,
        "adjustment_max": quality.most,
        "response_auc": quality.auc,
        "response_fit": None if alike.scores is None else quality.p_value,
    }


def _nested_levels(units: pl.DataFrame, wanted: ResponseGroups) -> Iterator[list[Codes]]:
    """Yield the crossings of the plan's levels, from the finest to the coarsest: the last level is dropped first."""
    for kept in range(len(wanted.by), 0, -1):
        yield [units[level].rank("dense").to_numpy().astype(np.int64) - 1 for level in wanted.by[:kept]]


def _features(units: pl.DataFrame, wanted: ResponseGroups) -> tuple[tuple[str, ...], Floats]:
    """Return the names and the columns (n, p) of the model: one a code of each level but the first, then logarithms."""
    columns = {
        f"{level}={code}": (units[level] == code).fill_null(value=False).to_numpy().astype(np.float64)
        for level in wanted.by
        for code in units[level].unique().drop_nulls().sort().to_list()[1:]
    }
    columns |= {name: np.log1p(units[name].to_numpy().astype(np.float64)) for name in wanted.numbers}
    return tuple(columns), np.column_stack(list(columns.values()))
