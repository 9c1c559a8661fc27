"""« Vous êtes… »: the person who answers says their name once; answers keep a mark, the name is kept apart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maille.web.accounts.access import Seat, owner, take_seat
from maille.web.accounts.models import Respondent
from maille.web.answers.forms import WhoForm
from maille.web.answers.pages import folder_of, page_context


def _next(request: HttpRequest) -> str:
    return "answers:invitations" if request.GET.get("suite") == "inviter" else "answers:hub"


def be(request: HttpRequest, person: Respondent) -> None:
    """Give this session the mark and the name of a person."""
    take_seat(request, Seat(person.unit_id, person.author, name=person.shown))


@owner
@require_http_methods(["GET", "HEAD", "POST"])
def who(request: HttpRequest) -> HttpResponse:
    """Ask who answers: someone who said it before, or someone new."""
    folder = folder_of(request)
    if request.seat.kind == "agent":
        return redirect("answers:hub")
    known = list(folder.unit.respondents.order_by("-said_at")[:8])
    again = next((one for one in known if str(one.pk) == request.POST.get("person")), None)
    form = WhoForm(request.POST if request.method == "POST" and "person" not in request.POST else None)
    if again is None and form.is_bound and form.is_valid():
        again = _remember(folder.unit.pk, known, form.cleaned_data)
    if again is not None:
        be(request, again)
        return redirect(_next(request))
    context = page_context(folder, form=form, known=known, has_errors=bool(form.errors))
    return render(request, "answers/who.html", context | {"before_inviting": _next(request) != "answers:hub"})


def _remember(unit_id: int, known: list[Respondent], said: dict[str, str]) -> Respondent:
    """Keep what was said; the same name again is the same person, with this function and this address."""
    same = next((one for one in known if one.name.casefold() == said["name"].casefold()), None)
    person = same or Respondent(unit_id=unit_id)
    person.name, person.role, person.said_at = said["name"], said["role"], timezone.now()
    person.email = said["email"] or person.email
    person.save()
    return person
