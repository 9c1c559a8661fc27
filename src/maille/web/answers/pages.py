"""What every page of the questionnaire needs: the folder of the authority, the section asked, the shell."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone

from maille.specs import Questionnaire, Section
from maille.web.answers.folder import Folder
from maille.web.campaigns.models import Unit
from maille.web.campaigns.reading import seated_unit
from maille.web.campaigns.versions import once_a_version


@once_a_version
def _numbers(questionnaire: Questionnaire) -> dict[str, str]:
    return {question.name: question.number for question in questionnaire.variables()}


def folder_of(request: HttpRequest) -> Folder:
    """Return the folder of the authority that this session answers for."""
    return Folder.of(unit_of(request))


def unit_of(request: HttpRequest) -> Unit:
    """Return the authority that this session answers for, with the sections that a guest was given."""
    unit = seated_unit(request.seat.unit_id)
    if unit is None:
        raise Http404
    unit.sections_given = request.seat.sections
    return unit


def page_context(folder: Folder, **more: object) -> dict[str, object]:
    """Return what the templates of the respondent's shell read, and ``more``."""
    unit, edition = folder.unit, folder.unit.edition
    return {
        "unit": unit,
        "edition": edition,
        "simulated": edition.simulated,
        "questionnaire": folder.questionnaire,
        "numbers": _numbers(folder.questionnaire),
        "saved_at": folder.saved_at(),
        "days_left": (unit.closing - timezone.localdate()).days,
    } | more


def is_closed(folder: Folder) -> bool:
    return not folder.unit.is_open(timezone.localdate())


def section_of(request: HttpRequest, folder: Folder, section_id: str) -> Section:
    """Return the section that the address names; refuse one that this person was not invited to."""
    for section in folder.questionnaire.sections:
        if section.id == section_id:
            if not request.seat.may_open(section_id):
                raise PermissionDenied
            return section
    raise Http404
