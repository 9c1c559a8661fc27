"""Hostile texts in what leaves: papers and e-mails show them letter for letter, read no file, gain no header."""

import re
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from maille.specs import load_messages
from maille.web.accounts.models import Guest
from maille.web.answers.letters import tell_it_is_done
from maille.web.answers.saving import save_section
from maille.web.answers.sending import reopen, submit
from maille.web.campaigns.audience import reached
from maille.web.campaigns.mail import blanks_of, send
from maille.web.campaigns.models import Contact, Edition, Mailing, Unit
from maille.web.campaigns.printing import letter_files
from maille.web.campaigns.tasks import run_mailing

from .attack_ground import answering
from .campaign_cast import conduct
from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
ATTACK = '#read("/etc/passwd")#eval("40+2")$x$*b*<script>x</script>\\link[a](javascript:x){{7*7}}'
SHOWN = ("#read(", "/etc/passwd", "#eval(", "40+2", "$x$*b*", "<script>x</script>", "\\link[a](javascript", "{{7*7}}")
OWN_HEADERS = {
    *("Content-Type", "MIME-Version", "Content-Transfer-Encoding"),
    *("Subject", "From", "To", "Date", "Message-ID"),
}
HEADERS = "\r\nBcc: volee@example.invalid\nX-Attaque: 1\r\n\r\n<b>corps</b>"


@pytest.fixture
def hostile(complete, edition):
    """Tarare and its edition, whose every free text is hostile."""
    Edition.objects.filter(pk=edition.pk).update(title=f"Enquête {ATTACK}"[:200])
    conduct(Edition.objects.get(pk=edition.pk))
    Unit.objects.filter(pk=complete.pk).update(name=f"Tarare {ATTACK}"[:200])
    Contact.objects.filter(unit=complete).update(
        name=ATTACK[:140], function=ATTACK[:140], address=f"{ATTACK}\n69000 {ATTACK}"[:300]
    )
    texts = [q.name for q in complete.folder.questionnaire.variables() if q.kind == "text"]
    for section in complete.folder.questionnaire.sections:
        posted = COMPLETE[section.id] | {q.name: [ATTACK] for q in section.questions if q.name in texts}
        fresh = Unit.objects.select_related("edition").get(pk=complete.pk)
        save_section(fresh, section.id, posted, author="répondant", mode="web", at=AT)
    complete.answers.filter(variable="depenses").update(reason="other", remark=ATTACK)
    return Unit.objects.select_related("edition").get(pk=complete.pk)


def printed(pdf):
    """Return the text of a paper without its spaces; check that it holds neither an action nor another file."""
    reader = PdfReader(BytesIO(pdf))
    text = re.sub(r"[\s\u2060\u200b]", "", "".join(page.extract_text() for page in reader.pages))
    assert "root:x:" not in text
    assert not re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile|OpenAction)\b", pdf)
    for page in reader.pages:
        for note in page.get("/Annots") or []:
            assert "javascript" not in str(note.get_object().get("/A")).lower()
    return text


def missing(text):
    return [part for part in SHOWN if part not in text]


def test_a_receipt_shows_a_hostile_text_letter_for_letter(hostile, codes):
    submit(hostile, author=ATTACK[:140], mode="web", at=AT)
    owner = answering("69243", codes)
    assert missing(printed(owner.get("/questionnaire/recu.pdf").content)) == []
    reopen(hostile, author="répondant", reason=ATTACK, at=timezone.now())
    hostile = Unit.objects.select_related("edition").get(pk=hostile.pk)
    submit(hostile, author="répondant", mode="web", at=timezone.now())
    assert missing(printed(owner.get("/questionnaire/recu-2.pdf").content)) == []


def test_the_blank_paper_and_the_poster_read_no_file(hostile, codes, client, settings):
    settings.MAILLE_HELP_PHONE = ATTACK
    assert printed(answering("69243", codes).get("/questionnaire/vierge.pdf").content)
    assert missing(printed(client.get("/enquete/affiche.pdf").content)) == []


def test_a_letter_shows_a_hostile_name_and_address_letter_for_letter(hostile):
    letters = {one.name for one in load_messages(hostile.edition.messages_folder).values() if one.kind == "letter"}
    Contact.objects.filter(unit=hostile).update(bounced_at=timezone.now())
    Unit.objects.exclude(pk=hostile.pk).update(outcome="refusal")
    Unit.objects.filter(pk=hostile.pk).update(status="never_opened")
    planned = hostile.edition.events.filter(template__in=letters)
    event = next(one for one in planned if [r for r in reached(one, at=timezone.now()) if not r.refusal])
    mailing = Mailing.objects.create(event=event, by="ines", asked_at=timezone.now())
    run_mailing.call(mailing.pk)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.done) == ("done", 1)
    for file in letter_files(event):
        assert missing(printed(file.read_bytes())) == []


def emails_of(unit):
    return [one for one in load_messages(unit.edition.messages_folder).values() if one.kind == "email"]


def test_no_email_gains_a_header_a_recipient_or_a_part(hostile, mailoutbox):
    Unit.objects.filter(pk=hostile.pk).update(name=f"Tarare {HEADERS} {ATTACK}"[:200])
    Edition.objects.filter(pk=hostile.edition_id).update(title=f"Enquête{HEADERS}", weekly_cap=99)
    unit = Unit.objects.select_related("edition").get(pk=hostile.pk)
    own = dict.fromkeys(("nom", "qui", "sections", "jusqu_au", "lien", "etat", "code", "report"), HEADERS + ATTACK)
    templates = emails_of(unit)
    for template in templates:
        blanks = {name: HEADERS + ATTACK for name in template.blanks - set(blanks_of(unit))} | own
        send(unit, template.name, to="mairie@example.invalid", context=blanks, at=timezone.now())
    assert len(mailoutbox) == len(templates) >= 8
    for message in mailoutbox:
        made = message.message()
        assert set(made.keys()) <= {
            *(
                "Content-Type",
                "MIME-Version",
                "Content-Transfer-Encoding",
                "Subject",
                "From",
                "To",
                "Date",
                "Message-ID",
            ),
        }
        assert "\n" not in message.subject
        assert message.recipients() == ["mairie@example.invalid"]
        assert made.get_content_type() == "text/plain"
        assert not made.is_multipart()


def test_a_guest_with_a_hostile_name_adds_no_header(hostile, mailoutbox):
    person = hostile.respondents.create(name="Claire", email="claire@example.invalid", said_at=AT)
    guest = Guest(
        unit=hostile, name=f"Léa{HEADERS}", email="lea@example.invalid", sections=["moyens"], invited_by=person.author
    )
    tell_it_is_done(guest, complete=True, at=timezone.now())
    (message,) = mailoutbox
    assert "Bcc" not in message.message()
    assert message.recipients() == ["claire@example.invalid"]
    assert "<b>corps</b>" in message.body


def test_an_address_of_two_lines_receives_nothing(hostile, mailoutbox):
    with pytest.raises(ValueError, match="newline"):
        send(hostile, "lien", to="a@b.invalid\nBcc: c@example.invalid", context={"lien": "x"}, at=timezone.now())
    assert mailoutbox == []
