import polars as pl
import pytest

import maille
from maille.catalogue import Draft, Step, Variable
from maille.pipeline import Run
from maille.pipeline.freshness import code_version

SOURCES = {"collect/one.py": "one = 1", "process/two.py": "two = 2"}


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Stand for the code that is installed: one file a room."""
    code = tmp_path / "code"
    for name, text in SOURCES.items():
        (code / name).parent.mkdir(parents=True)
        (code / name).write_text(text)
    monkeypatch.setattr(maille, "__file__", str(code / "__init__.py"))
    code_version.cache_clear()
    yield code
    code_version.cache_clear()


def made(name):
    return Draft(name, pl.DataFrame({"a": [1]}), "", (Variable(name="a", label="A"),), "source", "2025")


def test_code_edited_during_a_run_is_not_said_to_have_made_what_the_old_code_made(sources, tmp_path, monkeypatch):
    def edits_the_code(_materials):
        (sources / "process/two.py").write_text("two = 3")
        return [made("collected/one")]

    first = Step("collect.one", "", (), ("collected/one",), (), edits_the_code)
    then = Step("process.two", "", ("collected/one",), ("processed/two",), (), lambda _: [made("processed/two")])
    monkeypatch.setattr("maille.pipeline.run.all_steps", lambda _specs: (first, then))
    before = code_version("process")
    code_version.cache_clear()
    run = Run(tmp_path / "home", tmp_path / "specs")
    monkeypatch.setattr(run, "_require_valid_specs", lambda: None)
    assert run.run() == ["collect.one", "process.two"]
    assert run.store.card("processed/two").code_version == before
    code_version.cache_clear()
    assert code_version("process") != before
