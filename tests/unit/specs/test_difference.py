"""From one version to another: what changed is told in French, and no answer of a draft is ever lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maille.specs import Choice, Question, Questionnaire, Section, State, decode_value
from maille.specs.difference import difference
from maille.specs.migration import DraftAnswer, migrate

OUI, NON, NSP = (
    Choice(code="oui", label="Oui"),
    Choice(code="non", label="Non"),
    Choice(code="nsp", label="Ne sait pas"),
)
CHOIX = {"kind": "select_one", "choices": (OUI, NON)}


def asked(name, kind="integer", **more):
    return Question(name=name, number=f"A{len(name)}", kind=kind, **{"label": f"Combien de {name} ?"} | more)


def version(*questions, **more):
    section = Section(id="s", letter="A", title="Partie", questions=questions)
    fields = {"id": "asco-2025-communes", "title": "ASCO", "universe": "communes", "reference_year": 2024}
    draft = Questionnaire(**fields | {"sections": (section,)} | more, version="")
    return draft.model_copy(update={"version": draft.digest()})


CHANGES = {
    "nothing": (asked("places"), asked("places"), []),
    "a new wording": (
        asked("places"),
        asked("places", label="Combien de lits ?"),
        ["A6 « Combien de lits ? » : la question était « Combien de places ? »."],
    ),
    "another name": (
        asked("lits"),
        asked("places", same_as="lits", label="Combien de lits ?"),
        ["A6 « Combien de lits ? » : la variable « lits » s’appelle maintenant « places »."],
    ),
    "another question": (
        asked("lits"),
        asked("places"),
        ["A6 « Combien de places ? » : question ajoutée.", "« Combien de lits ? » (A4) : question retirée."],
    ),
    "choices": (
        asked("ccas", **CHOIX),
        asked("ccas", kind="select_one", choices=(OUI.model_copy(update={"label": "Oui, un"}), NSP)),
        [
            "A4 « Combien de ccas ? » : le choix « Oui » s’écrit maintenant « Oui, un ».",
            "A4 « Combien de ccas ? » : choix ajouté, « Ne sait pas ».",
            "A4 « Combien de ccas ? » : choix retiré, « Non ».",
        ],
    ),
    "a type and a unit": (
        asked("aides", unit="€"),
        asked("aides", kind="decimal", unit="k€"),
        [
            "A5 « Combien de aides ? » : attendait un nombre entier, attend maintenant un nombre à virgule.",
            "A5 « Combien de aides ? » : se compte en « k€ », au lieu de « € ».",
        ],
    ),
    "rules": (
        asked("aides", constraint=". > 0", constraint_message="Non."),
        asked("aides", relevant="${aides} > 1", required=True, soft_check=". < 9", soft_message="Tant ?"),
        [
            "A5 « Combien de aides ? » : n’est plus posée dans les mêmes cas.",
            "A5 « Combien de aides ? » : une réponse est attendue.",
            "A5 « Combien de aides ? » : ce qui est refusé a changé.",
            "A5 « Combien de aides ? » : ce qui est à confirmer a changé.",
        ],
    ),
    "a rule written with other spaces": (
        asked("aides", relevant="${aides}>1"),
        asked("aides", relevant="${aides} > 1"),
        [],
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_it_tells_the_change_of(what):
    old, new, sentences = CHANGES[what]
    assert list(difference(version(old), version(new)).sentences()) == sentences


def test_it_tells_the_sections_that_come_go_and_change():
    old = [Section(id=name, letter="A", title=name, questions=(asked(name),)) for name in ("un", "deux", "trois")]
    new = [
        old[0].model_copy(update={"title": "Un peu"}),
        Section(id="la", letter="B", title="Là", questions=(asked("deux"),)),
    ]
    sentences = difference(version(sections=tuple(old)), version(sections=tuple(new))).sentences()
    assert sentences == (
        "Section « un » : s’appelle maintenant « Un peu ».",
        "Section « Là » : ajoutée.",
        "Section « deux » : retirée.",
        "Section « trois » : retirée.",
        "A4 « Combien de deux ? » : passe de la section « deux » à la section « Là ».",
        "« Combien de trois ? » (A5) : question retirée.",
    )


MULTIPLE = {"kind": "select_multiple", "choices": (OUI, NON, NSP)}
FATES = {
    "the same question": (asked("n"), ("12", "answered"), asked("n"), ("n", "12")),
    "another name": (asked("n"), ("12", "answered"), asked("m", same_as="n"), ("m", "12")),
    "another name of the same survey": (asked("n"), ("1", "answered"), asked("m", same_as="asco-2025:n"), ("m", "1")),
    "a number that takes decimals": (asked("n"), ("12", "answered"), asked("n", kind="decimal"), ("n", "12.0")),
    "codes in another order": (
        asked("n", **MULTIPLE),
        ("oui nsp", "answered"),
        asked("n", kind="select_multiple", choices=(NSP, OUI)),
        ("n", "nsp oui"),
    ),
    "an empty answer": (asked("n", **CHOIX), ("", "empty"), asked("n"), ("n", "")),
    "what could not be read": (asked("n"), ("douze", "invalid"), asked("n"), ("n", "douze")),
    "an unknown": (asked("n", unknown_code="x"), ("", "unknown"), asked("n", unknown_code="y"), ("n", "")),
}
ASIDE = {
    "a question that is gone": (asked("n"), ("12", "answered"), asked("m"), "n’est plus posée"),
    "a name that another question took": (
        asked("n"),
        ("12", "answered"),
        asked("m", kind="text", same_as="n"),
        "de même nature",
    ),
    "a choice that is gone": (
        asked("n", **CHOIX),
        ("non", "answered"),
        asked("n", kind="select_one", choices=(OUI,)),
        "n’est plus proposé",
    ),
    "a choice that excludes the others": (
        asked("n", **MULTIPLE),
        ("oui non", "answered"),
        asked("n", kind="select_multiple", choices=(OUI, NON.model_copy(update={"exclusive": True}))),
        "en exclut un autre",
    ),
    "another unit": (asked("n", unit="€"), ("12", "answered"), asked("n", unit="k€"), "même unité"),
    "decimals that are refused": (asked("n", "decimal"), ("2.5", "answered"), asked("n"), "n’accepte plus ce nombre"),
    "an unknown that is refused": (asked("n", unknown_code="x"), ("", "unknown"), asked("n"), "exige maintenant"),
}


@pytest.mark.parametrize("what", FATES)
def test_a_draft_keeps(what):
    old, answer, new, (target, text) = FATES[what]
    migration = migrate({"n": DraftAnswer(*answer)}, version(old), version(new))
    assert migration.draft() == {target: DraftAnswer(text, answer[1])}
    assert migration.to_ask == ()


@pytest.mark.parametrize("what", ASIDE)
def test_a_draft_sets_aside_with_a_reason_and_asks_again(what):
    old, answer, new, reason = ASIDE[what]
    migration = migrate({"n": DraftAnswer(*answer)}, version(old), version(new))
    (fate,) = migration.set_aside()
    assert (fate.value, fate.state) == answer
    assert reason in fate.reason
    assert migration.draft() == {}
    assert migration.to_ask == (new.name,)


def test_an_answer_that_stands_under_another_wording_is_to_be_looked_at():
    old, new = version(asked("n"), asked("m")), version(asked("n", label="Combien ?"), asked("m"), asked("o"))
    migration = migrate({"n": DraftAnswer("1", "answered"), "m": DraftAnswer("2", "answered")}, old, new)
    assert migration.to_check == ("n",)
    assert migration.to_ask == ("o",)


def test_two_questions_that_exchange_their_names_exchange_their_answers():
    old, new = version(asked("n"), asked("m")), version(asked("n", same_as="m"), asked("m", same_as="n"))
    migration = migrate({"n": DraftAnswer("1", "answered"), "m": DraftAnswer("2", "answered")}, old, new)
    assert migration.draft() == {"m": DraftAnswer("1", "answered"), "n": DraftAnswer("2", "answered")}


NAMES = ("a", "b", "c", "d")
kinds = st.sampled_from(["integer", "decimal", "year", "text", "select_one", "select_multiple"])


@st.composite
def questions(draw, name):
    kind = draw(kinds)
    choices = (
        tuple(draw(st.lists(st.sampled_from([OUI, NON, NSP]), min_size=1, unique=True))) if "select" in kind else ()
    )
    unit, unknown = draw(st.sampled_from([None, "€"])), draw(st.sampled_from([None, "x"]))
    same_as = draw(st.sampled_from([None, *NAMES]))
    return asked(name, kind, choices=choices, unit=unit, unknown_code=unknown, same_as=same_as)


versions = st.lists(st.sampled_from(NAMES), min_size=1, unique=True).flatmap(
    lambda names: st.tuples(*map(questions, names)).map(lambda made: version(*made))
)
texts = st.sampled_from(["", "0", "12", "2.5", "2020", "oui", "non nsp", "oui non", "un mot"])
drafts = st.dictionaries(
    st.sampled_from([*NAMES, "z"]),
    st.builds(DraftAnswer, texts, st.sampled_from([*map(str, State), "invalid"])),
)


@given(drafts, versions, versions)
def test_no_answer_of_a_draft_is_ever_lost_and_none_changes_its_value(draft, old, new):
    migration = migrate(draft, old, new)
    assert {fate.source: DraftAnswer(fate.value, fate.state) for fate in migration.fates} == draft
    targets = [fate.target for fate in migration.fates if fate.target is not None]
    assert len(targets) == len(set(targets))
    assert all(fate.target or fate.reason for fate in migration.fates)
    for fate in migration.fates:
        if fate.target is not None and fate.state == State.ANSWERED:
            asked_before, asked_now = old.question(fate.source), new.question(fate.target)
            same = decode_value(asked_now, fate.text), _decoded(asked_before, fate.value)
            assert _as_set(same[0]) == _as_set(same[1])


def _decoded(question, text):
    """The value that the old version would read, as far as a text made at random is one."""
    try:
        return decode_value(question, text)
    except ValueError:
        return float(text)


def _as_set(value):
    return set(value) if isinstance(value, tuple) else value


@given(drafts, versions)
def test_a_version_that_did_not_change_keeps_what_it_can_read(draft, same):
    unchanged = same.model_copy(
        update={
            "sections": tuple(
                section.model_copy(
                    update={"questions": tuple(q.model_copy(update={"same_as": None}) for q in section.questions)}
                )
                for section in same.sections
            )
        }
    )
    migration = migrate(draft, unchanged, unchanged)
    assert difference(unchanged, unchanged).changes == ()
    assert all(fate.outcome != "carried" for fate in migration.fates)
    assert migration.to_check == ()
