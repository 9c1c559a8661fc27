"""A question is drawn once for many people: what one of them typed is in no drawing that serves another."""

import pytest
from django.test import Client

from maille.web.answers import presentation
from maille.web.answers.folder import Folder
from maille.web.answers.presentation import question_views
from maille.web.answers.saving import save_section
from maille.web.campaigns.models import Unit

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
TYPED = [
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "{{ view.question.name }}{% now 'Y' %}{{ 7|add:7 }}",
    '" autofocus onfocus="alert(1)',
    "\ue000 puis \ue000",
    "&amp; déjà &lt;écrit&gt;",
]
ESCAPED = {"<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}


@pytest.fixture
def drawings(monkeypatch):
    """Every drawing kept, as it is kept."""
    presentation._common.cache_clear()
    kept, draw = [], presentation._common

    def recorded(drawing, *, compact):
        kept.append((repr(drawing), draw(drawing, compact=compact)))
        return kept[-1][1]

    monkeypatch.setattr(presentation, "_common", recorded)
    yield kept
    draw.cache_clear()


def of(code):
    return Unit.objects.select_related("edition").get(code=code)


def save(code, section, posted):
    save_section(of(code), section, posted, author="répondant", mode="web", at=AT)


def drawn(code, section):
    """The questions of a section as this authority sees them."""
    folder = Folder.of(of(code))
    views = question_views(folder, folder.questionnaire.section(section), checking=False)
    return {view.question.name: str(view.drawn) for view in views}


def text_question():
    folder = Folder.of(of("69243"))
    return next(
        (section.id, question.name)
        for section in folder.questionnaire.sections
        for question in section.questions
        if question.kind == "text"
    )


def as_html(typed):
    text = typed.replace("&", "&amp;")
    for sign, name in ESCAPED.items():
        text = text.replace(sign, name)
    return text


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_is_shown_as_text_and_kept_in_no_drawing(complete, drawings, typed):
    section, name = text_question()
    save("69243", section, {**COMPLETE.get(section, {}), name: [typed]})
    shown = drawn("69243", section)[name]
    assert f">{as_html(typed)}</textarea>" in shown
    assert drawings
    for view, html in drawings:
        assert typed not in view
        assert typed not in html
        assert as_html(typed) not in html


def test_another_authority_reads_its_own_answer_in_the_same_drawing(codes, drawings):
    section, name = text_question()
    everything = {"action": ["oui"], "domaines": ["pauvrete"], "domaine_principal": ["pauvrete"]}
    for code, typed in (("69243", "Ce que dit Tarare"), ("69149", "Ce que dit Oullins")):
        save(code, "action", everything)
        save(code, section, {name: [typed]})
    shown = [drawn(code, section)[name] for code in ("69243", "69149", "69001", "69243")]
    assert ["Tarare" in html for html in shown] == [True, False, False, True]
    assert ["Oullins" in html for html in shown] == [False, True, False, False]


def test_two_authorities_that_typed_other_things_share_one_drawing(codes):
    section, name = text_question()
    everything = {"action": ["oui"], "domaines": ["pauvrete"], "domaine_principal": ["pauvrete"]}
    presentation._common.cache_clear()
    for code in ("69243", "69149"):
        save(code, "action", everything)
        save(code, section, {name: [f"Ce que dit {code}"]})
        drawn(code, section)
    known = presentation._common.cache_info()
    assert known.hits >= known.misses > 0


def test_what_one_authority_ticked_is_not_ticked_for_another(codes):
    save("69243", "action", {"action": ["oui"], "domaines": ["logement"]})
    save("69149", "action", {"action": ["oui"], "domaines": ["pauvrete"]})
    ticked = {
        code: {part.split('"')[0] for part in drawn(code, "action")["domaines"].split('value="') if " checked" in part}
        for code in ("69243", "69149", "69243")
    }
    assert ticked == {"69243": {"logement"}, "69149": {"pauvrete"}}


def test_what_was_wrong_or_doubtful_for_one_is_never_drawn_for_another(codes, drawings):
    save("69243", "action", {"action": ["oui"], "domaines": ["pauvrete"]})
    save("69149", "action", {"action": ["oui"], "domaines": ["pauvrete"]})
    save("69243", "moyens", {"depenses": ["beaucoup <b>trop</b>"]})
    assert "beaucoup &lt;b&gt;trop&lt;/b&gt;" in drawn("69243", "moyens")["depenses"]
    other = drawn("69149", "moyens")["depenses"]
    assert "beaucoup" not in other
    assert "has-error" not in other
    assert not any("beaucoup" in view + html for view, html in drawings)


def test_two_people_signed_in_see_each_their_own_answer(codes):
    for code, typed in (("69243", "111 777"), ("69149", "222 888")):
        save(code, "action", {"action": ["oui"], "domaines": ["pauvrete"]})
        save(code, "moyens", {"depenses": [typed]})
    for code, own, foreign in (("69243", "111", "222"), ("69149", "222", "111"), ("69243", "111", "222")):
        client = Client()
        client.post("/repondre/", {"identifiant": code, "code": codes[code]})
        page = client.get("/repondre/section/moyens/").content.decode()
        assert f'name="depenses" value="{own}' in page
        assert f'value="{foreign}' not in page
