"""Several people on one section: nothing is overwritten unseen, nothing typed is lost."""

from datetime import timedelta
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maille.web.answers.choosing import choose, seen
from maille.web.answers.folder import Folder
from maille.web.answers.models import Answer, FormerAnswer, PageEvent, PendingAnswer
from maille.web.answers.saving import save_section
from maille.web.campaigns.models import Unit

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
ONE = "investissement"
NAMES = (ONE, "depenses", "recettes_etat")
_numbers = count(1)


@pytest.fixture
def tarare(tarare):
    """Tarare, whose questions of section « moyens » are asked."""
    save_section(tarare, "action", {"action": ["oui"], "domaines": ["logement"]}, author="répondant", mode="web", at=AT)
    return tarare


def again(unit):
    return Unit.objects.select_related("edition").get(pk=unit.pk)


class Browser:
    """One page of section « moyens », as a person has it open: what is typed in it, and what it knows."""

    def __init__(self, unit, author, page):
        self.unit, self.author, self.page, self.posts = unit, author, page, []
        self.draw()

    def draw(self):
        folder = Folder.of(again(self.unit))
        self.revision = folder.revisions.get("moyens", 0)
        self.fields = {name: folder.kept[name].value for name in NAMES if name in folder.kept}
        self.page = f"{self.page[0]}{next(_numbers)}"

    def type(self, name, value):
        self.fields[name] = value

    def save(self, heard=True):
        posted = {name: [value] for name, value in self.fields.items()}
        self.posts.append((posted, self.revision, self.page))
        return self.post(posted, heard=heard)

    def post(self, posted, heard=True):
        who = {"author": self.author, "mode": "web", "at": AT + timedelta(minutes=next(_numbers))}
        result = save_section(again(self.unit), "moyens", posted, base_revision=self.revision, page=self.page, **who)
        if heard:
            self.revision = result.revision
        return result


def everywhere(unit):
    """Every value of each variable, wherever it is: current, former, or awaiting a choice."""
    found = set()
    for model in (Answer, FormerAnswer, PendingAnswer):
        found |= set(model.objects.filter(unit=unit, variable__in=NAMES).values_list("variable", "value"))
    return found


def kept(unit, name):
    return Answer.objects.get(unit=unit, variable=name).value


def test_what_only_one_person_changed_is_merged(tarare):
    claire, lea = Browser(tarare, "répondant", "c"), Browser(tarare, "invité-1", "l")
    claire.type(ONE, "2")
    claire.save()
    lea.type("depenses", "61000")
    result = lea.save()
    assert result.conflicts == {}
    assert [(name, one.value, one.author) for name, one in result.theirs.items()] == [(ONE, "2", "répondant")]
    assert (kept(tarare, ONE), kept(tarare, "depenses")) == ("2", "61000")
    claire.save()
    lea.save()
    assert (kept(tarare, ONE), kept(tarare, "depenses")) == ("2", "61000")


def test_two_values_for_one_question_are_both_kept_until_someone_chooses(tarare):
    claire, lea = Browser(tarare, "répondant", "c"), Browser(tarare, "invité-1", "l")
    claire.type(ONE, "2")
    claire.save()
    lea.type(ONE, "3")
    lea.type("depenses", "61000")
    result = lea.save()
    assert list(result.conflicts) == [ONE]
    assert (kept(tarare, ONE), kept(tarare, "depenses")) == ("2", "61000")
    assert PendingAnswer.objects.get().value == "3"
    folder = Folder.of(again(tarare))
    assert [f.severity for f in folder.findings(folder.questionnaire.section("moyens")) if f.question == ONE] == [
        "error"
    ]


def test_a_colleague_under_the_same_code_conflicts_too_but_nobody_with_themselves(tarare):
    one, two = Browser(tarare, "répondant", "a"), Browser(tarare, "répondant", "b")
    one.type(ONE, "2")
    one.save(heard=False)
    one.type(ONE, "25")
    assert one.save().conflicts == {}
    two.type(ONE, "3")
    assert list(two.save().conflicts) == [ONE]


def test_the_same_save_twice_changes_nothing_more(tarare):
    claire, lea = Browser(tarare, "répondant", "c"), Browser(tarare, "invité-1", "l")
    claire.type(ONE, "2")
    claire.save(heard=False)
    lea.draw()
    lea.type(ONE, "4")
    lea.save()
    before = everywhere(tarare), Folder.of(again(tarare)).revisions, FormerAnswer.objects.count()
    assert claire.save(heard=False).conflicts == {}
    assert (everywhere(tarare), Folder.of(again(tarare)).revisions, FormerAnswer.objects.count()) == before
    assert kept(tarare, ONE) == "4"


