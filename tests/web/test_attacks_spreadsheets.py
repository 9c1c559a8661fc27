"""Spreadsheets that leave hold no formula; spreadsheets that come in hold no harm, or are refused in a sentence."""

import csv
import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from maille.web.campaigns.models import Contact
from maille.web.hotline.models import CaseEvent

from .attack_ground import answering, doors, readers
from .campaign_cast import conduct
from .conftest import AT

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
FORMULAS = (
    '=HYPERLINK("https://ailleurs.example";"a")',
    "+33 1+cmd",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "%0A=1",
)
NUMBER = re.compile(r"([+-]?\d+([.,]\d+)?|%)$")


def book(**sheets):
    made, written = Workbook(), io.BytesIO()
    made.active.append(["identifiant", "nom", "courriel"])
    made.active.append(["69243", sheets.get("cell", "Claire"), "a@example.invalid"])
    made.save(written)
    return written.getvalue()


def with_part(content, name, part):
    written = io.BytesIO(content)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, part)
    return written.getvalue()


def spoilt(content, name, old, new):
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for one in source.infolist():
            part = source.read(one)
            target.writestr(one, part.replace(old, new) if one.filename == name else part)
    return written.getvalue()


def _hostile():
    sound = book()
    entity = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    return {
        "a bomb": with_part(sound, "xl/worksheets/sheet9.xml", b"0" * 16_000_000),
        "macros": with_part(sound, "xl/vbaProject.bin", b"x"),
        "macros by their type": spoilt(sound, "[Content_Types].xml", b"sheet.main+xml", b"sheet.macroEnabled.main+xml"),
        "external links": with_part(sound, "xl/externalLinks/externalLink1.xml", b"<a/>"),
        "an embedded object": with_part(sound, "xl/embeddings/oleObject1.bin", b"x"),
        "entities": spoilt(sound, "xl/workbook.xml", b"<workbook", entity + b"<workbook"),
        "a path that climbs only": with_part(b"PK\x05\x06" + b"\0" * 18, "../../secret-key", b"x"),
        "a thousand parts": _parts(sound),
        "a truncated archive": sound[: len(sound) // 2],
        "not an archive": b"PK\x03\x04" + b"x" * 500,
        "nothing but NUL": b"\0" * 5000,
        "an executable": b"MZ" + b"\0" * 500,
    }


def _parts(content):
    for number in range(450):
        content = content if number else with_part(content, "xl/0.xml", b"<a/>")
    written = io.BytesIO(content)
    with zipfile.ZipFile(written, "a") as archive:
        for number in range(1, 450):
            archive.writestr(f"xl/{number}.xml", b"<a/>")
    return written.getvalue()


HOSTILE = _hostile()


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence_at_both_doors(edition, codes, what):
    people = readers(codes)
    file = {"file": SimpleUploadedFile("classeur.xlsx", HOSTILE[what])}
    answers = people["owner"].post("/questionnaire/classeur/deposer/", file)
    file = {"fichier": SimpleUploadedFile("contacts.xlsx", HOSTILE[what])}
    contacts = people["staff"].post("/gestion/relances/contacts/fichier/", file)
    assert (answers.status_code, contacts.status_code) == (400, 422)
    for page in (answers.content.decode(), contacts.content.decode()):
        assert "Traceback" not in page
    assert not Contact.objects.exists()


def cells(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        for sheet in load_workbook(io.BytesIO(content)).worksheets:
            for row in sheet.iter_rows():
                yield from ((cell.value, cell.data_type) for cell in row if cell.value is not None)
    else:
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"):
            yield from ((cell, "s") for cell in row)


def test_no_cell_of_any_table_that_leaves_starts_a_formula(edition, codes, tarare, store):
    events = conduct(edition)
    for unit, text in zip(edition.units.order_by("code"), FORMULAS * 9, strict=False):
        type(unit).objects.filter(pk=unit.pk).update(name=text)
        unit.contacts.update(name=text, function=text, phone=text[:40], address=text)
        CaseEvent.record(unit, "note", who="=1+1", at=AT, text=text)
    owner = answering("69243", codes)
    owner.post("/repondre/section/moyens/", {"investissement": FORMULAS[0], "revision": "0"})
    people, tables, seen = readers(codes), 0, 0
    places = [{"pk": event.pk, "ending": ending} for event in events.values() for ending in ("csv", "xlsx")]
    for client in people.values():
        for door in {door.path: door for values in places for door in doors(**values)}.values():
            response = client.get(door.path)
            if response.status_code != 200 or not re.search("csv|spreadsheet", response.headers["Content-Type"]):
                continue
            tables += 1
            for value, kind in cells(response):
                own = door.name == "answers:workbook_file"
                assert kind != "f" or (own and "ailleurs" not in str(value)), (door, value)
                if isinstance(value, str) and not own:
                    seen += value.startswith("'")
                    assert not value.lstrip(" ").startswith(tuple("=+-@\t\r%|")) or NUMBER.match(value), (door, value)
    assert tables >= 5
    assert seen > 10
