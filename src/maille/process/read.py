"""From collected answers to one typed row a respondent, and what the rules of the questionnaire find in them."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.errors import UserError
from maille.process.drafts import processed
from maille.process.versions import compiled_versions, translated
from maille.specs import CONTEXT, Question, Questionnaire, edition_editing, load_questionnaire
from maille.specs.path import Finding, missing_message
from maille.specs.path_columns import find_columns
from maille.specs.previous import followed, members_name
from maille.specs.previous_columns import moved_columns
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.specs.rule_columns import tick, ticks

_TYPES = {
    "select_one": pl.String,
    "text": pl.String,
    "year": pl.Int64,
    "integer": pl.Int64,
    "decimal": pl.Float64,
}
NUMBERS = ("year", "integer", "decimal")
_CHECKS = {
    "unit": "Collectivité",
    "universe": "Univers",
    "question": "Question",
    "severity": "Gravité",
    "message": "Constat",
    "rule": "Règle",
}
_ASIDE = {
    "unit": "Collectivité",
    "universe": "Univers",
    "version": "Version à laquelle la réponse a été donnée",
    "variable": "Variable",
    "value": "Réponse",
    "state": "État de la réponse",
    "why": "Pourquoi elle est mise de côté",
}


class AnswersUnreadable(UserError):
    """Collected answers do not belong to the sample or to the questionnaire that they name."""


def read_answers(edition: str, materials: Materials) -> list[Draft]:
    """Return the responses of each universe, one row a respondent, the findings of the rules, and what is set aside.

    The answers to an earlier version are read in the terms of the file; what no question of the file can hold is set
    aside, with the reason.

    A multiple choice becomes one boolean column a choice, ``variable__choice``. An answer is null when it is unknown,
    empty or not applicable; which of them it is stays in the collected answers. Raises AnswersUnreadable.
    """
    sample = materials.inputs[f"collected/{edition}/sample"].table
    answers = materials.inputs[f"collected/{edition}/answers"].table
    former = former_answers(edition, materials)
    asked = compiled_versions(materials.inputs[f"collected/{edition}/questionnaires"].table)
    _refuse_sample(sample, f"collected/{edition}/sample")
    _refuse_strangers(answers, sample)
    drafts: list[Draft] = []
    set_aside: list[pl.DataFrame] = []
    findings: list[tuple[str, ...]] = []
    for universe in UNIVERSES:
        questionnaire = load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        given, aside = translated(answers.filter(pl.col("universe") == universe), questionnaire, asked)
        set_aside.append(aside)
        table = answer_table(given, questionnaire)
        drafts.append(_responses(edition, questionnaire, table))
        drawn = sample.filter(pl.col("universe") == universe)
        findings.extend(_findings(questionnaire, with_context(table, drawn), former))
    return [*drafts, _checks(edition, findings), _set_aside(edition, pl.concat(set_aside))]


def answer_table(answers: pl.DataFrame, questionnaire: Questionnaire) -> pl.DataFrame:
    """Return one row a unit, in order: ``unit``, then the columns of every question. Raises AnswersUnreadable.

    ``answers`` has the columns of ``collected/…/answers``; what is not an answer given is null.
    """
    known = {question.name: question for question in questionnaire.variables()}
    strangers = sorted(set(answers["variable"].unique()) - set(known))
    if strangers:
        raise AnswersUnreadable(
            "des réponses portent sur des variables que le questionnaire n’a pas.",
            where=questionnaire.id,
            got=", ".join(strangers),
            hint="les réponses à une autre version se lisent avec la version qu’elles nomment (« maille deposit »).",
        )
    given = answers.filter((pl.col("state") == "answered") & (pl.col("value") != ""))
    _refuse_unreadable(given, known, questionnaire.id)
    wide = given.pivot("variable", index="unit", values="value")
    units = answers.select(pl.col("unit").unique().sort())
    texts = units.join(wide, on="unit", how="left", maintain_order="left")
    columns = [column for question in known.values() for column in _columns(question, texts)]
    return texts.select("unit", *columns)


def _refuse_sample(sample: pl.DataFrame, name: str) -> None:
    """Refuse a sample that has an authority twice, or one that stands for nobody."""
    hint = "corrigez ce jeu, ou tirez de nouveau l’échantillon (« maille run »)."
    for wrong, said in (
        (pl.col("unit").is_duplicated(), "l’échantillon compte plusieurs fois la même collectivité."),
        (
            ~(pl.col("weight").is_finite() & (pl.col("weight") > 0)).fill_null(False),
            "un poids de sondage n’est pas positif.",
        ),
    ):
        found = sample.filter(wrong)["unit"].unique().sort()
        if len(found):
            raise AnswersUnreadable(said, where=name, got=f"{len(found)} : {', '.join(found.head(5))}", hint=hint)


def _refuse_unreadable(given: pl.DataFrame, known: Mapping[str, Question], where: str) -> None:
    """Refuse an answer that is there twice, or that is not of the kind of its question, by its unit and variable."""
    twice = given.filter(pl.struct("unit", "variable").is_duplicated())
    if twice.height:
        unit, variable, value = twice.select("unit", "variable", "value").row(0)
        raise AnswersUnreadable(
            "une collectivité a plusieurs réponses à la même question.",
            where=f"{where}, {unit}, {variable}",
            got=f"{value}, parmi {twice.height} réponses répétées",
            hint="reprenez la collecte : « maille deposit » verse une réponse par question.",
        )
    for (name,), part in given.group_by("variable", maintain_order=True):
        wrong = part.filter(~_readable(known[str(name)]))
        if wrong.height:
            unit, value = wrong.select("unit", "value").row(0)
            expected = "un nombre" if known[str(name)].kind in NUMBERS else "un choix de la liste"
            raise AnswersUnreadable(
                "une réponse n’est pas de celles que la question accepte.",
                where=f"{where}, {unit}, {name}",
                got=f"« {value} » ({wrong.height} réponse(s) de ce genre)",
                expected=expected,
                hint="corrigez-la dans ce qui a été collecté, ou versez de nouveau les réponses.",
            )


def _readable(question: Question) -> pl.Expr:
    """Tell whether the text of an answer is of the kind of a question."""
    if question.kind in NUMBERS:
        number = pl.col("value").cast(_TYPES[question.kind], strict=False)
        return number.is_not_null() & number.cast(pl.Float64).is_finite()
    return pl.col("value").is_in(question.codes()) if question.kind == "select_one" else pl.lit(True)


def _refuse_strangers(answers: pl.DataFrame, sample: pl.DataFrame) -> None:
    strangers = answers.join(sample, on=["unit", "universe"], how="anti")["unit"].unique().sort()
    if len(strangers):
        raise AnswersUnreadable(
            f"{len(strangers)} collectivité(s) ont répondu sans être dans l’échantillon.",
            got=", ".join(strangers.head(5).to_list()),
            hint="l’échantillon a été retiré depuis la collecte : reprenez sa graine, ou refaites la collecte.",
        )


def _responses(edition: str, questionnaire: Questionnaire, table: pl.DataFrame) -> Draft:
    variables = [Variable(name="unit", label="Collectivité", kind="code")]
    for question in questionnaire.variables():
        variables.extend(_described(question))
    title = f"Réponses relues, telles que collectées : {questionnaire.title}"
    return processed(edition, f"read-{questionnaire.universe}", table, title=title, described=variables)


def _columns(question: Question, texts: pl.DataFrame) -> tuple[pl.Expr, ...]:
    text = pl.col(question.name) if question.name in texts.columns else pl.lit(None, dtype=pl.String)
    if question.kind == "select_multiple":
        return ticks(question, text.str.split(" "))
    return (text.cast(_TYPES[question.kind]).alias(question.name),)


def _described(question: Question) -> Iterator[Variable]:
    if question.kind == "select_multiple":
        for choice in question.choices:
            label = f"{question.label} {choice.label}"
            yield Variable(name=tick(question.name, choice.code), label=label, kind="boolean")
        return
    dtype = _TYPES[question.kind]
    kind = "integer" if dtype == pl.Int64 else "number" if dtype == pl.Float64 else "text"
    codes = {choice.code: choice.label for choice in question.choices}
    yield Variable.model_validate(
        {
            "name": question.name,
            "label": question.label,
            "kind": "code" if codes else kind,
            "unit": question.unit,
            "codes": codes,
        }
    )


def with_context(table: pl.DataFrame, sample: pl.DataFrame) -> pl.DataFrame:
    """Return a table of answers with what is known of each unit, which rules may read."""
    return table.join(sample.select("unit", *CONTEXT), on="unit", how="left", maintain_order="left")


def former_answers(edition: str, materials: Materials) -> pl.DataFrame:
    """Return unit, survey, variable and value of the edition before: collected here, else imported, else nothing.

    Units are those of today; what a commune said that merged or was split since is left out, and an EPCI that is
    no longer the same (``specs.previous``).
    """
    survey = edition_editing(materials.specs, edition).previous
    for name in (f"collected/{survey}/answers", f"collected/{survey}/previous"):
        if name in materials.inputs:
            table = materials.inputs[name].table
            given = table.filter(pl.col("state") == "answered") if "state" in table.columns else table
            members = materials.inputs.get(members_name(str(survey)))
            units = followed(given["unit"], str(survey), members.table if members else None).alias("unit")
            return given.select(units, "variable", "value", survey=pl.lit(survey)).drop_nulls("unit")
    return pl.DataFrame(schema=dict.fromkeys(("unit", "variable", "value", "survey"), pl.String))


def _findings(questionnaire: Questionnaire, table: pl.DataFrame, former: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield what is found, as the site tells it: a distance to the edition before when nothing else is said."""
    units = table["unit"]
    order = {question.name: place for place, question in enumerate(questionnaire.variables())}
    ruled = list(find_columns(questionnaire, table))
    told = {(row, finding.question) for row, finding in ruled}
    moved = [one for one in moved_columns(questionnaire, table, former) if (one[0], one[1].question) not in told]
    found = sorted([*ruled, *moved], key=lambda pair: (pair[0], order[pair[1].question]))
    far = {(row, finding.question) for row, finding in moved}
    for row, finding in found:
        question = questionnaire.question(finding.question)
        rule = f"écart avec {question.prefill}" if (row, question.name) in far else _rule(question, finding)
        yield units[row], questionnaire.universe, question.name, finding.severity, finding.message, rule


def _rule(question: Question, finding: Finding) -> str:
    if finding.severity != "error":
        return question.soft_check.text if question.soft_check else ""
    missing = question.constraint is None or finding.message == missing_message(question)
    return "réponse attendue" if missing or question.constraint is None else question.constraint.text


def _checks(edition: str, findings: Sequence[tuple[str, ...]]) -> Draft:
    table = pl.DataFrame(findings, schema=dict.fromkeys(_CHECKS, pl.String), orient="row")
    title = "Ce que les règles du questionnaire trouvent dans les réponses"
    described = [Variable(name=name, label=label) for name, label in _CHECKS.items()]
    return processed(edition, "checks", table, title=title, described=described)


def _set_aside(edition: str, table: pl.DataFrame) -> Draft:
    title = "Réponses que la version actuelle du questionnaire ne peut pas tenir"
    described = [Variable(name=name, label=label) for name, label in _ASIDE.items()]
    return processed(edition, "set-aside", table.sort("unit", "variable"), title=title, described=described)
