from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.management import call_command
from django.utils import timezone
from pypdf import PdfReader

from maille.web.campaigns import mail
from maille.web.campaigns.audience import reached
from maille.web.campaigns.calendar import order_problems, plan_calendar
from maille.web.campaigns.models import Contact, Event, Mailing, Message, Unit
from maille.web.campaigns.printing import letter_files
from maille.web.campaigns.tasks import run_mailing, start_mailing, take_up_again

from .campaign_cast import conduct

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(edition, codes):
    return conduct(edition)


@pytest.fixture
def opening(events):
    return events["Ouverture"]


def reasons(event):
    return {reach.unit.code: reach.refusal for reach in reached(event, at=timezone.now())}


def run(event):
    mailing = Mailing.objects.create(event=event, by="ines", asked_at=timezone.now())
    run_mailing.call(mailing.pk)
    mailing.refresh_from_db()
    return mailing


def test_the_planned_calendar_is_in_order_and_planned_once(edition, events):
    assert order_problems(edition, list(edition.events.all())) == []
    assert len(plan_calendar(edition)) == len(events)
    assert edition.events.count() == len(events)


def test_a_reminder_before_the_one_before_it_is_told(edition, events):
    second = events["Relance 2"]
    second.on = events["Relance 1"].on - timedelta(days=1)
    changed = [second if event.pk == second.pk else event for event in edition.events.all()]
    ((event, problem),) = order_problems(edition, changed)
    assert event.label == "Relance 2"
    assert problem.startswith("«\u00a0Relance 2\u00a0»")
    assert "est avant «\u00a0Relance 1\u00a0»" in problem


def test_each_audience_is_who_it_says(edition, events):
    Unit.objects.filter(code="69001").update(status="started")
    Unit.objects.filter(code="69002").update(status="submitted")
    Contact.objects.filter(unit__code="69004").update(bounced_at=timezone.now())
    assert set(reasons(events["Relance 2"])) == {"69001"}
    assert set(reasons(events["Remerciements"])) == {"69002"}
    assert set(reasons(events["Relance 3"])) == {"69004"}
    assert {"69001", "69002"}.isdisjoint(reasons(events["Relance 1"]))


def test_an_authority_that_saved_all_but_two_sections_is_nearly_done(edition, events, complete):
    Unit.objects.filter(code="69001").update(status="started")
    assert set(reasons(events["Relance 4"])) == {complete.code}


def test_who_is_left_out_is_told_why(edition, opening):
    Unit.objects.filter(code="69001").update(outcome="refusal")
    Contact.objects.filter(unit__code="69002").update(email="")
    Contact.objects.filter(unit__code="69004").update(bounced_at=timezone.now())
    Contact.objects.filter(unit__code="69006").delete()
    found = reasons(opening)
    assert found["69001"] == "refuse de répondre"
    assert found["69002"] == found["69006"] == "sans adresse électronique"
    assert found["69004"] == "courriel revenu"
    assert found["69243"] == ""


def test_the_weekly_cap_holds(edition, events, tarare):
    for label in ("Ouverture", "Relance 1"):
        to = f"mairie-{tarare.code}@example.invalid"
        mail.send(tarare, "ouverture", to=to, context={}, at=timezone.now(), event=events[label])
    thanks = events["Dernier avis"]
    assert reasons(thanks)["69243"] == "déjà 2 messages en sept jours"
    Message.objects.update(at=timezone.now() - timedelta(days=8))
    assert reasons(thanks)["69243"] == ""


def test_everyone_is_written_to_once_and_never_again(opening):
    mailing = run(opening)
    assert (mailing.state, mailing.done, mailing.total) == ("done", 15, 15)
    assert len(outbox.outbox) == Message.objects.filter(status="sent").count() == 15
    again = run(opening)
    assert (again.state, again.total, len(outbox.outbox)) == ("done", 0, 15)


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_mailing_goes_on_without_writing_twice(opening, monkeypatch):
    from maille.web.campaigns import tasks

    count = iter(range(100))
    real = tasks.send_one

    def fail_at_the_sixth(event, reach):
        if next(count) == 5:
            raise KeyboardInterrupt
        real(event, reach)

    monkeypatch.setattr(tasks, "send_one", fail_at_the_sixth)
    mailing = Mailing.objects.create(event=opening, by="ines", asked_at=timezone.now())
    with pytest.raises(KeyboardInterrupt):
        run_mailing.call(mailing.pk)
    mailing.refresh_from_db()
    assert mailing.state == "running"
    assert take_up_again() == 1
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)
    mailing.refresh_from_db()
    assert mailing.state == "done"
    assert len(outbox.outbox) == 15
    assert len({letter.to[0] for letter in outbox.outbox}) == 15


