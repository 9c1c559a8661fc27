import shutil
from datetime import timedelta

import pytest

from maille.specs import Questionnaire
from maille.web.answers.folder import Folder
from maille.web.answers.migrating import proposal, publish
from maille.web.answers.models import Answer, FormerAnswer
from maille.web.answers.saving import save_section
from maille.web.answers.sending import reopen, sent_folder, submit
from maille.web.campaigns.models import CompiledQuestionnaire, Unit
from maille.web.campaigns.versions import ask, asked_version, compiled

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
WHO = {"author": "répondant", "mode": "web", "at": AT}


def again(unit):
    return Unit.objects.select_related("edition").get(pk=unit.pk)


def changed(form, name, **update):
    """The same questionnaire with one question changed, or without it."""
    sections = []
    for section in form.sections:
        questions = [
            question.model_copy(update=update) if question.name == name else question
            for question in section.questions
            if question.name != name or update
        ]
        sections.append(section.model_copy(update={"questions": tuple(questions)}))
    new = form.model_copy(update={"sections": tuple(sections)})
    return Questionnaire.model_validate(new.model_dump() | {"version": new.digest()})


@pytest.fixture
def form(complete):
    return compiled(asked_version(complete.edition, "communes"))


def test_the_version_asked_is_in_the_database_and_each_answer_names_it(complete, form):
    assert set(Answer.objects.values_list("version", flat=True)) == {form.version}
    kept = CompiledQuestionnaire.objects.get(version=form.version)
    assert Questionnaire.model_validate_json(kept.body) == form


def test_a_file_that_changes_changes_nothing_until_it_is_published(complete, form, settings, tmp_path):
    shutil.copytree(settings.MAILLE_SPECS, tmp_path / "specs")
    settings.MAILLE_SPECS = tmp_path / "specs"
    path = tmp_path / "specs" / "questionnaires" / "asco-2025-communes.md"
    before = form.question("fonction").label
    path.write_text(path.read_text().replace(before, "Quel est votre rôle ?"))
    assert Folder.of(again(complete)).questionnaire.version == form.version
    plan = proposal(complete.edition, "communes")
    assert plan.changes
    assert plan.drafts == 1
    assert any(before in sentence for sentence in plan.difference.sentences())


def test_an_answer_to_a_question_that_goes_is_set_aside_and_comes_back_with_it(complete, form):
    without = changed(form, "investissement")
    publish(complete.edition, "communes", without, author="ines", at=AT)
    assert not Answer.objects.filter(variable="investissement").exists()
    aside = FormerAnswer.objects.get(variable="investissement")
    assert (aside.value, aside.fate) == ("0", "set_aside")
    assert Folder.of(again(complete)).questionnaire.version == without.version
    publish(complete.edition, "communes", form, author="ines", at=AT)
    back = Answer.objects.get(variable="investissement")
    assert (back.value, back.version) == ("0", form.version)


def test_an_answer_that_no_longer_fits_is_to_be_given_again(complete, form):
    publish(complete.edition, "communes", changed(form, "investissement", unit="jours"), author="ines", at=AT)
    folder = Folder.of(again(complete))
    assert folder.is_empty("investissement")
    findings = folder.findings(folder.questionnaire.section("moyens"))
    assert [f.question for f in findings if f.severity == "error"] == ["investissement"]
    assert FormerAnswer.objects.get(variable="investissement").fate == "set_aside"


def test_what_was_sent_stays_on_its_version_until_it_is_reopened(complete, form):
    submission = submit(complete, **WHO)
    without = changed(form, "investissement")
    publish(complete.edition, "communes", without, author="ines", at=AT)
    assert Folder.of(again(complete)).questionnaire.version == form.version
    reopen(again(complete), author="répondant", reason="un oubli", at=AT + timedelta(hours=1))
    assert Folder.of(again(complete)).questionnaire.version == without.version
    assert not Answer.objects.filter(variable="investissement").exists()
    assert sent_folder(submission).kept["investissement"].value == "0"


def test_every_answer_of_a_draft_is_somewhere_after_a_new_version(complete, form):
    before = set(Answer.objects.values_list("variable", "value", "state"))
    new = changed(changed(form, "domaines", kind="text", choices=()), "etp", kind="integer")
    publish(complete.edition, "communes", new, author="ines", at=AT)
    now = set(Answer.objects.values_list("variable", "value", "state"))
    aside = set(FormerAnswer.objects.values_list("variable", "value", "state"))
    assert before <= now | aside
    assert ("etp", "2.5", "answered") in aside


def test_the_methodologist_sees_the_difference_then_publishes(client, methodologist, complete, form, edition):
    ask(edition, changed(form, "investissement"), AT)
    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/gestion/questionnaires/").content.decode()
    assert "question ajoutée" in page
    old = client.post("/gestion/questionnaires/", {"univers": "communes", "version": "autre"})
    assert "a changé depuis" in old.content.decode()
    done = client.post("/gestion/questionnaires/", {"univers": "communes", "version": form.version})
    assert done.status_code == 302
    assert asked_version(edition, "communes") == form.version
    assert "Le fichier est la version demandée" in client.get("/gestion/questionnaires/").content.decode()


def test_a_draft_goes_on_after_a_new_version(complete, form):
    publish(complete.edition, "communes", changed(form, "investissement"), author="ines", at=AT)
    save_section(again(complete), "moyens", COMPLETE["moyens"], **WHO)
    submit(again(complete), **WHO)


def test_an_answer_set_aside_is_still_shown_to_the_authority(clerk, complete, form):
    publish(complete.edition, "communes", changed(form, "investissement"), author="ines", at=AT)
    page = clerk.get("/repondre/section/moyens/historique/").content.decode()
    assert "Réponses mises de côté" in page
    assert form.question("investissement").label.split()[0] in page
