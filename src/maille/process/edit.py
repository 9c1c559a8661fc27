"""Edits: what was decided of answers, applied beside what was collected, which nothing writes over."""

import polars as pl

from maille.catalogue import Draft, Materials
from maille.errors import UserError
from maille.process.drafts import processed
from maille.process.impute_tables import VALUES
from maille.process.read import answer_table
from maille.specs import AnswerInvalid, Question, Questionnaire, encode_value, load_questionnaire, read_value
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.specs.rule_columns import answer_columns, tick

EDITED, FORCED = "edited", "forced"
RESPONDENT = "la collectivité"
KEY = ["unit", "variable"]
_TEXTS = dict.fromkeys((variable.name for variable in VALUES), pl.String)


class EditsUnreadable(UserError):
    """Deposited edits name an authority, a variable or a value that the edition does not have."""


def apply_edits(edition: str, materials: Materials) -> list[Draft]:
    """Return the answers of each universe once edited, and what was edited or forced, in the columns of VALUES.

    ``collected/…/edits``, when somebody deposited it, has unit, universe, variable, before, after, state, rule, reason,
    who, when and number: the last decision on a value holds, as long as ``before`` is what is collected. An answer that
    the authority kept despite a check is forced too, by itself. Raises EditsUnreadable.
    """
    answers = materials.inputs[f"collected/{edition}/answers"].table
    deposited = materials.inputs.get(f"collected/{edition}/edits")
    drafts = []
    for universe in UNIVERSES:
        questionnaire = load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        given = materials.inputs[f"processed/{edition}/read-{universe}"]
        mine = pl.col("universe") == universe
        decided = None if deposited is None else deposited.table.filter(mine)
        holding = standing(decided, given.table, questionnaire)
        table = edited(given.table, holding.filter(pl.col("state") == EDITED), questionnaire)
        values = pl.concat([holding.select(list(_TEXTS)), _kept(answers.filter(mine), questionnaire)])
        values = values.unique(KEY, keep="first", maintain_order=True).sort(KEY)
        title = f"Réponses relues, une fois corrigées : {questionnaire.title}"
        drafts.append(processed(edition, f"edited-{universe}", table, title=title, described=given.card.variables))
        title = f"Valeurs corrigées ou maintenues ({universe})"
        drafts.append(processed(edition, f"edits-{universe}", values, title=title, described=VALUES))
    return drafts


def standing(decided: pl.DataFrame | None, table: pl.DataFrame, questionnaire: Questionnaire) -> pl.DataFrame:
    """Return the decisions that hold: the last on each value, edited or forced, the value still being what it was.

    ``table`` has the answers as read. A decision on an answer that was given again since no longer holds: it comes back
    in the queue. Raises EditsUnreadable.
    """
    if decided is None or decided.is_empty():
        return pl.DataFrame(schema={**_TEXTS, "after": pl.String})
    _check(decided, questionnaire)
    last = decided.sort("number").unique(KEY, keep="last", maintain_order=True)
    last = last.filter(pl.col("state").is_in([EDITED, FORCED]))
    collected = collected_texts(table, questionnaire, last.select(KEY))
    still = last.join(collected, on=KEY, how="left", maintain_order="left")
    still = still.filter(pl.col("before").fill_null("") == pl.col("collected").fill_null(""))
    used = pl.when(pl.col("state") == EDITED).then("after").otherwise("before")
    method = pl.lit(None, dtype=pl.String)
    return still.with_columns(used=used, method=method).select(*_TEXTS, "after").cast(pl.String)


def collected_texts(table: pl.DataFrame, questionnaire: Questionnaire, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return the text of some values (``unit``, ``variable``) of a table of answers, in the column ``collected``."""
    parts = [pl.DataFrame(schema={**dict.fromkeys(KEY, pl.String), "collected": pl.String})]
    for (name,), part in wanted.group_by("variable", maintain_order=True):
        question = questionnaire.question(str(name))
        rows = table.select("unit", *answer_columns(question)).join(part.select("unit").unique(), on="unit")
        texts = [_text(question, row) for row in rows.iter_rows(named=True)]
        parts.append(
            rows.select("unit", variable=pl.lit(str(name)), collected=pl.Series("collected", texts, dtype=pl.String))
        )
    return pl.concat(parts)


def edited(table: pl.DataFrame, edits: pl.DataFrame, questionnaire: Questionnaire) -> pl.DataFrame:
    """Return a table of answers where each edited value is ``after``; ``edits`` has unit, variable and after."""
    if edits.is_empty():
        return table
    written = edits.select("unit", "variable", value=pl.col("after").fill_null(""), state=pl.lit("answered"))
    after = answer_table(written, questionnaire)
    for name in edits["variable"].unique(maintain_order=True):
        columns = answer_columns(questionnaire.question(name))
        changed = edits.filter(pl.col("variable") == name).select("unit").with_columns(changed=pl.lit(True))
        new = changed.join(after.select("unit", *columns), on="unit", how="left")
        both = table.join(new, on="unit", how="left", maintain_order="left", suffix="__after")
        table = both.with_columns(
            pl.when("changed").then(f"{column}__after").otherwise(column).alias(column) for column in columns
        ).select(table.columns)
    return table


def _text(question: Question, row: dict[str, object]) -> str:
    if question.kind != "select_multiple":
        return encode_value(row[question.name])  # type: ignore[arg-type]
    return " ".join(code for code in question.codes() if row[tick(question.name, code)])


def _kept(answers: pl.DataFrame, questionnaire: Questionnaire) -> pl.DataFrame:
    """Return the answers that authorities kept despite a check, with the reason that they gave."""
    known = [question.name for question in questionnaire.variables()]
    kept = answers.filter(pl.col("status") == FORCED, pl.col("variable").is_in(known))
    reason = pl.concat_str("reason", pl.when(pl.col("remark") != "").then("remark"), separator=" : ", ignore_nulls=True)
    return kept.select(
        unit="unit",
        variable="variable",
        collected="value",
        used="value",
        state=pl.lit(FORCED),
        rule="rule",
        who=pl.lit(RESPONDENT),
        when=pl.col("saved_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        method=pl.lit(None, dtype=pl.String),
        reason=reason,
    )


def _check(decided: pl.DataFrame, questionnaire: Questionnaire) -> None:
    known = {question.name: question for question in questionnaire.variables()}
    for unit, variable, after, state in decided.select(*KEY, "after", "state").iter_rows():
        fault = "cette variable n’est pas du questionnaire" if variable not in known else ""
        if not fault and state == EDITED and after:
            question = known[variable]
            try:
                read_value(question, after.split(" ") if question.kind == "select_multiple" else [after])
            except AnswerInvalid as problem:
                fault = problem.message
        if fault:
            raise EditsUnreadable(
                f"une correction ne peut pas être appliquée : {fault}.".replace("..", "."),
                where=f"{unit}, {variable}",
                hint="annulez-la sur la page de vérification des réponses, puis versez de nouveau les décisions.",
            )