def test_who_answers_during_the_sending_is_not_written_to(opening, monkeypatch):
    from maille.web.campaigns import tasks

    real = tasks.send_one

    def answer_meanwhile(event, reach):
        Unit.objects.filter(code="97424").update(status="submitted")
        real(event, reach)

    monkeypatch.setattr(tasks, "send_one", answer_meanwhile)
    run(opening)
    assert len(outbox.outbox) == 14


def test_the_weekly_cap_is_read_again_just_before_each_message_leaves(opening, events, tarare, monkeypatch):
    from maille.web.campaigns import tasks

    real, to = tasks.send_one, f"mairie-{tarare.code}@example.invalid"

    def write_meanwhile(event, reach):
        for label in ("Relance 1", "Relance 2"):
            if not events[label].messages.filter(unit=tarare).exists():
                mail.send(tarare, "ouverture", to=to, context={}, at=timezone.now(), event=events[label])
        real(event, reach)

    monkeypatch.setattr(tasks, "send_one", write_meanwhile)
    run(opening)
    assert not opening.messages.filter(unit=tarare).exists()
    with pytest.raises(mail.WeekFull):
        mail.send(tarare, "ouverture", to=to, context={}, at=timezone.now(), event=opening)


def test_many_letters_are_set_by_several_processes_in_order_and_each_once(events, home, monkeypatch):
    from maille.web.campaigns import printing

    monkeypatch.setattr(printing, "FEW", 4)
    monkeypatch.setattr(printing, "BATCH", 6)
    event = events["Courrier d’annonce"]
    mailing = run(event)
    files = letter_files(event)
    texts = ["".join(page.extract_text() for page in PdfReader(file).pages) for file in files]
    assert (mailing.done, len(files)) == (15, 3)
    assert [sum(text.count(f"Identifiant {code}") > 0 for code in reasons(event)) for text in texts] == [6, 6, 3]
    assert run(event).total == 0


def test_asking_twice_is_one_sending(opening):
    first = start_mailing(opening, by="ines", at=timezone.now())
    assert start_mailing(opening, by="ines", at=timezone.now()) == first


def test_a_real_server_stops_the_sending_of_a_simulated_edition_with_a_sentence(opening, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    mailing = run(opening)
    assert mailing.state == "failed"
    assert "simulée" in mailing.problem


def test_letters_carry_a_fresh_code_and_the_former_one_opens_nothing(events, codes, tarare, home):
    mailing = run(events["Courrier d’annonce"])
    (file,) = letter_files(events["Courrier d’annonce"])
    text = "".join(page.extract_text() for page in PdfReader(file).pages)
    tarare.refresh_from_db()
    fresh = next(word.rstrip(".") for word in text.split("Tarare")[-1].split() if word.count("-") == 2)
    assert (mailing.state, mailing.done) == ("done", 15)
    assert Message.objects.filter(status="printed").count() == 15
    assert not tarare.accepts(codes["69243"])
    assert len(fresh) == 14
    assert Unit.objects.filter(edition=tarare.edition).count() == len(PdfReader(file).pages)
    assert any(unit.accepts(fresh) for unit in Unit.objects.all())
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_letter_that_cannot_be_written_changes_no_code(events, codes, tarare, monkeypatch):
    from maille.web.campaigns import printing

    monkeypatch.setattr(printing, "_replace_codes", lambda *_: (_ for _ in ()).throw(OSError))
    with pytest.raises(OSError):  # noqa: PT011
        run(events["Courrier d’annonce"])
    tarare.refresh_from_db()
    assert tarare.accepts(codes["69243"])
    assert not Message.objects.exists()
    assert not letter_files(events["Courrier d’annonce"])


def test_the_calendar_lists_every_kind_of_date(events):
    assert {event.kind for event in events.values()} == set(Event.Kind) - {Event.Kind.EXTENSION}
