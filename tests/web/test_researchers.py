"""From a request to a table that leaves: every act is decided by someone, signed by someone, and written down."""

import hashlib
import io
import re
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from maille.pipeline.research import Shown
from maille.web.accounts.access import ROLES
from maille.web.accounts.models import AuditEvent
from maille.web.researchers.checking import known_before
from maille.web.researchers.licence import licence
from maille.web.researchers.models import Access, Download, Output

from .attack_ground import body, doors, someone
from .researchers_cast import EDITION, FILE, answers, grant, signed_in, table

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.localdate() - timedelta(days=1)
ASKED = {
    "name": "Ada Lovelace", "email": "Ada@example.invalid", "institution": "Université", "position": "Chercheuse",
    "project": "Les CCAS ruraux", "purpose": "Comparer.", "universes": ["communes"], "months": "12",
}  # fmt: skip


@pytest.fixture
def staff(client, methodologist):
    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(content, name="table.csv", **more):
    given = {"universe": "communes", "title": "CCAS par taille", "description": "Article.", "measure": "count"}
    return given | {"file": SimpleUploadedFile(name, content)} | more


def test_a_request_goes_from_the_form_to_the_signed_licence(files, staff):
    visitor = Client()
    assert visitor.post("/chercheurs/demande/", ASKED).status_code == 200
    access = Access.objects.get()
    link = re.search(r"/chercheurs/demande/\S+", mail.outbox[0].body)[0]
    assert "Les CCAS ruraux" not in body(staff.get("/gestion/chercheurs/"))
    assert visitor.get(link).status_code == 200
    access.refresh_from_db()
    assert access.confirmed_at is None
    visitor.post(link)
    assert "Les CCAS ruraux" in body(staff.get("/gestion/chercheurs/"))
    decided = staff.post(f"/gestion/chercheurs/{access.pk}/", {"granted": "oui", "reasons": "Projet clair."})
    assert decided.status_code == 302
    access.refresh_from_db()
    assert access.user.username == "ada@example.invalid"
    assert [group.name for group in access.user.groups.all()] == ["chercheur"]
    assert "/connexion/mot-de-passe/" in mail.outbox[1].body
    researcher = signed_in(access.user)
    assert researcher.get(f"/chercheurs/espace/{access.pk}/fichiers/communes/{FILE}").status_code == 404
    assert researcher.post(f"/chercheurs/espace/{access.pk}/licence/", {"name": "Ada"}).status_code == 422
    researcher.post(f"/chercheurs/espace/{access.pk}/licence/", {"name": "Ada Lovelace", "read": "on"})
    access.refresh_from_db()
    content = (licence().version, licence().sha256)
    assert (access.licence_version, access.licence_sha256) == content
    assert access.signed_name == "Ada Lovelace"
    assert researcher.get(f"/chercheurs/espace/{access.pk}/fichiers/communes/{FILE}").status_code == 200
    whats = [event.what for event in AuditEvent.objects.order_by("when", "pk")]
    assert whats == ["demande confirmée", "accès chercheur accordé", "licence signée", "fichier téléchargé"]


def test_a_refused_request_makes_no_account_and_says_why(files, staff):
    access = grant(granted=None, user=None, signed_at=None, decided_at=None, expires_on=None)
    staff.post(f"/gestion/chercheurs/{access.pk}/", {"granted": "non", "reasons": "Le projet n’est pas décrit."})
    access.refresh_from_db()
    assert (access.granted, access.user) == (False, None)
    assert "Le projet n’est pas décrit." in mail.outbox[0].body


def test_a_decision_without_reasons_is_not_taken(files, staff):
    access = grant(granted=None, user=None, signed_at=None, expires_on=None)
    assert staff.post(f"/gestion/chercheurs/{access.pk}/", {"granted": "oui"}).status_code == 422
    access.refresh_from_db()
    assert access.granted is None


def test_an_account_of_the_staff_never_becomes_one_of_a_researcher(files, staff, methodologist):
    User.objects.filter(pk=methodologist.pk).update(email="ines@example.invalid")
    access = grant("ines", granted=None, user=None, signed_at=None, expires_on=None)
    User.objects.filter(username="ines@example.invalid").delete()
    answer = staff.post(f"/gestion/chercheurs/{access.pk}/", {"granted": "oui", "reasons": "Oui."})
    assert answer.status_code == 422
    assert "compte à part" in body(answer)


