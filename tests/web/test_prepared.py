from datetime import UTC, timedelta

import pytest
from django.db import IntegrityError, transaction

from maille.web.answers.models import PageEvent, Presence, SectionState
from maille.web.campaigns.models import Unit
from maille.web.prepared import Insert, Rows, Slot, Update

from .conftest import AT

pytestmark = pytest.mark.django_db
STATE = ("unit", "section", "revision", "saved_at")


@pytest.fixture
def put():
    return Insert(SectionState, STATE, unique=("unit", "section"), updated=("revision", "saved_at"))


@pytest.fixture
def states():
    return Rows(
        lambda: SectionState.objects.filter(unit_id=Slot(0)).order_by("section").values_list("section", "saved_at")
    )


def test_rows_are_those_of_django_dates_with_their_zone(tarare, put, states):
    put([(tarare.pk, "action", 1, AT), (tarare.pk, "moyens", 2, AT + timedelta(microseconds=7))])
    asked = SectionState.objects.filter(unit=tarare).order_by("section").values_list("section", "saved_at")
    assert states(tarare.pk) == [list(row) for row in asked]
    assert states(tarare.pk)[1][1] == AT + timedelta(microseconds=7)


def test_the_query_is_written_once_and_each_call_gives_the_rows_of_its_own_value(codes, put):
    first, second = Unit.objects.order_by("code")[:2]
    put([(first.pk, "action", 1, AT), (second.pk, "moyens", 1, AT)])
    written = []

    def build():
        written.append("once")
        return SectionState.objects.filter(unit_id=Slot(0)).values_list("section")

    rows = Rows(build)
    assert [rows(first.pk), rows(second.pk), rows(0), rows(first.pk)] == [[["action"]], [["moyens"]], [], [["action"]]]
    assert written == ["once"]


@pytest.mark.parametrize("value", ["' OR 1=1 --", "%s", "{{ 7 }}", '"; DROP TABLE answers_answer; --', "é\ue000\n"])
def test_a_value_is_never_read_as_a_query(tarare, put, value):
    named = Rows(lambda: SectionState.objects.filter(section=Slot(0)).values_list("section"))
    put([(tarare.pk, "action", 1, AT)])
    assert named(value) == []
    put([(tarare.pk, value, 1, AT)])
    assert named(value) == [[value]]
    assert SectionState.objects.count() == 2


def test_an_update_touches_only_its_rows_and_says_how_many(codes):
    first, second = Unit.objects.order_by("code")[:2]
    start = Update(
        lambda: Unit.objects.filter(pk=Slot(1)).exclude(status=Unit.Status.SUBMITTED),
        status=Unit.Status.STARTED,
        last_activity_at=Slot(0),
    )
    Unit.objects.filter(pk=second.pk).update(status=Unit.Status.SUBMITTED)
    assert [start(AT, first.pk), start(AT, second.pk), start(AT, 0)] == [1, 0, 0]
    first.refresh_from_db()
    assert (first.status, first.last_activity_at.astimezone(UTC)) == (Unit.Status.STARTED, AT)


def test_a_row_that_is_there_takes_what_is_updated_and_keeps_the_rest(tarare):
    come = Insert(
        Presence,
        ("unit", "section", "session", "author", "since", "seen_at"),
        unique=("unit", "section", "session"),
        updated=("seen_at",),
    )
    come([(tarare.pk, "action", "s", "répondant", AT, AT)])
    come([(tarare.pk, "action", "s", "claire", AT, AT + timedelta(minutes=1))])
    kept = Presence.objects.get()
    assert (kept.author, kept.seen_at) == ("répondant", AT + timedelta(minutes=1))


def test_more_rows_than_a_statement_may_hold_are_all_written(tarare, put):
    put((tarare.pk, f"section-{place}", place, AT) for place in range(600))
    assert list(SectionState.objects.order_by("revision").values_list("revision", flat=True)) == list(range(600))


def test_what_the_database_refuses_is_an_error_of_django(tarare, put):
    with pytest.raises(IntegrityError), transaction.atomic():
        put([(tarare.pk, "action", None, AT)])
    put([(tarare.pk, "action", 1, AT)])
    assert SectionState.objects.get().revision == 1


def test_nothing_to_write_writes_nothing(put):
    put([])
    assert not SectionState.objects.exists()


def test_an_absent_value_is_written_as_absent(tarare):
    fields = ("unit", "kind", "section", "question", "author_kind", "device", "at", "seconds")
    Insert(PageEvent, fields)([(tarare.pk, "open", "action", "", "owner", "phone", AT, None)])
    assert PageEvent.objects.get(seconds__isnull=True).at == AT
