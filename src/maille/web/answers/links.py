"""A link sent by e-mail opens the questionnaire, for who no longer has the letter.

The page only notes what was asked: whether the address is known is looked for beside the site, so that neither the
answer nor its time tells who is a contact. The queue holds a print of the address, never the address.
"""

import hmac
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_tasks import task

from maille.web.accounts.access import Seat, anyone, take_seat
from maille.web.accounts.models import AuditEvent, Respondent, SignInLink
from maille.web.accounts.throttle import may_try, note_failure, remember
from maille.web.accounts.tokens import address_hash, draw_token, token_hash
from maille.web.answers.entry import door_of, latest_of
from maille.web.answers.forms import LinkForm
from maille.web.answers.letters import send_link
from maille.web.campaigns.models import Contact, Unit

HOLDS = timedelta(hours=1)
LINKS_AN_HOUR = 3
UNKNOWN = "lien inconnu"
QUEUE = "liens"
"""A queue of their own: a link that someone waits for never waits for twelve thousand letters."""


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def ask_link(request: HttpRequest) -> HttpResponse:
    """Send a link to a known address; the answer is the same whether or not anything is known."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        context = {"form": form, "has_errors": bool(form.errors), "section": "enquete"}
        return render(request, "answers/link-ask.html", context)
    code, email = form.cleaned_data["identifiant"], form.cleaned_data["email"]
    tried = f"lien {code}"
    if not may_try(request, tried):
        return render(request, "too-many.html", status=429)
    # Every request counts as a try, whatever it finds: the count tells nothing either.
    note_failure(request, tried, door=SignInLink)
    send_if_known.enqueue(code, address_hash(email), request.build_absolute_uri("/")[:-1])
    return render(request, "answers/link-sent.html", {"email": email, "section": "enquete"})


@task(queue_name=QUEUE)
def send_if_known(code: str, asked: str, site: str) -> None:
    """Send a link to the address of an authority that has this print, if it has one."""
    unit = latest_of(Unit.objects.filter(code=code).select_related("edition"))
    now = timezone.now()
    if unit is None or not unit.is_open(timezone.localdate(now)):
        return
    email = _known(unit, asked)
    if not email or SignInLink.objects.filter(unit=unit, created_at__gt=now - HOLDS).count() >= LINKS_AN_HOUR:
        return
    token = draw_token()
    SignInLink.objects.create(
        unit=unit, email=email, token_hash=token_hash(token), created_at=now, expires_at=now + HOLDS
    )
    send_link(unit, site + reverse("answers:open_link", args=[token]), to=email, at=now)


def _known(unit: Unit, asked: str) -> str:
    """Return the address of a contact or of a respondent, as it is kept, that has this print."""
    kept = [email for people in (unit.contacts, unit.respondents) for email in people.values_list("email", flat=True)]
    return next((email for email in kept if email and hmac.compare_digest(address_hash(email), asked)), "")


def _why_shut(link: SignInLink | None) -> str:
    if link is None:
        return "unknown"
    if link.used_at is not None:
        return "used"
    return "" if link.opens(timezone.now()) else "expired"


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only the button uses the link up, so that a robot that reads the mail does not."""
    if not may_try(request, UNKNOWN):
        return render(request, "too-many.html", status=429)
    link, now = SignInLink.of_link(token), timezone.now()
    why = _why_shut(link)
    if link is None:
        note_failure(request, UNKNOWN, door=SignInLink)
    if not why and link is not None and request.method == "POST":
        if link.use(now):
            return _come_in(request, link)
        why = "used"
    context = {"why": why, "link": link, "unit": link.unit if link else None, "section": "enquete"}
    response = render(request, "answers/link-open.html", context, status=410 if why else 200)
    response["Cache-Control"] = "no-store"
    return response


def _respondent(unit: Unit, contact: Contact, *, said_at: datetime) -> Respondent:
    """Return who a contact of the authority is, as if they had said it."""
    return Respondent.objects.create(
        unit=unit, name=contact.name, role=contact.function, email=contact.email, said_at=said_at
    )


def _come_in(request: HttpRequest, link: SignInLink) -> HttpResponse:
    now, person = timezone.now(), link.unit.respondents.filter(email__iexact=link.email).first()
    if person is None:
        contact = link.unit.contacts.filter(email__iexact=link.email).exclude(name="").first()
        person = contact and _respondent(link.unit, contact, said_at=now)
    take_seat(request, Seat(link.unit_id, person.author, name=person.shown) if person else Seat(link.unit_id))
    AuditEvent.record("répondant", "connexion par lien", at=now, unit=link.unit.code)
    response = redirect("answers:hub")
    remember(request, response, door_of(link.unit.code))
    return response
