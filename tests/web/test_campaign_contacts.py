import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from maille.web.campaigns.contacts import ContactsUnreadable, accept, check, guess, read_table
from maille.web.campaigns.models import Contact, Unit
from maille.web.exports import xlsx_bytes

from .conftest import AT

pytestmark = pytest.mark.django_db

HEADER = "Code INSEE;Nom;Fonction;Courriel;Téléphone;Adresse;CP;Ville"
GOOD = "69243;Claire Vasseur;DGS;mairie@example.invalid;04 00 00 00 01;1 place de l’Hôtel;69170;Tarare"


def reported(edition, content):
    table = read_table(content)
    return check(table, guess(table.headers), edition=edition, source="essai.csv", at=AT)


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8", ";"), ("utf-8-sig", ","), ("cp1252", ";"), ("cp1252", "\t")]
)
def test_a_file_is_read_in_the_encoding_and_with_the_separator_that_it_has(codes, edition, encoding, separator):
    text = f"{HEADER}\r\n{GOOD}\r\n".replace("’", "'").replace(";", separator)
    report = reported(edition, text.encode(encoding))
    assert report.remarks == []
    assert report.contacts[0].address == "1 place de l'Hôtel\n69170 Tarare"
    assert len(report.missing) == 14


def test_a_workbook_is_read_with_codes_as_text(codes, edition):
    Unit.objects.filter(code="69001").update(code="01001")
    book, stream = Workbook(), io.BytesIO()
    book.active.append(["identifiant", "courriel"])
    book.active.append([1001, "affoux@example.invalid"])
    book.save(stream)
    report = reported(edition, stream.getvalue())
    assert report.contacts[0].unit.code == "01001"
    assert (report.remarks[0].row, report.remarks[0].refused) == (2, False)


def test_each_fault_is_told_with_its_row_and_column(codes, edition):
    rows = [
        HEADER,
        GOOD,
        GOOD,
        "99999;X;;x@example.invalid;;;;",
        "69001;X;;pas une adresse;;;;",
        "69002;X;;maire@vraie.fr;;;;",
        ";X;;;;;;",
    ]
    report = reported(edition, "\n".join(rows).encode())
    found = {(remark.row, remark.column): remark.message for remark in report.remarks}
    assert set(found) == {
        (3, "Code INSEE"),
        (4, "Code INSEE"),
        (5, "Courriel"),
        (6, "Courriel"),
        (7, "Code INSEE"),
    }
    assert "99999" in found[4, "Code INSEE"]
    assert len(report.contacts) == 1
    assert report.refused == 5


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"seul titre", b"PK\x03\x04 abime"])
def test_what_is_not_a_table_is_refused(content):
    from maille.errors import UserError

    with pytest.raises(UserError):
        read_table(content)
    assert issubclass(ContactsUnreadable, UserError)


def test_accepting_again_replaces_and_keeps_a_bounce_of_the_same_address_only(codes, edition):
    accept(reported(edition, f"{HEADER}\n{GOOD}".encode()))
    Contact.objects.update(bounced_at=AT)
    accept(reported(edition, f"{HEADER}\n{GOOD}".encode()))
    assert Contact.objects.get().bounced_at == AT
    accept(reported(edition, f"{HEADER}\n{GOOD.replace('mairie@', 'neuf@')}".encode()))
    contact = Contact.objects.get()
    assert (contact.email, contact.bounced_at) == ("neuf@example.invalid", None)


@pytest.fixture
def manager(client, db):
    from django.contrib.auth.models import Group, User

    user = User.objects.create_user("gaston", password="un mot de passe pour essayer")
    user.groups.add(Group.objects.get_or_create(name="gestionnaire")[0])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def uploaded(text, name="contacts.csv"):
    return {"fichier": SimpleUploadedFile(name, text.encode())}


def test_a_file_is_looked_at_then_accepted_then_gone(manager, codes, edition, home):
    page = manager.post("/gestion/relances/contacts/fichier/", uploaded(f"{HEADER}\n{GOOD}", "<b>=x.csv"))
    assert not Contact.objects.exists()
    assert "<b>" not in page.content.decode().split("<main")[1].split("</main")[0].replace("<button", "")
    token = page.context["token"]
    posted = {"jeton": token, "nom": "contacts.csv", "geste": "accepter"}
    posted |= {f"colonne-{name}": place for name, _label, place in page.context["fields"] if place >= 0}
    done = manager.post("/gestion/relances/contacts/decision/", posted, follow=True)
    assert "1 contacts sont enregistrés" in done.content.decode()
    assert Contact.objects.get().unit.code == "69243"
    assert list((home / "imports").iterdir()) == []


@pytest.mark.parametrize("token", ["", "../secret-key", "a" * 43, "../" * 14 + "x"])
def test_a_token_is_never_a_path(manager, codes, edition, token):
    answer = manager.post("/gestion/relances/contacts/decision/", {"jeton": token, "geste": "oublier"})
    assert answer.status_code == 422


def test_addresses_that_bounced_are_marked(manager, codes, edition):
    accept(reported(edition, f"{HEADER}\n{GOOD}".encode()))
    manager.post("/gestion/relances/contacts/retours/", {"adresses": "<Mairie@example.invalid>, autre@example.invalid"})
    assert Contact.objects.get().bounced_at is not None


def test_no_contact_becomes_a_formula_in_what_leaves(manager, codes, edition):
    evil = '=HYPERLINK("http://x")'
    accept(reported(edition, f"{HEADER}\n{GOOD}".encode()))
    Contact.objects.update(name=evil, function="@SUM(1)")
    text = manager.get("/gestion/relances/contacts.csv").content.decode("utf-8-sig")
    assert "\"'=HYPERLINK" in text
    sheet = load_workbook(io.BytesIO(manager.get("/gestion/relances/contacts.xlsx").content)).active
    assert [cell.data_type for cell in sheet[2] if cell.value] == ["s"] * len([c for c in sheet[2] if c.value])
    assert sheet["D2"].value == f"'{evil}"


def test_a_workbook_that_leaves_holds_no_formula_and_keeps_numbers():
    sheet = load_workbook(io.BytesIO(xlsx_bytes(["a", "=b"], [["+1+1", 2.5], ["http://x", None]]))).active
    assert [[cell.value for cell in row] for row in sheet.rows] == [["a", "'=b"], ["'+1+1", 2.5], ["http://x", None]]
    assert {cell.data_type for row in sheet.rows for cell in row} <= {"s", "n"}


@pytest.mark.parametrize("role", ["assistance", "observateur"])
def test_contacts_are_for_managers_only(client, codes, edition, role):
    from django.contrib.auth.models import Group, User

    user = User.objects.create_user("autre", password="un mot de passe pour essayer")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for address in ("", "contacts/", "contacts.csv", "journal/", "prolonger/", "effacer/"):
        assert client.get(f"/gestion/relances/{address}").status_code == 403
