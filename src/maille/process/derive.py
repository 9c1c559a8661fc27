"""The individual indicators: what each respondent counts for in each published figure."""

from collections.abc import Iterator, Mapping

import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.process.drafts import processed
from maille.process.read import with_context
from maille.specs import Indicator, Questionnaire, load_indicators, load_questionnaire
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.specs.rule_columns import RuleColumns


def derive_indicators(edition: str, materials: Materials) -> list[Draft]:
    """Return one table a universe: a row a respondent, a column an indicator.

    A share: 1 when the unit has the trait, 0 when it has not. Another kind: its value, in the unit of the indicator; a
    ratio has a second column, ``<id>__below``. Null when the unit does not count: outside the sub-population of the
    indicator, or its answer is unknown (three-valued logic of ``specs.rule``).
    """
    indicators = load_indicators(materials.specs / "indicators")
    sample = materials.inputs[f"collected/{edition}/sample"].table
    drafts = []
    for universe in UNIVERSES:
        questionnaire = load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        responses = materials.inputs[f"processed/{edition}/responses-{universe}"].table
        chosen = {name: item for name, item in indicators.items() if item.universe == universe}
        answers = with_context(responses, sample.filter(pl.col("universe") == universe))
        drafts.append(_draft(edition, universe, table=counts(questionnaire, answers, chosen), indicators=chosen))
    return drafts


def counts(questionnaire: Questionnaire, answers: pl.DataFrame, indicators: Mapping[str, Indicator]) -> pl.DataFrame:
    """Return, beside ``unit``, what each unit counts for in each indicator: 1 or 0, a value, or null."""
    rules = RuleColumns(questionnaire)
    return answers.select("unit", *(column for item in indicators.values() for column in _columns(rules, item)))


def _columns(rules: RuleColumns, indicator: Indicator) -> Iterator[pl.Expr]:
    dtype = pl.Int8 if indicator.kind == "share" else pl.Float64
    verdict = rules.expression(indicator.rule).cast(dtype)
    counted = verdict.is_not_null()
    if indicator.among is not None:
        counted &= rules.expression(indicator.among)
    if indicator.below is not None:
        below = rules.expression(indicator.below).cast(dtype)
        counted &= below.is_not_null()
        yield pl.when(counted).then(below).alias(indicator.below_column)
    yield pl.when(counted).then(verdict).alias(indicator.id)


def _described(indicator: Indicator) -> Iterator[Variable]:
    if indicator.kind == "share":
        yield Variable(name=indicator.id, label=indicator.title, kind="integer", codes={"0": "non", "1": "oui"})
        return
    if indicator.below is not None:
        yield Variable(name=indicator.below_column, label=f"{indicator.title} : dénominateur", kind="number")
    yield Variable(name=indicator.id, label=indicator.title, kind="number", unit=indicator.unit)


def _draft(edition: str, universe: str, *, table: pl.DataFrame, indicators: Mapping[str, Indicator]) -> Draft:
    described = [Variable(name="unit", label="Collectivité", kind="code")]
    described += [variable for item in indicators.values() for variable in _described(item)]
    title = f"Indicateurs individuels ({universe})"
    return processed(edition, f"indicators-{universe}", table, title=title, described=described)
