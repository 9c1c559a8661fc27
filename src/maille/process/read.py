"""From collected answers to one typed row a respondent, and what the rules of the questionnaire find in them."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.errors import UserError
from maille.specs import Question, Questionnaire, Value, check_section, decode_value, load_questionnaire
from maille.specs.questionnaire import UNIVERSES, questionnaire_file

SOURCE = "Maille, réponses collectées"

_TYPES = {
    "select_one": pl.String,
    "text": pl.String,
    "year": pl.Int64,
    "integer": pl.Int64,
    "decimal": pl.Float64,
}
_CHECKS = {
    "unit": "Collectivité",
    "universe": "Univers",
    "question": "Question",
    "severity": "Gravité",
    "message": "Constat",
}


class AnswersUnreadable(UserError):
    """Collected answers do not belong to the sample or to the questionnaire that they name."""


def read_answers(edition: str, materials: Materials) -> list[Draft]:
    """Return the responses of each universe, one row a respondent, and the findings of the rules.

    A multiple choice becomes one boolean column a choice, ``variable__choice``. An answer is null when it is unknown,
    empty or not applicable; which of them it is stays in the collected answers. Raises AnswersUnreadable.
    """
    sample = materials.inputs[f"collected/{edition}/sample"].table
    answers = materials.inputs[f"collected/{edition}/answers"].table
    _refuse_strangers(answers, sample)
    drafts: list[Draft] = []
    findings: list[tuple[str, ...]] = []
    for universe in UNIVERSES:
        questionnaire = load_questionnaire(materials.specs / questionnaire_file(materials.specs, edition, universe))
        values = answer_values(answers.filter(pl.col("universe") == universe), questionnaire)
        drafts.append(_responses(edition, questionnaire, values))
        contexts = _contexts(sample.filter(pl.col("universe") == universe))
        findings.extend(_findings(questionnaire, values, contexts))
    return [*drafts, _checks(edition, findings)]


def answer_values(answers: pl.DataFrame, questionnaire: Questionnaire) -> dict[str, dict[str, Value]]:
    """Return the decoded answers of each unit, in the order of the units. Raises AnswersUnreadable.

    ``answers`` has the columns of ``collected/…/answers``; answers that are not given decode to null.
    """
    known = {question.name: question for question in questionnaire.variables()}
    strangers = sorted(set(answers["variable"].unique()) - set(known))
    if strangers:
        raise AnswersUnreadable(
            "des réponses portent sur des variables que le questionnaire n’a pas.",
            where=questionnaire.id,
            got=", ".join(strangers),
            hint="le questionnaire a changé depuis la collecte : restaurez sa version, ou adaptez les réponses.",
        )
    values: dict[str, dict[str, Value]] = {
        unit: dict.fromkeys(known) for unit in answers["unit"].unique(maintain_order=True).sort().to_list()
    }
    given = answers.filter(pl.col("state") == "answered").select("unit", "variable", "value")
    for unit, variable, text in given.iter_rows():
        values[unit][variable] = decode_value(known[variable], text)
    return values


def _refuse_strangers(answers: pl.DataFrame, sample: pl.DataFrame) -> None:
    strangers = answers.join(sample, on=["unit", "universe"], how="anti")["unit"].unique().sort()
    if len(strangers):
        raise AnswersUnreadable(
            f"{len(strangers)} collectivité(s) ont répondu sans être dans l’échantillon.",
            got=", ".join(strangers.head(5).to_list()),
            hint="l’échantillon a été retiré depuis la collecte : reprenez sa graine, ou refaites la collecte.",
        )


def _contexts(sample: pl.DataFrame) -> dict[str, dict[str, Value]]:
    columns = sample.select("unit", "population", "name")
    return {unit: {"population": population, "name": name} for unit, population, name in columns.iter_rows()}


def _responses(edition: str, questionnaire: Questionnaire, values: Mapping[str, Mapping[str, Value]]) -> Draft:
    columns: dict[str, pl.Series] = {"unit": pl.Series("unit", list(values), dtype=pl.String)}
    variables = [Variable(name="unit", label="Collectivité", kind="code")]
    for question in questionnaire.variables():
        given = [row[question.name] for row in values.values()]
        for variable, series in _columns(question, given):
            variables.append(variable)
            columns[variable.name] = series
    return Draft(
        name=f"processed/{edition}/responses-{questionnaire.universe}",
        table=pl.DataFrame(columns),
        title=f"Réponses relues : {questionnaire.title}",
        variables=tuple(variables),
        source=SOURCE,
        vintage=edition,
    )


def _columns(question: Question, given: Sequence[Value]) -> Iterator[tuple[Variable, pl.Series]]:
    if question.kind == "select_multiple":
        for choice in question.choices:
            name = f"{question.name}__{choice.code}"
            ticked = [None if value is None else choice.code in value for value in given]  # type: ignore[operator]
            label = f"{question.label} {choice.label}"
            yield Variable(name=name, label=label, kind="boolean"), pl.Series(name, ticked, dtype=pl.Boolean)
        return
    dtype = _TYPES[question.kind]
    kind = "integer" if dtype == pl.Int64 else "number" if dtype == pl.Float64 else "text"
    codes = {choice.code: choice.label for choice in question.choices}
    variable = Variable.model_validate(
        {
            "name": question.name,
            "label": question.label,
            "kind": "code" if codes else kind,
            "unit": question.unit,
            "codes": codes,
        }
    )
    yield variable, pl.Series(question.name, given, dtype=dtype)


def _findings(
    questionnaire: Questionnaire,
    values: Mapping[str, Mapping[str, Value]],
    contexts: Mapping[str, Mapping[str, Value]],
) -> Iterator[tuple[str, ...]]:
    for unit, row in values.items():
        for section in questionnaire.sections:
            for finding in check_section(questionnaire, section.id, row, context=contexts[unit]):
                yield unit, questionnaire.universe, finding.question, finding.severity, finding.message


def _checks(edition: str, findings: Sequence[tuple[str, ...]]) -> Draft:
    return Draft(
        name=f"processed/{edition}/checks",
        table=pl.DataFrame(findings, schema=dict.fromkeys(_CHECKS, pl.String), orient="row"),
        title="Ce que les règles du questionnaire trouvent dans les réponses",
        variables=tuple(Variable(name=name, label=label) for name, label in _CHECKS.items()),
        source=SOURCE,
        vintage=edition,
    )
