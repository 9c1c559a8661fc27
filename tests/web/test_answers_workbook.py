"""Filling offline: what a clerk downloads, uploads, sees and accepts; what is refused; what never changes unseen."""

import io
import zipfile

import openpyxl
import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maille.web.answers.models import Answer, FormerAnswer, PageEvent, WorkbookUpload
from maille.web.answers.saving import save_section

from .conftest import AT, WIDTHS

BOOK, FILE, UPLOAD = "/questionnaire/classeur/", "/questionnaire/classeur/fichier/", "/questionnaire/classeur/deposer/"
CHECK, DROP = "/questionnaire/classeur/verifier/", "/questionnaire/classeur/abandonner/"


def downloaded(client):
    response = client.get(FILE)
    assert response.status_code == 200
    return response.content


def edited(content, **values):
    """The workbook with other values in the answer column of these rows; a key may be « name=code »."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book.worksheets[:-2]:
        for (key,) in sheet.iter_rows(max_col=1):
            if key.value in values:
                sheet[f"D{key.row}"] = values[key.value]
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def upload(client, content, name="classeur.xlsx"):
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})


def accept(client, page=None, *, taken=None):
    """Accept what the page offers, or only some of it, with the revisions that the page showed."""
    shown = page or client.get(CHECK)
    rows = [change for _section, changes in shown.context["changes"] for change in changes]
    chosen = [change.question.name for change in rows if not change.newer] if taken is None else taken
    revisions = {f"revision-{section}": revision for section, revision in shown.context["revisions"]}
    return client.post(CHECK, {"prendre": chosen, **revisions})


def held(unit):
    rows = Answer.objects.filter(unit=unit).exclude(state__in=["empty", "not_applicable"])
    return {answer.variable: (answer.value, answer.state) for answer in rows}


def test_a_clerk_fills_the_workbook_sees_what_it_changes_and_accepts_it(clerk, tarare):
    content = edited(
        downloaded(clerk), **{"ccas": "Oui", "menages_aides": 132, "partenaires=caf": "x", "action": "Oui"}
    )
    assert upload(clerk, content)["Location"] == CHECK
    assert held(tarare) == {}
    page = clerk.get(CHECK)
    assert page.context["count"] == 4
    assert "Ce classeur change 4 réponses" in page.content.decode()
    assert accept(clerk, page)["Location"] == BOOK + "?repris=4"
    assert held(tarare) == {
        "ccas": ("oui", "answered"),
        "menages_aides": ("132", "answered"),
        "partenaires": ("caf", "answered"),
        "action": ("oui", "answered"),
    }
    assert set(Answer.objects.filter(unit=tarare).values_list("mode", flat=True)) == {"workbook"}
    assert not WorkbookUpload.objects.exists()
    assert PageEvent.objects.filter(unit=tarare, kind="upload").count() == 1
    assert "4 réponses du classeur sont reprises" in clerk.get(BOOK + "?repris=4").content.decode()


def test_a_workbook_that_was_not_touched_changes_nothing(clerk, complete):
    upload(clerk, downloaded(clerk))
    assert "Ce classeur ne change rien" in clerk.get(CHECK).content.decode()


NASTY = ["=1+1", "+33", "-2", "@A1", "\t=2", "<script>x</script>", "é\u202fœ 漢 🎉"]
nasty = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=nasty, number=st.integers(0, 10**9), etp=st.decimals(0, 10**5, places=3), unknown=st.booleans())
def test_what_was_filled_on_the_site_comes_back_the_same_from_the_workbook(clerk, complete, text, number, etp, unknown):
    moyens = {"etp": [f"{etp:f}"], "depenses": [str(number)], "remarques": [text]}
    moyens |= {"benevoles__unknown": ["1"]} if unknown else {"benevoles": ["0"]}
    complete.__dict__.pop("folder", None)
    save_section(complete, "moyens", moyens, author="répondant", mode="web", at=AT)
    before = held(complete)
    content = downloaded(clerk)
    Answer.objects.filter(unit=complete).delete()
    FormerAnswer.objects.filter(unit=complete).delete()
    upload(clerk, content)
    accept(clerk)
    assert before
    assert held(complete) == before


def test_only_the_answers_that_stay_ticked_are_taken_and_the_rest_stands(clerk, complete):
    before = held(complete)
    upload(clerk, edited(downloaded(clerk), ccas="Non", cap="Oui"))
    accept(clerk, taken=["cap"])
    assert held(complete) == before | {"cap": ("oui", "answered")}


def test_the_reason_of_an_answer_that_does_not_change_is_kept(clerk, complete):
    Answer.objects.filter(unit=complete, variable="montant_aides").update(reason="exact", remark="vérifié")
    upload(clerk, edited(downloaded(clerk), cap="Oui"))
    accept(clerk)
    kept = Answer.objects.get(unit=complete, variable="montant_aides")
    assert (kept.reason, kept.remark) == ("exact", "vérifié")


def test_an_answer_changed_on_the_site_since_the_download_is_shown_and_not_ticked(clerk, complete):
    content = edited(downloaded(clerk), cap="Oui")
    complete.__dict__.pop("folder", None)
    save_section(complete, "action", {"action": ["non"]}, author="Léa", mode="web", at=AT)
    upload(clerk, content)
    page = clerk.get(CHECK)
    newer = {c.question.name: c.newer for _s, rows in page.context["changes"] for c in rows}
    assert newer["cap"] is False
    assert newer["action"] is True
    assert "le site est plus récent" in page.content.decode()
    accept(clerk, page)
    assert held(complete)["action"] == ("non", "answered")


def test_what_changes_between_the_page_and_the_decision_is_put_to_the_choice(clerk, complete):
    upload(clerk, edited(downloaded(clerk), menages_aides=200))
    page = clerk.get(CHECK)
    complete.__dict__.pop("folder", None)
    save_section(complete, "prestations", {"menages_aides": ["300"]}, author="Léa", mode="web", at=AT)
    assert accept(clerk, page)["Location"] == "/repondre/section/prestations/conflit/"
    assert held(complete)["menages_aides"] == ("300", "answered")
    assert "200" in clerk.get("/repondre/section/prestations/conflit/").content.decode()


def test_a_cell_that_cannot_be_read_is_named_and_changes_nothing(clerk, complete):
    upload(clerk, edited(downloaded(clerk), menages_aides="=1+1", cap="Peut-être"))
    text = clerk.get(CHECK).content.decode()
    assert "2 cases ne peuvent pas être lues" in text
    assert "colonne D" in text
    assert "contient une formule" in text
    assert "Ce classeur ne change rien" in text


def test_refusing_a_workbook_forgets_it(clerk, complete):
    before = held(complete)
    upload(clerk, edited(downloaded(clerk), cap="Oui"))
    assert clerk.post(DROP)["Location"] == BOOK
    assert not WorkbookUpload.objects.exists()
    assert clerk.get(CHECK)["Location"] == BOOK
    assert held(complete) == before


def macro():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"):
            archive.writestr(name, "<a/>")
    return content.getvalue()


REFUSED = {
    "nothing": (b"", "Ce fichier est vide"),
    "a text": (b"bonjour", "n’est pas un classeur Excel"),
    "macros": (macro(), "contient des macros"),
    "too much": (b"0" * 5_000_001, "dépasse 5 Mo"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_refuses_with_a_sentence_and_the_field_in_error(clerk, what):
    content, message = REFUSED[what]
    response = upload(clerk, content)
    text = response.content.decode().replace("\u00a0", " ")
    assert response.status_code == 400
    assert message in text
    assert 'role="alert"' in text
    assert not WorkbookUpload.objects.exists()


def test_the_workbook_of_another_authority_is_refused(clerk, client, codes):
    content = downloaded(clerk)
    client.post("/repondre/", {"identifiant": "69001", "code": codes["69001"]})
    response = upload(client, content)
    assert response.status_code == 400
    assert "celui d’une autre collectivité" in response.content.decode()


def test_the_name_of_the_file_is_not_repeated(clerk):
    response = upload(clerk, b"x", name='"><script>alert(1)</script>.xlsx')
    assert "alert(1)" not in response.content.decode()


def test_a_body_announced_as_enormous_is_refused_unread(clerk):
    response = clerk.post(UPLOAD, b"--x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=10**9)
    assert response.status_code == 413
    assert not WorkbookUpload.objects.exists()


@pytest.mark.parametrize("address", [BOOK, FILE, CHECK])
def test_nobody_opens_the_workbook_without_the_code_of_the_authority(client, db, address):
    assert client.get(address)["Location"].startswith("/repondre/")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_the_workbook_is_accessible(live_server, open_page, faults, *, codes, client, width):
    client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    content = edited(downloaded(client), ccas="Oui", menages_aides="=1+1", remarques="une ligne")
    page = open_page(width)
    session = client.cookies[site.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.goto(live_server.url + BOOK)
    assert faults(page) == []
    page.get_by_role("button", name="Déposer et vérifier").click()
    assert page.get_by_role("alert").is_visible()
    assert faults(page) == []
    page.get_by_label("Le classeur rempli").set_input_files({"name": "a.xlsx", "mimeType": "x/y", "buffer": content})
    page.get_by_role("button", name="Déposer et vérifier").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Ce classeur change 2 réponses"
    assert faults(page) == []
    page.get_by_role("button", name="Reprendre les réponses cochées").click()
    assert "2 réponses du classeur sont reprises" in page.get_by_role("status").last.inner_text()
    assert faults(page) == []
