"""An answer is read as it was typed in French, and kept without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maille.specs import AnswerInvalid, Choice, Question, State, decode_value, encode_value, fill_text, read_value


def question(kind: str, **more) -> Question:
    return Question(name="q", number="C1", kind=kind, label="Combien ?", **more)


CHOICES = (
    Choice(code="logement", label="Le logement"),
    Choice(code="pauvrete", label="La pauvreté"),
    Choice(code="aucun", label="Aucun de ces domaines", exclusive=True),
)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("integer", "12500", 12500),
        ("integer", " 12 500 ", 12500),
        ("integer", "12\u202f500\u00a0€", 12500),
        ("integer", "12500,0", 12500),
        ("integer", "0", 0),
        ("decimal", "2,5", 2.5),
        ("decimal", "2.5", 2.5),
        ("decimal", "1\u00a0200,25", 1200.25),
        ("year", "2021", 2021),
        ("text", "  Bonjour  ", "Bonjour"),
    ],
)
def test_it_reads_a_number_as_written_in_french(kind, typed, value):
    assert read_value(question(kind), [typed]) == (value, State.ANSWERED)


@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("integer", "douze", "Écrivez un nombre en chiffres"),
        ("integer", "12,5", "nombre entier"),
        ("integer", "-3", "négatif"),
        ("integer", "−3", "négatif"),
        ("integer", "9" * 13, "trop grand"),
        ("integer", "1e5", "en chiffres"),
        ("decimal", "1,2,3", "en chiffres"),
        ("decimal", "nan", "en chiffres"),
        ("year", "deux mille", "2021"),
        ("text", "a" * 4001, "trop long"),
        ("select_one", "piscine", "Choisissez une réponse dans la liste"),
    ],
)
def test_it_refuses_what_is_not_an_answer_in_words_for_the_respondent(kind, typed, message):
    with pytest.raises(AnswerInvalid, match=message) as refused:
        read_value(question(kind, choices=CHOICES), [typed])
    assert refused.value.where == "C1"


def test_two_answers_to_a_question_that_takes_one_are_refused():
    with pytest.raises(AnswerInvalid, match="une seule réponse"):
        read_value(question("select_one", choices=CHOICES), ["logement", "pauvrete"])


def test_ticked_codes_are_kept_in_the_order_of_the_questionnaire():
    asked = question("select_multiple", choices=CHOICES)
    assert read_value(asked, ["pauvrete", "logement", "pauvrete"])[0] == ("logement", "pauvrete")


def test_an_exclusive_choice_excludes_the_others():
    asked = question("select_multiple", choices=CHOICES)
    assert read_value(asked, ["aucun"]) == (("aucun",), State.ANSWERED)
    with pytest.raises(AnswerInvalid, match="« Aucun de ces domaines » ne peut pas être coché avec"):
        read_value(asked, ["aucun", "logement"])


def test_unknown_empty_and_zero_are_three_different_things():
    asked = question("integer", unknown_code="inconnu")
    assert read_value(asked, [], True) == (None, State.UNKNOWN)
    assert read_value(asked, ["", "  "]) == (None, State.EMPTY)
    assert read_value(asked, ["0"]) == (0, State.ANSWERED)


def test_a_number_and_unknown_together_are_refused():
    with pytest.raises(AnswerInvalid, match="mais pas les deux"):
        read_value(question("integer", unknown_code="inconnu"), ["3"], True)


def test_unknown_is_not_offered_where_the_questionnaire_does_not_offer_it():
    assert read_value(question("integer"), [], True) == (None, State.EMPTY)


@given(st.integers(0, 10**11))
def test_an_integer_survives_being_kept(number):
    asked = question("integer")
    assert decode_value(asked, encode_value(number)) == number


@given(st.floats(0, 1e11, allow_nan=False))
def test_a_decimal_survives_being_kept(number):
    assert decode_value(question("decimal"), encode_value(number)) == number


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("select_multiple", ("logement", "pauvrete"), "logement pauvrete"),
        ("select_one", "logement", "logement"),
        ("decimal", 2.5, "2.5"),
        ("year", 2021, "2021"),
        ("text", "Une remarque", "Une remarque"),
        ("integer", None, ""),
    ],
)
def test_a_value_has_one_text(kind, value, text):
    asked = question(kind, choices=CHOICES)
    assert encode_value(value) == text
    assert decode_value(asked, text) == value


def test_a_wording_recalls_a_value_as_written_in_french():
    answers = {"montant": 1234567, "etp": 2.5, "nom": "Lyon"}
    assert fill_text("${nom} : ${montant}, ${etp}, ${rien}", answers) == "Lyon : 1\u202f234\u202f567, 2,5, …"
