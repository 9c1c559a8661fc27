"""What a simulated survey imputes: the numbers that its respondents cannot give, by the methods of the edition."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from maille.analyse.imputed import Imputed, imputation_links
from maille.errors import UserError
from maille.process import counts
from maille.process.impute_numbers import fill
from maille.process.impute_outliers import find_outliers
from maille.process.impute_tables import Asked
from maille.process.read import with_context
from maille.specs import Indicator, Questionnaire, edition_editing, load_questionnaire
from maille.specs.editing import UniverseEditing
from maille.specs.path_columns import path_columns
from maille.specs.questionnaire import Universe, questionnaire_file
from maille.specs.rule_columns import ticks


class ImputationNotSimulated(UserError):
    """An edition imputes from sources that the simulated country does not have, or imputes nothing."""


@dataclass(frozen=True)
class Imputing:
    """The answers of every unit, with what it cannot give (unit, then the questions), and what is done of them."""

    universe: Universe
    questionnaire: Questionnaire
    answers: pl.DataFrame
    plan: UniverseEditing
    seed: int
    items: Mapping[str, Indicator]

    @classmethod
    def of(
        cls, specs: Path, edition: str, universe: Universe, *, answers: pl.DataFrame, items: Mapping[str, Indicator]
    ) -> "Imputing":
        """Read what the edition imputes; ``answers`` are those of every unit. Raises ImputationNotSimulated."""
        editing = edition_editing(specs, edition)
        plan = editing.universes.get(universe)
        if plan is None or plan.sources:
            raise ImputationNotSimulated(
                "l’imputation de cette édition ne se simule pas.",
                where=universe,
                got="rien à imputer" if plan is None else "d’autres sources : " + ", ".join(plan.sources),
                hint="simulez sans « --imputation »",
            )
        questionnaire = load_questionnaire(specs / questionnaire_file(specs, edition, universe))
        given = path_columns(questionnaire, ticked(questionnaire, answers)).answers
        asked = [name for name in given.columns if name not in answers.columns or _asked(questionnaire, name)]
        return cls(universe, questionnaire, given.select("unit", *asked), plan, editing.seed, items)

    def filled(self, units: pl.DataFrame) -> tuple[pl.DataFrame, Imputed]:
        """Return the individual indicators of respondents (rows of the sample) once imputed, and who lent to whom."""
        table = units.select("unit").join(self.answers, on="unit", how="left", maintain_order="left")
        asked = Asked(
            universe=self.universe,
            questionnaire=self.questionnaire,
            table=table,
            units=units,
            plan=self.plan,
            seed=self.seed,
        )
        done = fill(asked, find_outliers(asked))
        links = imputation_links(done.links, units["unit"])
        population = units["population"].to_numpy().astype(np.float64)
        return (
            counts(self.questionnaire, with_context(done.table, units), self.items),
            Imputed(done.table, links, population),
        )


def ticked(questionnaire: Questionnaire, answers: pl.DataFrame) -> pl.DataFrame:
    """Return answers with one more column for each box that a question of several choices has."""
    several = [ticks(q, pl.col(q.name)) for q in questionnaire.variables() if q.kind == "select_multiple"]
    return answers.with_columns(*(one for column in several for one in column))


def _asked(questionnaire: Questionnaire, name: str) -> bool:
    return any(question.name == name for question in questionnaire.variables())
