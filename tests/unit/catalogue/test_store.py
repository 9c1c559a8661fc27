"""A dataset is written whole or not at all, and tells when somebody touched it."""

import os
import stat
import subprocess
import sys
import textwrap

import polars as pl
import pytest

from maille.catalogue import (
    Confidentiality,
    DatasetAltered,
    DatasetInvalid,
    DatasetNotFound,
    Draft,
    StorageRefused,
    Store,
    Variable,
)


def draft(name="processed/x", values=(1, 2), **given) -> Draft:
    return Draft(
        name=name,
        table=pl.DataFrame({"n": list(values)}),
        title="Nombres",
        variables=(Variable(name="n", label="Nombre", kind="integer"),),
        source="essai",
        vintage="2026",
        **given,
    )


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "datasets")


def test_what_is_written_is_read_back_with_its_card(store):
    card = store.write(draft(files={"x.csv": b"n\n1\n2\n"}))
    dataset = store.read("processed/x")
    assert dataset.table["n"].to_list() == [1, 2]
    assert dataset.card == card
    assert store.file("processed/x", "x.csv") == b"n\n1\n2\n"


def test_the_same_draft_gives_the_same_bytes(store, tmp_path):
    first = store.write(draft())
    assert Store(tmp_path / "other").write(draft()).checksum == first.checksum


def test_a_truncated_dataset_is_refused_by_name(store):
    store.write(draft())
    path = next(store.folder("processed/x").glob("data.*.parquet"))
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DatasetAltered, match=r"processed/x/data\..*parquet"):
        store.read("processed/x")


def test_an_altered_companion_file_is_refused_by_name(store):
    store.write(draft(files={"x.csv": b"n\n1\n"}))
    store.file_path("processed/x", "x.csv").write_bytes(b"n\n9\n")
    with pytest.raises(DatasetAltered, match=r"x\..*csv"):
        store.check("processed/x")


def test_a_missing_dataset_says_how_to_make_it(store):
    with pytest.raises(DatasetNotFound, match="maille plan"):
        store.read("processed/absent")


def test_an_unreadable_card_is_refused_by_name(store):
    store.write(draft())
    (store.folder("processed/x") / "card.json").write_text('{"name": ')
    with pytest.raises(DatasetAltered, match=r"card\.json"):
        store.card("processed/x")


def test_a_new_version_replaces_the_files_of_the_old_one(store):
    store.write(draft(values=(1,), files={"x.csv": b"1"}))
    store.write(draft(values=(2,)))
    assert len(list(store.folder("processed/x").iterdir())) == 2


def test_collected_data_keep_every_version(store):
    store.write(draft("collected/e/answers", values=(1,)))
    store.write(draft("collected/e/answers", values=(2,)))
    assert len(list(store.folder("collected/e/answers").glob("data.*"))) == 2
    assert store.read("collected/e/answers").table["n"].to_list() == [2]


def test_a_child_is_as_confidential_and_as_simulated_as_its_strictest_parent(store):
    store.write(draft("a/open", confidentiality=Confidentiality.OPEN))
    store.write(draft("a/secret", confidentiality=Confidentiality.SECRET, simulated=True))
    card = store.write(draft("a/child"), parents=["a/open", "a/secret"])
    assert card.confidentiality == Confidentiality.SECRET
    assert card.simulated


def test_only_a_step_with_the_right_may_lower_confidentiality(store):
    store.write(draft("a/secret", confidentiality=Confidentiality.SECRET))
    opened = draft("a/child", confidentiality=Confidentiality.OPEN)
    with pytest.raises(DatasetInvalid, match=r"analyse/protect\.py"):
        store.write(opened, parents=["a/secret"])
    assert store.write(opened, parents=["a/secret"], lowers=True).confidentiality == Confidentiality.OPEN


def test_ancestry_names_every_ancestor_once_parents_first(store):
    store.write(draft("a/1"))
    store.write(draft("a/2"), parents=["a/1"])
    card = store.write(draft("a/3"), parents=["a/1", "a/2"])
    assert [ancestor.name for ancestor in card.ancestry] == ["a/1", "a/2"]


def test_columns_without_description_are_refused(store):
    with pytest.raises(DatasetInvalid, match="variables"):
        store.write(
            Draft(name="a/b", table=pl.DataFrame({"n": [1]}), title="", variables=(), source="", vintage="2026")
        )


def test_a_read_only_folder_is_one_clear_sentence(tmp_path):
    if os.geteuid() == 0:
        # The superuser writes anywhere: a file in the folder's place is refused to everyone.
        (tmp_path / "blocked").write_text("")
    else:
        (tmp_path / "blocked").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StorageRefused, match="blocked"):
        Store(tmp_path / "blocked").write(draft())


def test_a_full_disk_is_one_clear_sentence_and_leaves_nothing(store, monkeypatch):
    store.write(draft(values=(1,)))
    monkeypatch.setattr(os, "fsync", raise_full)
    with pytest.raises(StorageRefused, match="le disque est plein"):
        store.write(draft(values=(2,)))
    monkeypatch.undo()
    assert store.read("processed/x").table["n"].to_list() == [1]
    assert not list(store.folder("processed/x").glob("*.partial"))


def raise_full(_descriptor):
    raise OSError(28, "No space left on device")


def test_a_killed_writer_leaves_the_old_version_whole(store, tmp_path):
    store.write(draft(values=(1,)))
    program = textwrap.dedent(f"""
        import os, signal, polars as pl
        from pathlib import Path
        from maille.catalogue import Draft, Store, Variable
        os.fsync = lambda _descriptor: os.kill(os.getpid(), signal.SIGKILL)
        Store(Path({str(tmp_path / "datasets")!r})).write(Draft(
            name="processed/x", table=pl.DataFrame({{"n": [2]}}), title="", source="", vintage="2026",
            variables=(Variable(name="n", label="n", kind="integer"),)))
    """)
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert store.check("processed/x").rows == 1
    store.write(draft(values=(3,)))
    assert not list(store.folder("processed/x").glob(".*partial"))
