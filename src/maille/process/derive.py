"""The individual indicators: what each respondent counts for in each published figure."""

from collections.abc import Mapping

import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.process.read import SOURCE, answer_values
from maille.specs import Indicator, Rule, Value, load_indicators, load_questionnaire, questionnaire_file
from maille.specs.questionnaire import UNIVERSES


def derive_indicators(edition: str, materials: Materials) -> list[Draft]:
    """Return one table a universe: a row a respondent, a column an indicator.

    1 when the unit has the trait, 0 when it has not, null when it does not count: outside the sub-population of the
    indicator, or its answer is unknown (three-valued logic of ``specs.rule``).
    """
    indicators = load_indicators(materials.specs / "indicators")
    answers = materials.inputs[f"collected/{edition}/answers"].table
    drafts = []
    for universe in UNIVERSES:
        questionnaire = load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        values = answer_values(answers.filter(pl.col("universe") == universe), questionnaire)
        chosen = {name: item for name, item in indicators.items() if item.universe == universe}
        drafts.append(_table(edition, universe, values=values, indicators=chosen))
    return drafts


def counts(indicator: Indicator, values: Mapping[str, Value]) -> int | None:
    """Return 1, 0 or None: whether the unit has the trait of the indicator, or does not count."""
    if indicator.among is not None and not _holds(indicator.among, values):
        return None
    verdict = indicator.numerator.evaluate(values)
    return None if verdict is None else int(bool(verdict))


def _holds(rule: Rule, values: Mapping[str, Value]) -> bool:
    return rule.evaluate(values) is True


def _table(
    edition: str,
    universe: str,
    *,
    values: Mapping[str, Mapping[str, Value]],
    indicators: Mapping[str, Indicator],
) -> Draft:
    columns = {"unit": pl.Series("unit", list(values), dtype=pl.String)}
    for name, indicator in indicators.items():
        columns[name] = pl.Series(name, [counts(indicator, row) for row in values.values()], dtype=pl.Int8)
    described = [Variable(name="unit", label="Collectivité", kind="code")]
    described += [
        Variable(name=name, label=item.title, kind="integer", codes={"0": "non", "1": "oui"})
        for name, item in indicators.items()
    ]
    return Draft(
        name=f"processed/{edition}/indicators-{universe}",
        table=pl.DataFrame(columns),
        title=f"Indicateurs individuels ({universe})",
        variables=tuple(described),
        source=SOURCE,
        vintage=edition,
    )
