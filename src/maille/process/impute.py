"""Missing numbers: where they were asked and are missing, they are imputed as the edition says, and flagged.

The chain: ``read`` makes what was collected, ``edit`` corrects it, ``impute`` fills it and makes the
``responses`` that everything after reads. The collected answers are never written over.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from maille.catalogue import Draft, Materials
from maille.process.drafts import processed
from maille.process.from_sources import measured
from maille.process.impute_numbers import Filled, fill
from maille.process.impute_outliers import find_outliers
from maille.process.impute_tables import LINKS, OUTLIERS, SUMMARY, VALUES, WHOLE, Asked, class_column
from maille.process.read import former_answers, with_context
from maille.specs import Questionnaire, edition_editing, load_bands, load_questionnaire, load_sample
from maille.specs.editing import UniverseEditing
from maille.specs.path_columns import path_columns
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.specs.rule_columns import RuleColumns


def impute_answers(edition: str, materials: Materials) -> list[Draft]:
    """Return the responses of each universe with missing numbers imputed, every value that is not simply collected,
    who lent to whom, a summary, and the outliers. Raises SourceLacking when an auxiliary's source says nothing.

    Edits (``processed/…/edits-…``, of the columns of VALUES) are carried into the values.
    """
    editing = edition_editing(materials.specs, edition)
    sample = materials.inputs[f"collected/{edition}/sample"].table
    bands, former = load_bands(materials.specs / "bands.yaml"), former_answers(edition, materials)
    drafts, summaries, outliers = [], [], []
    for universe in UNIVERSES:
        questionnaire = load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        given = materials.inputs[f"processed/{edition}/edited-{universe}"]
        drawn = sample.filter(pl.col("universe") == universe)
        asked = Asked(
            universe=universe,
            questionnaire=questionnaire,
            table=given.table,
            units=given.table.select("unit").join(drawn, on="unit", how="left", maintain_order="left"),
            plan=editing.universes.get(universe) or UniverseEditing(size_bands=next(iter(bands.values()))),
            seed=editing.seed,
            previous=former,
        )
        asked = replace(asked, told=_told(asked, edition, materials))
        flagged = find_outliers(asked)
        done = fill(asked, flagged)
        values = with_edits(materials.inputs[f"processed/{edition}/edits-{universe}"].table, done.values)
        outliers.append(flagged)
        summaries.append(with_contradictions(asked, done))
        title = f"Réponses employées : {questionnaire.title}"
        drafts.append(
            processed(edition, f"responses-{universe}", done.table, title=title, described=given.card.variables)
        )
        title = f"Valeurs qui ne sont pas simplement collectées ({universe})"
        drafts.append(processed(edition, f"values-{universe}", values, title=title, described=VALUES))
        title = f"Qui prête à qui ({universe})"
        drafts.append(processed(edition, f"imputation-links-{universe}", done.links, title=title, described=LINKS))
    summary, extreme = pl.concat(summaries), pl.concat(outliers)
    title = "Imputation des nombres"
    drafts.append(processed(edition, "imputations", summary, title=title, described=SUMMARY))
    title = "Nombres loin de ceux de collectivités semblables"
    drafts.append(processed(edition, "outliers", extreme, title=title, described=OUTLIERS))
    return drafts


def _told(asked: Asked, edition: str, materials: Materials) -> pl.DataFrame | None:
    """Return what sources say of the units, in their order; None when the plan names none. Raises SourceLacking."""
    if not asked.plan.sources:
        return None
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml").universes[asked.universe]
    frame = materials.inputs[plan.frame.dataset].table
    tables = {name: given.table for name, given in materials.inputs.items()}
    told = asked.units.select("unit")
    for name, measure in asked.plan.sources.items():
        found = measured(measure, tables, frame, where=f"auxiliaire « {name} » ({asked.universe})")
        mine = found.select("unit", pl.col("value").alias(name), pl.col("class").alias(class_column(name)))
        told = told.join(mine, on="unit", how="left", maintain_order="left")
    return told


def with_edits(edits: pl.DataFrame, imputed: pl.DataFrame) -> pl.DataFrame:
    """Return one row a value that is not simply collected: an edit that left nothing may have been imputed since."""
    key = ["unit", "variable"]
    before = edits.select(*key, "collected", "reason")
    filled = imputed.drop("collected", "reason").join(before, on=key, how="left", maintain_order="left")
    return pl.concat([edits.join(imputed, on=key, how="anti"), filled.select(edits.columns)]).sort(key)


def with_contradictions(asked: Asked, done: Filled) -> pl.DataFrame:
    """Return the summary with, for each variable, how many imputed numbers a rule of the questionnaire complains of."""
    answers = path_columns(asked.questionnaire, with_context(done.table, asked.units)).answers
    rules = RuleColumns(asked.questionnaire)
    found: Mapping[str, int] = {
        name: int(answers.select(rules_broken(rules, asked.questionnaire, name).filter(imputed).sum()).item() or 0)
        for name, imputed in done.imputed.items()
    }
    counted = pl.col("variable").replace_strict(found, default=0, return_dtype=pl.Int64)
    return done.summary.with_columns(
        contradictory=pl.when(pl.col("class") == WHOLE).then(counted), universe=pl.lit(asked.universe)
    ).select([variable.name for variable in SUMMARY])


def rules_broken(rules: RuleColumns, questionnaire: Questionnaire, name: str) -> pl.Expr:
    """Return, for each row, whether a rule of the question complains of its value."""
    question = questionnaire.question(name)
    own = [rule for rule in (question.constraint, question.soft_check) if rule is not None]
    return pl.any_horizontal(pl.lit(False), *(rules.expression(rule).not_().fill_null(False) for rule in own))
