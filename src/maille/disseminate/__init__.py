"""From protected cells to what the public reads and downloads; never computes a figure."""

from functools import partial
from pathlib import Path

from maille.catalogue import Step
from maille.disseminate.crossings import publish_crossings
from maille.disseminate.differences import RELEASE_VARIABLES, differences
from maille.disseminate.open_data import publish_open_data
from maille.disseminate.quality import publish_quality
from maille.disseminate.report import publish_report
from maille.disseminate.research import KEY, inputs, outputs, publish_research
from maille.disseminate.tables import NotOpen, publish, publish_evolutions, publish_participation
from maille.specs import EVOLUTIONS, publication_ids
from maille.specs.crossing import load_crossings
from maille.specs.quality import quality_file
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.specs.report import report_file
from maille.specs.research import research_file

__all__ = ["RELEASE_VARIABLES", "NotOpen", "differences", "steps"]


def steps(edition: str, specs: Path) -> tuple[Step, ...]:
    """Return the dissemination steps of an edition."""
    tables = tuple(f"disseminated/{edition}/{name}" for name in publication_ids(specs / "publications" / edition))
    return (
        Step(
            name="disseminate.tables",
            title="Publier les tableaux",
            inputs=(f"protected/{edition}/cells",),
            outputs=(*tables, f"disseminated/{edition}/figures", f"disseminated/{edition}/catalogue"),
            specs=(
                f"publications/{edition}",
                "indicators",
                "bands.yaml",
                *(questionnaire_file(specs, edition, universe) for universe in UNIVERSES),
            ),
            make=partial(publish, edition),
        ),
        Step(
            name="disseminate.open_data",
            title="Écrire les fichiers ouverts : SDMX, Data Package, archive",
            inputs=(*tables, *_beside(edition, specs), f"protected/{edition}/quality-measures"),
            outputs=(f"disseminated/{edition}/open-data",),
            specs=(f"samples/{edition}.yaml", *_quality_specs(edition, specs)),
            make=partial(publish_open_data, edition),
        ),
        *_evolutions(edition, specs),
        *_research(edition, specs),
        *_crossings(edition, specs),
        Step(
            name="disseminate.quality",
            title="Publier le rapport qualité",
            inputs=(f"protected/{edition}/quality-measures",),
            outputs=(f"disseminated/{edition}/quality-report",),
            specs=_quality_specs(edition, specs),
            make=partial(publish_quality, edition),
        ),
        Step(
            name="disseminate.participation",
            title="Publier la participation",
            inputs=(f"protected/{edition}/participation", f"protected/{edition}/quality"),
            outputs=(f"disseminated/{edition}/participation", f"disseminated/{edition}/quality"),
            specs=(),
            make=partial(publish_participation, edition),
        ),
        *_report(edition, specs, tables=tables),
    )


def _report(edition: str, specs: Path, *, tables: tuple[str, ...]) -> tuple[Step, ...]:
    written = report_file(specs, edition)
    if written is None:
        return ()
    return (
        Step(
            name="disseminate.report",
            title="Composer le rapport, ses phrases liées aux chiffres",
            inputs=(*tables, f"disseminated/{edition}/figures", *_compared(edition, specs)),
            outputs=(f"disseminated/{edition}/report",),
            specs=(written, f"publications/{edition}", "indicators", "bands.yaml"),
            make=partial(publish_report, edition),
        ),
    )


def _crossings(edition: str, specs: Path) -> tuple[Step, ...]:
    if not load_crossings(specs, edition):
        return ()
    names = ("crossings", "crossing-classes")
    return (
        Step(
            name="disseminate.crossings",
            title="Publier les croisements",
            inputs=tuple(f"protected/{edition}/{name}" for name in names),
            outputs=tuple(f"disseminated/{edition}/{name}" for name in names),
            specs=(f"crossings/{edition}", "sources", "indicators"),
            make=partial(publish_crossings, edition),
        ),
    )


def _beside(edition: str, specs: Path) -> tuple[str, ...]:
    """Return what is published beside the tables, and goes into the same package."""
    crossed = _crossings(edition, specs)
    others = (name for step in crossed for name in step.outputs)
    return (*_compared(edition, specs), f"disseminated/{edition}/participation", *others)


def _compared(edition: str, specs: Path) -> tuple[str, ...]:
    written = (specs / "publications" / edition / f"{EVOLUTIONS}.yaml").is_file()
    return (f"disseminated/{edition}/evolutions",) if written else ()


def _evolutions(edition: str, specs: Path) -> tuple[Step, ...]:
    if not _compared(edition, specs):
        return ()
    return (
        Step(
            name="disseminate.evolutions",
            title="Publier les évolutions",
            inputs=(f"analysed/{edition}/evolutions",),
            outputs=_compared(edition, specs),
            specs=(),
            make=partial(publish_evolutions, edition),
        ),
    )


def _quality_specs(edition: str, specs: Path) -> tuple[str, ...]:
    """Return what the texts of the quality report are made of."""
    written = (quality_file(edition),) if (specs / quality_file(edition)).exists() else ()
    asked = (questionnaire_file(specs, edition, universe) for universe in UNIVERSES)
    return (f"publications/{edition}", "bands.yaml", "indicators", *asked, *written)


def _research(edition: str, specs: Path) -> tuple[Step, ...]:
    if not (specs / research_file(edition)).is_file():
        return ()
    return (
        Step(
            name="disseminate.research",
            title="Écrire les fichiers pour la recherche",
            inputs=inputs(edition),
            outputs=outputs(edition),
            specs=(
                research_file(edition),
                "indicators",
                "bands.yaml",
                f"samples/{edition}.yaml",
                *(questionnaire_file(specs, edition, universe) for universe in UNIVERSES),
            ),
            make=partial(publish_research, edition),
            secrets=(KEY,),
        ),
    )