def test_each_download_is_written_down_with_its_print_and_the_file_is_as_it_was_made(files):
    access = grant()
    response = signed_in(access.user).get(f"/chercheurs/espace/{access.pk}/fichiers/communes/{FILE}")
    left = Download.objects.get()
    assert left.sha256 == hashlib.sha256(response.content).hexdigest()
    assert (left.who, left.file) == ("ada@example.invalid", FILE)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "state",
    [
        {"signed_at": None},
        {"expires_on": YESTERDAY},
        {"revoked_at": timezone.now()},
        {"granted": False},
        {"confirmed_at": None},
        {"universes": ["epci"]},
    ],
    ids=lambda state: next(iter(state)),
)
def test_an_access_that_does_not_hold_opens_no_file(files, state):
    access = grant(**state)
    assert signed_in(access.user).get(f"/chercheurs/espace/{access.pk}/fichiers/communes/{FILE}").status_code == 404
    assert Download.objects.count() == 0


def test_nobody_opens_the_file_or_the_output_of_another_researcher(files):
    mine, theirs = grant("ada"), grant("bob")
    output = Output.objects.create(
        access=theirs, universe="communes", title="T", description="D", measure="count", columns=["valeur"],
        rows=[["300"]], verdicts=[{"conditions": {}, "count": 300, "verdict": "ok", "reason": ""}],
        asked_at=timezone.now(), decision="released",
    )  # fmt: skip
    client = signed_in(mine.user)
    for path in (
        f"/chercheurs/espace/{theirs.pk}/fichiers/communes/{FILE}", f"/chercheurs/espace/{theirs.pk}/licence/",
        f"/chercheurs/espace/{theirs.pk}/sorties/", f"/chercheurs/espace/sorties/{output.pk}/",
        f"/chercheurs/espace/sorties/{output.pk}/sortie.csv",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("file", ["..%2fcard.json", "card.json", "data.parquet", "asco_2025_epci.csv", "é"])
def test_no_other_file_of_the_store_comes_out(files, file):
    access = grant()
    found = signed_in(access.user).get(f"/chercheurs/espace/{access.pk}/fichiers/communes/{file}")
    assert found.status_code == 404


def test_a_researcher_opens_the_restricted_area_and_nothing_of_the_staff(files, codes):
    client = signed_in(grant().user)
    for door in doors(file="report.pdf"):
        if door.audience.startswith("staff:"):
            status = client.get(door.path).status_code
            assert (status == 403) == (door.audience != "staff:chercheur"), door


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_the_staff_opens_the_restricted_area(files, role):
    client = someone(role)
    for door in doors(file="report.pdf"):
        if door.audience == "staff:chercheur":
            assert client.get(door.path).status_code == 403


def test_revoking_shuts_the_door_at_once_and_says_why(files, staff):
    access = grant()
    client = signed_in(access.user)
    path = f"/chercheurs/espace/{access.pk}/fichiers/communes/{FILE}"
    assert client.get(path).status_code == 200
    staff.post(f"/gestion/chercheurs/{access.pk}/retirer/", {"reasons": "Fin du contrat."})
    assert client.get(path).status_code == 404
    assert "Fin du contrat." in body(client.get("/chercheurs/espace/"))
    assert AuditEvent.objects.filter(what="accès chercheur retiré").count() == 1


def test_a_researcher_who_signs_in_lands_in_the_restricted_area(files, client):
    user = grant().user
    user.set_password("un mot de passe pour essayer")
    user.save()
    posted = {"username": user.username, "password": "un mot de passe pour essayer"}
    assert client.post("/connexion/", posted).headers["Location"] == "/chercheurs/espace/"


def test_the_second_factor_is_asked_of_researchers(files, settings):
    settings.MAILLE_STAFF_SECOND_FACTOR = True
    assert signed_in(grant().user).get("/chercheurs/espace/").headers["Location"] == "/connexion/second-facteur/"


def test_a_table_is_recomputed_judged_decided_then_leaves(files, staff):
    access = grant()
    client = signed_in(access.user)
    content = table(files, (1, 1), (1, 2), (2, 1), (2, 2))
    asked = client.post(f"/chercheurs/espace/{access.pk}/sorties/", upload(content))
    output = Output.objects.get()
    assert asked.headers["Location"] == f"/chercheurs/espace/sorties/{output.pk}/"
    assert [one["verdict"] for one in output.verdicts] == ["ok"] * 4
    csv = f"/chercheurs/espace/sorties/{output.pk}/sortie.csv"
    assert client.get(csv).status_code == 404
    staff.post(f"/gestion/chercheurs/sorties/{output.pk}/", {"decision": "released", "reasons": "Rien à redire."})
    left = client.get(csv).content.decode("utf-8-sig").splitlines()
    assert left == content.decode().splitlines()
    assert AuditEvent.objects.filter(what="sortie téléchargée").count() == 1


def test_what_leaves_in_part_says_secret_where_it_stays(files, staff):
    access = grant()
    content = f"tranche;ccas;valeur\n1;1;{answers(files).filter(tranche=1, ccas=1).height}\n1;2;77777\n".encode()
    signed_in(access.user).post(f"/chercheurs/espace/{access.pk}/sorties/", upload(content))
    output = Output.objects.get()
    assert [one["verdict"] for one in output.verdicts] == ["ok", "unsure"]
    staff.post(f"/gestion/chercheurs/sorties/{output.pk}/", {"decision": "partly", "reasons": "Une valeur est fausse."})
    left = signed_in(access.user).get(f"/chercheurs/espace/sorties/{output.pk}/sortie.csv").content.decode("utf-8-sig")
    assert left.splitlines()[2] == "1;2;secret"


def test_a_table_with_nothing_to_let_out_is_not_let_out_in_part(files, staff):
    access = grant()
    signed_in(access.user).post(f"/chercheurs/espace/{access.pk}/sorties/", upload(b"tranche;valeur\n1;77777\n"))
    output = Output.objects.get()
    answer = staff.post(f"/gestion/chercheurs/sorties/{output.pk}/", {"decision": "partly", "reasons": "Rien."})
    assert answer.status_code == 422
    assert "Aucune case ne peut sortir" in answer.content.decode()
    output.refresh_from_db()
    assert not output.decision


def test_what_another_researcher_took_out_is_known_when_a_table_is_judged(files, staff):
    first, second = grant("ada"), grant("bob")
    path = f"/chercheurs/espace/{first.pk}/sorties/"
    for bands in ((1,), (2,)):
        signed_in(first.user).post(path, upload(table(files, *((band, None) for band in bands))))
    taken = Output.objects.order_by("pk").first()
    staff.post(f"/gestion/chercheurs/sorties/{taken.pk}/", {"decision": "released", "reasons": "Oui."})
    asked = Output(access=second, universe="communes")
    assert known_before(asked) == [Shown("count", "", ({"tranche": 1},))]
    assert known_before(Output(access=second, universe="epci")) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("table.csv", b"tranche;valeur\n1;=1+1\n", "pas un nombre"),
        ("table.csv", b"inconnue;valeur\n1;12\n", "variable à modalités"),
        ("table.csv", b"tranche;valeur\n17;12\n", "modalité"),
        ("table.csv", b"tranche;effectif\n1;12\n", "valeur"),
        ("table.csv", b"tranche;valeur\n", "pas de ligne"),
        ("table.csv", b"\xff\xfe\x00", "UTF-8"),
        ("table.xlsm", b"PK", "ni un CSV ni un classeur"),
        ("table.xlsx", b"PK\x03\x04 tronque", "ne se lit pas"),
        ("table.csv", b"tranche;valeur\n" + b"1;1\n" * 500, "trop grande"),
        ("table.csv", b"a" * 1_000_001, "trop gros"),
    ],
)
def test_a_table_that_cannot_be_judged_is_refused_with_its_place(files, name, content, said):
    access = grant()
    answer = signed_in(access.user).post(f"/chercheurs/espace/{access.pk}/sorties/", upload(content, name))
    assert answer.status_code == 422
    assert said in body(answer).replace("\xa0", " ").replace("\u202f", " ")
    assert Output.objects.count() == 0


