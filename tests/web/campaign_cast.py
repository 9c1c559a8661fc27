"""A conducted edition: its calendar planned, a contact for each authority."""

from maille.web.campaigns.calendar import plan_calendar
from maille.web.campaigns.models import Contact, Unit

from .conftest import AT


def conduct(edition):
    events = {event.label: event for event in plan_calendar(edition)}
    Contact.objects.bulk_create(
        Contact(
            unit=unit,
            name=f"Claire Vasseur {unit.code}",
            email=f"mairie-{unit.code}@example.invalid",
            phone=f"04 00 00 {unit.code[-4:]}",
            address="1 place de la Mairie\n69000 Ville",
            source="essai.csv",
            imported_at=AT,
        )
        for unit in Unit.objects.filter(edition=edition)
    )
    return events
