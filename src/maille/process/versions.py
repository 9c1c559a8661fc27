"""Answers given to earlier versions of a questionnaire, as the version of the file reads them."""

from collections.abc import Mapping

import polars as pl

from maille.specs import Question, Questionnaire
from maille.specs.migration import DraftAnswer, migrate

_CONTENT = ["variable", "value", "state"]
_FATE = {**dict.fromkeys(_CONTENT, pl.String), "target": pl.String, "text": pl.String, "why": pl.String}


def compiled_versions(table: pl.DataFrame) -> dict[str, Questionnaire]:
    """Return the questionnaires of ``collected/…/questionnaires`` by version."""
    return {
        version: Questionnaire.model_validate_json(body) for version, body in table.select("version", "body").rows()
    }


def translated(
    answers: pl.DataFrame, questionnaire: Questionnaire, asked: Mapping[str, Questionnaire]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the answers in the terms of ``questionnaire``, then those that none of its questions can hold.

    ``answers`` has the columns of ``collected/…/answers``; ``asked`` are the versions that they name. What is set aside
    has one more column, ``why``. A version that is not known is read as if it were that of the file.
    """
    parts, aside = [answers.clear()], [answers.clear().with_columns(why=pl.lit(""))]
    for (version,), given in answers.group_by("version", maintain_order=True):
        fates = _fates(given, asked.get(str(version), questionnaire), questionnaire)
        known = given.join(fates, on=_CONTENT, how="left", nulls_equal=True, maintain_order="left")
        lost = known["why"].is_not_null()
        aside.append(known.filter(lost).select(*answers.columns, "why"))
        moved = {"variable": pl.coalesce("target", "variable"), "value": pl.coalesce("text", "value")}
        parts.append(known.filter(~lost).with_columns(**moved).select(answers.columns))
    return pl.concat(parts), pl.concat(aside)


def _fates(given: pl.DataFrame, old: Questionnaire, new: Questionnaire) -> pl.DataFrame:
    """Return what becomes of each different answer to a question that changed; the others stay as they are."""
    before, now = ({question.name: _nature(question) for question in one.variables()} for one in (old, new))
    same = [name for name, nature in now.items() if before.get(name) == nature]
    changed = given.filter(~pl.col("variable").is_in(same)).select(_CONTENT).unique(maintain_order=True)
    ranked = changed.with_columns(turn=pl.int_range(pl.len()).over("variable"))
    rows = []
    for _turn, answers in ranked.group_by("turn", maintain_order=True):
        drafts = {name: DraftAnswer(value, state) for name, value, state in answers.select(_CONTENT).iter_rows()}
        rows += [
            (fate.source, fate.value, fate.state, fate.target, fate.text, None if fate.target else fate.reason)
            for fate in migrate(drafts, old, new).fates
        ]
    return pl.DataFrame(rows, schema=_FATE, orient="row")


def _nature(question: Question) -> tuple[object, ...]:
    """Return what decides whether an answer still stands: not the wording, nor the rules."""
    choices = tuple((choice.code, choice.exclusive) for choice in question.choices)
    return (question.kind, question.unit, question.unknown_code is not None, choices)
