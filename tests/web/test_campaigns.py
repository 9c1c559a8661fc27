import polars as pl
import pytest

from maille.web.campaigns.bands import band_label, band_rank
from maille.web.campaigns.codes import code_hash, draw_code
from maille.web.campaigns.loading import load_sample
from maille.web.campaigns.models import Unit

from .conftest import SAMPLE

pytestmark = pytest.mark.django_db


def test_a_sample_is_loaded_with_a_code_for_each_unit(codes):
    assert set(codes) == set(SAMPLE["unit"])
    tarare = Unit.objects.get(code="69243")
    assert (tarare.name, tarare.population, tarare.status) == ("Tarare", 10603, "never_opened")
    assert tarare.accepts(codes["69243"])
    assert not tarare.accepts(codes["69149"])


def test_the_code_itself_is_nowhere_in_the_database(codes):
    rows = str(list(Unit.objects.values()))
    assert not any(code in rows or code.replace("-", "") in rows for code in codes.values())


def test_a_code_is_read_however_it_is_typed():
    code = "ABCD-EFOI-23BZ"
    assert code_hash(code) == code_hash(" abcd efoi 23bz ") == code_hash("ABCDEF0123BZ".replace("23", "23"))
    assert code_hash(code) != code_hash("ABCD-EFOI-23BY")
    assert len({draw_code() for _ in range(200)}) == 200


def test_the_former_code_opens_nothing_once_replaced(codes):
    tarare = Unit.objects.get(code="69243")
    fresh = tarare.replace_code()
    tarare.refresh_from_db()
    assert tarare.accepts(fresh)
    assert not tarare.accepts(codes["69243"])


def test_loading_again_keeps_the_state_of_a_unit(codes, edition):
    Unit.objects.filter(code="69243").update(status="submitted")
    load_sample(SAMPLE, edition)
    assert Unit.objects.get(code="69243").status == "submitted"
    assert Unit.objects.count() == SAMPLE.height


def test_twelve_thousand_units_are_loaded_in_a_few_queries(edition, django_assert_max_num_queries):
    table = pl.concat([SAMPLE.head(1)] * 12_000).with_columns(unit=pl.int_range(12_000).cast(pl.String).str.zfill(5))
    with django_assert_max_num_queries(300):
        codes = load_sample(table, edition)
    assert len(codes) == Unit.objects.count() == 12_000


def test_bands_are_ordered_by_size_and_written_in_french():
    codes = ["5000_9999", "10000_plus", "moins_500", "500_1499"]
    assert sorted(codes, key=band_rank) == ["moins_500", "500_1499", "5000_9999", "10000_plus"]
    assert [band_label(code) for code in ("moins_500", "500_1499", "10000_plus", "CA")] == [
        "Moins de 500",
        "500 à 1\u202f499",
        "10\u202f000 et plus",
        "CA",
    ]


def test_without_an_edition_the_staff_are_told_what_to_do(client, methodologist):
    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    assert "maille run" in client.get("/gestion/").content.decode()
