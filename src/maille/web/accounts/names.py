"""The names behind the authors of answers: personal data, kept apart from answers and purged with the contacts."""

from maille.web.accounts.models import Guest, Respondent


def names_of(unit_id: int) -> dict[str, str]:
    """Return the name of each author who said it, keyed as ``author`` is written with answers."""
    people = (*Respondent.objects.filter(unit_id=unit_id), *Guest.objects.filter(unit_id=unit_id))
    return {person.author: person.name for person in people}


def name_of(unit_id: int, author: str, *, with_role: bool = False) -> str:
    """Return the name of an author, or « Une personne de votre équipe » when it was never said."""
    people = (*Respondent.objects.filter(unit_id=unit_id), *Guest.objects.filter(unit_id=unit_id))
    found = next((person for person in people if person.author == author), None)
    if found is None:
        return "Une personne de votre équipe"
    return found.shown if with_role else found.name
