"""The individual indicators: what each respondent counts for in each published figure."""

from collections.abc import Mapping

import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.process.read import SOURCE, with_context
from maille.specs import Indicator, Questionnaire, load_indicators, load_questionnaire
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.specs.rule_columns import RuleColumns


def derive_indicators(edition: str, materials: Materials) -> list[Draft]:
    """Return one table a universe: a row a respondent, a column an indicator.

    1 when the unit has the trait, 0 when it has not, null when it does not count: outside the sub-population of the
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
    """Return, beside ``unit``, whether each unit has the trait of each indicator: 1, 0 or null."""
    rules = RuleColumns(questionnaire)
    return answers.select("unit", *(_counted(rules, item).alias(name) for name, item in indicators.items()))


def _counted(rules: RuleColumns, indicator: Indicator) -> pl.Expr:
    verdict = rules.expression(indicator.numerator).cast(pl.Int8)
    if indicator.among is None:
        return verdict
    return pl.when(rules.expression(indicator.among)).then(verdict)


def _draft(edition: str, universe: str, *, table: pl.DataFrame, indicators: Mapping[str, Indicator]) -> Draft:
    described = [Variable(name="unit", label="Collectivité", kind="code")]
    described += [
        Variable(name=name, label=item.title, kind="integer", codes={"0": "non", "1": "oui"})
        for name, item in indicators.items()
    ]
    return Draft(
        name=f"processed/{edition}/indicators-{universe}",
        table=table,
        title=f"Indicateurs individuels ({universe})",
        variables=tuple(described),
        source=SOURCE,
        vintage=edition,
    )