@pytest.mark.parametrize(("pick", "value"), [("actuelle", "2"), ("page", "3"), ("autre", "5")])
def test_the_choice_is_applied_and_the_other_value_stays_in_the_history(tarare, pick, value):
    test_two_values_for_one_question_are_both_kept_until_someone_chooses(tarare)
    folder = Folder.of(again(tarare))
    code = next(iter(folder.pending[ONE])) if pick == "page" else pick
    posted = {
        f"{ONE}__choix": [code],
        f"{ONE}__vu": [seen(folder, folder.questions[ONE])],
        ONE: ["5"] if pick == "autre" else [""],
    }
    assert choose(again(tarare), "moyens", posted, author="répondant", mode="web", at=AT + timedelta(days=1)) == {}
    assert kept(tarare, ONE) == value
    assert not PendingAnswer.objects.exists()
    assert {(ONE, "2"), (ONE, "3")} <= everywhere(tarare)


def chosen_on_the_page(clerk, tarare, **posted):
    test_two_values_for_one_question_are_both_kept_until_someone_chooses(tarare)
    folder = Folder.of(again(tarare))
    shown = {f"{ONE}__vu": seen(folder, folder.questions[ONE])}
    return clerk.post("/repondre/section/moyens/conflit/", shown | posted)


def test_another_value_that_is_written_is_the_choice_when_nothing_is_ticked(clerk, tarare):
    assert chosen_on_the_page(clerk, tarare, **{ONE: "5"}).status_code == 302
    assert kept(tarare, ONE) == "5"


@pytest.mark.parametrize(("ticked", "written", "said"), [("actuelle", "5", "gardez l’une"), ("autre", "", "Écrivez")])
def test_a_choice_and_another_value_that_disagree_are_asked_again(clerk, tarare, ticked, written, said):
    page = chosen_on_the_page(clerk, tarare, **{ONE: written, f"{ONE}__choix": ticked}).content.decode()
    assert said in page
    assert f'value="{ticked}" checked' in page
    assert f'value="{written}"' in page
    assert kept(tarare, ONE) == "2"


def test_a_choice_made_on_values_that_have_changed_is_asked_again(tarare):
    test_two_values_for_one_question_are_both_kept_until_someone_chooses(tarare)
    folder = Folder.of(again(tarare))
    posted = {
        f"{ONE}__choix": ["actuelle"],
        f"{ONE}__vu": [seen(folder, folder.questions[ONE])],
    }
    late = Browser(tarare, "répondant", "d")
    late.type(ONE, "9")
    late.save()
    assert ONE in choose(again(tarare), "moyens", posted, author="répondant", mode="web", at=AT)
    assert PendingAnswer.objects.count() == 1


steps = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.integers(0, 1), st.sampled_from(NAMES)),
        st.tuples(st.sampled_from(["save", "unheard", "draw", "retry"]), st.integers(0, 1), st.just("")),
        st.tuples(st.just("choose"), st.just(0), st.sampled_from(["actuelle", "page"])),
    ),
    min_size=4,
    max_size=18,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_two_people_do_in_whatever_order_every_value_saved_is_somewhere(tarare, steps):
    for model in (Answer, FormerAnswer, PendingAnswer):
        model.objects.filter(variable__in=NAMES).delete()
    tarare.section_states.all().delete()
    people = [Browser(tarare, "répondant", "a"), Browser(tarare, "invité-1", "b")]
    typed = set()
    for act, who, what in steps:
        person = people[who]
        if act == "type":
            person.type(what, str(next(_numbers)))
        elif act in ("save", "unheard"):
            typed |= set(person.fields.items())
            person.save(heard=act == "save")
        elif act == "retry" and person.posts:
            posted, person.revision, person.page = person.posts[-1]
            person.post(posted)
        elif act == "draw":
            person.draw()
        elif act == "choose":
            _choose_all(tarare, what)
        assert typed <= everywhere(tarare)


def _choose_all(unit, what):
    folder = Folder.of(again(unit))
    posted = {}
    for name, waiting in folder.pending.items():
        if waiting:
            posted[f"{name}__choix"] = ["actuelle" if what == "actuelle" else next(iter(waiting))]
            posted[f"{name}__vu"] = [seen(folder, folder.questions[name])]
    choose(again(unit), "moyens", posted, author="répondant", mode="web", at=AT + timedelta(minutes=next(_numbers)))


def test_a_reason_falls_when_what_it_explained_changes_even_from_another_section(complete):
    who = {"author": "répondant", "mode": "web"}
    save_section(
        again(complete),
        "moyens",
        COMPLETE["moyens"] | {"depenses": ["100"], "depenses__reason": ["exact"]},
        at=AT,
        **who,
    )
    assert Answer.objects.get(variable="depenses").reason == "exact"
    before = Folder.of(again(complete)).revisions["moyens"]
    changed = COMPLETE["prestations"] | {"montant_aides": ["38 500"]}
    save_section(again(complete), "prestations", changed, at=AT + timedelta(hours=1), **who)
    assert Answer.objects.get(variable="depenses").reason == ""
    assert FormerAnswer.objects.get(variable="depenses", reason="exact").value == "100"
    assert Folder.of(again(complete)).revisions["moyens"] == before + 1