def test_a_workbook_is_read_and_a_macro_is_refused(files):
    access, book = grant(), openpyxl.Workbook()
    book.active.append(["tranche", "valeur"])
    book.active.append(["Moins de 500 habitants", answers(files).filter(tranche=1).height])
    written = io.BytesIO()
    book.save(written)
    client = signed_in(access.user)
    client.post(f"/chercheurs/espace/{access.pk}/sorties/", upload(written.getvalue(), "table.xlsx"))
    assert [one["verdict"] for one in Output.objects.get().verdicts] == ["ok"]
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    answer = client.post(f"/chercheurs/espace/{access.pk}/sorties/", upload(written.getvalue(), "table.xlsx"))
    assert "macro" in body(answer)


def test_an_average_needs_its_variable(files):
    access = grant()
    client = signed_in(access.user)
    path = f"/chercheurs/espace/{access.pk}/sorties/"
    assert "variable additionnée" in body(client.post(path, upload(b"valeur\n1\n", measure="mean")))
    rows = answers(files)
    mean = rows["depenses"].drop_nulls().mean()
    client.post(path, upload(f"valeur\n{mean:.2f}\n".encode(), measure="mean", variable="depenses"))
    assert [one["verdict"] for one in Output.objects.get().verdicts] == ["ok"]


def test_without_files_the_public_page_says_so_and_nothing_is_asked(client):
    assert "pas encore faits" in body(client.get("/chercheurs/"))
    assert client.post("/chercheurs/demande/", ASKED).status_code == 200
    assert (Access.objects.count(), EDITION) == (0, "asco-2025")
