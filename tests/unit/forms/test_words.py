"""Rules and skips are told in words that a town clerk reads, and no operator is left unsaid."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maille.forms.outline import outline
from maille.forms.skips import Skips, tried_answers
from maille.forms.words import PHRASES, TO_RESPONDENT, in_words
from maille.specs import OPERATORS, applicable, load_questionnaire, parse_rule

SAID = """
${ccas} = 'oui'                                      | la réponse à la question A1 est « Oui »
${ccas} != 'oui'                                     | la réponse à la question A1 n’est pas « Oui »
not(${ccas} = 'oui')                                 | la réponse à la question A1 n’est pas « Oui »
${ccas} = 'oui' or ${ccas} = 'nsp'                   | la réponse à la question A1 est « Oui » ou « Je ne sais pas »
selected(${domaines}, 'logement')                    | « Le logement » est coché à la question A4
not(selected(${domaines}, 'aucun'))                  | « Aucun » n’est pas coché à la question A4
${etp} < 10                                          | la réponse à la question B2 reste en dessous de 10\u00a0ETP
${etp} <= 1234.5                                     | la réponse à la question B2 ne dépasse pas 1\u202f234,5\u00a0ETP
${etp} > 10                                          | la réponse à la question B2 dépasse 10\u00a0ETP
${etp} >= 10                                         | la réponse à la question B2 atteint au moins 10\u00a0ETP
${etp} = 0                                           | la réponse à la question B2 vaut 0
${etp} != 0                                          | la réponse à la question B2 ne vaut pas 0
${etp} + 1 > ${population} - 2                       | la réponse à la question B2 plus 1 dépasse le nombre d’habitants moins 2
(${etp} + 1) * 2 > 3                                 | (la réponse à la question B2 plus 1) multiplié par 2 dépasse 3
${depenses} div ${population} <= 200                 | la réponse à la question B4 divisée par le nombre d’habitants ne dépasse pas 200
${depenses} mod 2 = 0                                | le reste de la division de la réponse à la question B4 par 2 vaut 0
-${etp} < 0                                          | moins la réponse à la question B2 reste en dessous de 0
count-selected(${domaines}) > 2                      | le nombre de cases cochées à la question A4 dépasse 2
count-selected(${domaines}) > 0                      | une case au moins est cochée à la question A4
${ccas} = 'oui' and ${etp} > 1 and ${depenses} > 2   | la réponse à la question A1 est « Oui », la réponse à la question B2 dépasse 1\u00a0ETP et la réponse à la question B4 dépasse 2\u202f€
(${ccas} = 'oui' or ${etp} > 1) and ${depenses} > 2  | (la réponse à la question A1 est « Oui » ou la réponse à la question B2 dépasse 1\u00a0ETP) et la réponse à la question B4 dépasse 2\u202f€
if(${ccas} = 'oui', ${etp}, 0) > 1                   | (si la réponse à la question A1 est « Oui », la réponse à la question B2 ; sinon, 0) dépasse 1
coalesce(${etp}, 0) > 1                              | (la réponse à la question B2, ou à défaut 0) dépasse 1
"""  # noqa: E501


def cases():
    return [tuple(cell.strip(" ") for cell in line.split(" | ")) for line in SAID.strip().splitlines()]


@pytest.mark.parametrize(("written", "said"), cases())
def test_a_rule_is_said_in_words(questionnaire, written, said):
    assert in_words(parse_rule(written), questionnaire) == said


def test_every_operator_of_the_language_is_said():
    assert set(PHRASES) == set(OPERATORS)


def test_a_rule_on_the_question_itself_says_this_answer(questionnaire):
    rule = questionnaire.question("creation").constraint
    said = in_words(rule, questionnaire, current="creation")
    assert said == "cette réponse atteint au moins 1900 et cette réponse ne dépasse pas 2024"


def test_the_respondent_is_spoken_to(questionnaire):
    said = in_words(parse_rule("${ccas} = 'oui' or selected(${domaines}, 'autre')"), questionnaire, voice=TO_RESPONDENT)
    assert said == "vous avez répondu « Oui » à la question A1 ou vous avez coché « Un autre domaine » à la question A4"


PATH = """
A1  | goto | Si vous avez répondu « Non » ou « Je ne sais pas » à la question A1, passez à la question A4.
A4  | goto | Si vous avez coché « Aucun » à la question A4, passez à la section C.
B   | when | Cette section n’est à remplir que si vous n’avez pas coché « Aucun » à la question A4. Sinon, passez à la section C.
B1a | when | Seulement si vous avez coché « Le logement » à la question A4.
B1b | when | Seulement si vous avez coché « La petite enfance » à la question A4.
B3  | when | Seulement si votre réponse à la question B2 vaut 0. Sinon, passez à la question B4.
C1  | when | Seulement si vous avez coché « Un autre domaine » à la question A4, ou vous avez répondu « Je ne sais pas » à la question A1, ou vous avez répondu « Non » à la question A1 et le nombre d’habitants plus 1 reste en dessous de 500. Sinon, passez à la question C2.
"""  # noqa: E501


def told(questionnaire):
    for part in outline(questionnaire).parts:
        if part.condition:
            yield part.letter, "when", part.condition
        for line in (line for block in part.blocks for line in block.lines):
            if line.condition:
                yield line.number, "when", line.condition
            yield from ((line.number, "goto", jump) for jump in line.jumps)


def test_paper_says_where_to_go(questionnaire):
    expected = [tuple(cell.strip() for cell in line.split(" | ")) for line in PATH.strip().splitlines()]
    assert list(told(questionnaire)) == expected


def values_of(question):
    if question.choices:
        codes = st.sampled_from(question.codes())
        return st.none() | (codes if question.kind == "select_one" else st.sets(codes, min_size=1).map(tuple))
    return st.none() | (st.text("ab", max_size=2) if question.kind == "text" else st.integers(0, 3000))


ASKED = [load_questionnaire(path) for path in sorted((Path(__file__).parents[3] / "specs/questionnaires").glob("*.md"))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), rank=st.integers(0, len(ASKED)))
def test_a_jump_never_skips_a_question_that_is_asked(questionnaire, data, rank):
    form = [questionnaire, *ASKED][rank]
    skips, questions = Skips(form), form.variables()
    values = data.draw(st.fixed_dictionaries({question.name: values_of(question) for question in questions}))
    place = data.draw(st.sampled_from([rank for rank, question in enumerate(questions) if skips.jumps(question)]))
    for _label, value in tried_answers(questions[place]):
        target = skips.next_place(questions[place], value)
        asked = applicable(form, {**values, "population": 800, questions[place].name: value})
        assert not asked & {skipped.name for skipped in questions[place + 1 : target]}