def test_the_reason_shown_with_a_value_that_changes_is_asked_again_and_a_retry_says_the_same(complete):
    much = COMPLETE["moyens"] | {"depenses": ["100"], "depenses__reason": ["exact"]}
    who = {"author": "répondant", "mode": "web"}
    first = save_section(again(complete), "moyens", much, at=AT, base_revision=1, page="p", **who)
    changed = much | {"depenses": ["200"]}
    for _time in range(2):
        result = save_section(again(complete), "moyens", changed, at=AT, base_revision=first.revision, page="p", **who)
        assert result.dropped == ("depenses",)
        answer = Answer.objects.get(variable="depenses")
        assert (answer.value, answer.reason) == ("200", "")
    save_section(again(complete), "moyens", changed, at=AT, base_revision=result.revision, page="p", **who)
    assert Answer.objects.get(variable="depenses").reason == "exact"


# The same by the pages: JSON for the script, pages without it.

JSON = {"HTTP_ACCEPT": "application/json"}


def post(client, posted, **headers):
    return client.post(reverse("answers:section", args=["moyens"]), posted, **headers)


def test_the_script_is_told_what_is_saved_and_what_remains(clerk, tarare):
    reply = post(clerk, {"revision": "0", "page": "p1", ONE: "2", "depenses": "beaucoup"}, **JSON)
    assert reply.status_code == 200
    told = reply.json()
    assert told["revision"] == 1
    assert {finding["question"] for finding in told["findings"] if not finding["missing"]} == {"depenses"}
    assert set(told) >= {"saved_at", "on_path", "others", "theirs", "dropped", "current"}
    assert post(clerk, {"revision": "0", "page": "p1", ONE: "2", "depenses": "beaucoup"}, **JSON).json() == (
        told | {"saved_at": told["saved_at"]}
    )
    assert PageEvent.objects.filter(kind="save", section="moyens").count() == 2


def test_a_conflict_is_told_with_both_values_and_leads_to_the_choice(clerk, tarare):
    post(clerk, {"revision": "0", "page": "p1", ONE: "2"}, **JSON)
    reply = post(clerk, {"revision": "0", "page": "p2", ONE: "3", "depenses": "61000"}, **JSON)
    assert reply.status_code == 409
    told = reply.json()
    assert [(one["question"], one["mine"][0], one["theirs"][0]) for one in told["conflicts"]] == [(ONE, "3", "2")]
    assert Answer.objects.get(unit=tarare, variable="depenses").value == "61000"
    page = clerk.get(told["page"])
    assert page.status_code == 200
    again_page = post(clerk, {"revision": "0", "page": "p2", ONE: "3", "suite": "sommaire"})
    assert again_page.headers["Location"] == told["page"]


def test_without_a_session_the_script_is_sent_to_the_door(client, codes):
    reply = post(client, {ONE: "2"}, **JSON)
    assert reply.status_code == 401
    assert reply.json()["sign_in"].startswith("/repondre/")


def test_what_cannot_be_saved_says_why(clerk, tarare, edition):
    assert post(clerk, {"revision": "-1"}, **JSON).status_code == 400
    assert post(clerk, {"revision": "x"}, **JSON).status_code == 400
    assert post(clerk, {"depenses": "1" * 600_000}, **JSON).status_code == 413
    type(edition).objects.update(closes="2001-03-31")
    assert post(clerk, {ONE: "2"}, **JSON).status_code == 410
    assert not Answer.objects.filter(variable__in=NAMES).exists()


def test_the_others_on_the_page_are_named_with_the_rule(clerk, codes, tarare):
    other = Client()
    other.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    other.get(reverse("answers:section", args=["moyens"]))
    page = clerk.get(reverse("answers:section", args=["moyens"])).content.decode()
    assert "remplit aussi cette section" in page
    assert "nous garderons les deux réponses" in page
    reply = other.post(reverse("answers:presence", args=["moyens"]))
    assert len(reply.json()["others"]) == 1


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ('[{"kind": "leave", "question": "", "seconds": 12}, {"kind": "check", "question": "investissement"}]', 204),
        ('[{"kind": "save", "question": "investissement"}]', 400),
        ('[{"kind": "check", "question": "12 500"}]', 400),
        ('[{"kind": "leave", "seconds": "douze"}]', 400),
        ('{"kind": "leave"}', 400),
        ("[" * 9000, 400),
        ("x" * 20_000, 413),
    ],
)
def test_the_journal_takes_known_events_and_nothing_else(clerk, events, status):
    reply = clerk.post(reverse("answers:journal", args=["moyens"]), {"events": events})
    assert reply.status_code == status
    assert PageEvent.objects.filter(kind__in=["leave", "check"]).count() == (2 if status == 204 else 0)


def test_a_hidden_question_that_the_page_does_not_show_keeps_its_answer(complete):
    who = {"author": "répondant", "mode": "web", "at": AT}
    save_section(again(complete), "action", {"action": ["non"]}, **who)
    save_section(again(complete), "moyens", {"recettes_etat": ["1"]}, **who)
    assert kept(complete, "depenses") == "61000"


def test_the_history_says_who_gave_each_value_and_when(clerk):
    post(clerk, {ONE: "2"})
    post(clerk, {ONE: "3"})
    page = clerk.get(reverse("answers:history", args=["moyens"])).content.decode()
    assert "Remplacée" in page
    assert "Réponse actuelle" in page
