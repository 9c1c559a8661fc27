"""Several editions live in one house: their steps never take each other's names."""

import shutil
from pathlib import Path

import pytest

from maille.pipeline import Run, UnknownStep, all_steps, ordered

SPECS = Path(__file__).parents[3] / "specs"


@pytest.fixture
def two_editions(tmp_path):
    """The specifications with a second edition, a copy of the first under another name."""
    specs = shutil.copytree(SPECS, tmp_path / "specs")
    for path in sorted(specs.glob("*/asco-2025*")):
        other = path.with_name(path.name.replace("asco-2025", "asco-2026"))
        shutil.copytree(path, other) if path.is_dir() else shutil.copy(path, other)
    for path in specs.rglob("*"):
        if path.is_file() and "asco-2026" in str(path.relative_to(specs)):
            path.write_text(path.read_text().replace("edition: asco-2025", "edition: asco-2026"))
    return specs


def test_two_editions_have_each_their_steps(two_editions):
    steps = all_steps(two_editions)
    assert len({step.name for step in steps}) == len(steps)
    assert len(ordered(steps)) == 2 * len(all_steps(SPECS))


def test_a_step_is_asked_for_with_its_edition_or_for_all(two_editions, tmp_path):
    run = Run(tmp_path / "home", two_editions)
    assert [item.step.name for item in run.plan(["collect.sample:asco-2026"])] == ["collect.sample:asco-2026"]
    assert [item.step.name for item in run.plan(["collect.sample"])] == [
        "collect.sample:asco-2025",
        "collect.sample:asco-2026",
    ]


def test_an_unknown_step_is_refused_with_those_that_exist(tmp_path):
    with pytest.raises(UnknownStep, match=r"collect\.sampel"):
        Run(tmp_path, SPECS).plan(["collect.sampel"])
