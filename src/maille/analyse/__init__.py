"""Estimates with their precision, and their protection."""

from functools import partial
from pathlib import Path

from maille.analyse.cross import cross
from maille.analyse.cross_protect import protect_crossings
from maille.analyse.domains import domains_of
from maille.analyse.earlier import earlier_inputs, protect_superseding
from maille.analyse.editions import answers_of, compare_editions, compared_inputs
from maille.analyse.estimate import estimate
from maille.analyse.evolve import evolve
from maille.analyse.participation import FRAME, KEY, protect_measures, protect_participation
from maille.analyse.protect import SecrecyBroken, protect_cells
from maille.analyse.quality import measure_quality
from maille.analyse.respondents import respondents
from maille.catalogue import Step
from maille.specs import EVOLUTIONS, edition_releases, load_disclosure, load_evolution, load_sample, releases_file
from maille.specs.crossing import load_crossings
from maille.specs.previous import members_name
from maille.specs.questionnaire import UNIVERSES

__all__ = [
    "SecrecyBroken",
    "domains_of",
    "estimate",
    "evolve",
    "protect_cells",
    "protect_participation",
    "respondents",
    "steps",
]


def steps(edition: str, specs: Path) -> tuple[Step, ...]:
    """Return the analysis steps of an edition."""
    weights = f"processed/{edition}/weights"
    publications = f"publications/{edition}"
    counted, secrets = _counting(specs)
    return (
        Step(
            name="analyse.estimate",
            title="Estimer, avec la précision",
            inputs=answers_of(edition, specs),
            outputs=(f"analysed/{edition}/estimates", *_winsorised(edition, specs)),
            specs=(publications, "indicators", f"samples/{edition}.yaml", "bands.yaml", "precision.yaml"),
            make=partial(estimate, edition),
        ),
        _protect(edition, specs),
        *_quality(edition, specs),
        *_evolutions(edition, specs),
        *_crossings(edition, specs),
        Step(
            name="analyse.participation",
            title="Protéger le secret de la participation",
            inputs=(
                f"collected/{edition}/sample",
                weights,
                f"processed/{edition}/weights-summary",
                "territory/departements-2026",
                "territory/regions-2026",
                *counted,
            ),
            outputs=(f"protected/{edition}/participation", f"protected/{edition}/quality"),
            specs=("disclosure.yaml",),
            make=partial(protect_participation, edition),
            secrets=secrets,
            lowers=True,
        ),
    )


def _counting(specs: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the inputs and the secrets that changing the counts of participation asks for, none when they are hidden.

    The input is how many communes everybody knows a territory to have.
    """
    file = specs / "disclosure.yaml"
    rule = load_disclosure(file).participation if file.is_file() else None
    if rule is None or rule.slack is None:
        return (), ()
    return (FRAME,), (KEY,) if rule.method == "cell_key" else ()


def _crossings(edition: str, specs: Path) -> tuple[Step, ...]:
    """Return the steps of crossings, when the edition has some; a source that is not deposited is done without."""
    crossings = load_crossings(specs, edition)
    if not crossings:
        return ()
    crossed = tuple(f"analysed/{edition}/{what}" for what in ("crossings", "crossing-classes"))
    releases = edition_releases(specs, edition)
    earlier = [item.version for item in releases.earlier] if releases else []
    return (
        Step(
            name="analyse.cross",
            title="Croiser avec d’autres sources",
            inputs=answers_of(edition, specs),
            optional=tuple(dict.fromkeys(name for crossing in crossings.values() for name in crossing.sources)),
            outputs=crossed,
            specs=(f"crossings/{edition}", "indicators", f"samples/{edition}.yaml", "precision.yaml"),
            make=partial(cross, edition),
        ),
        Step(
            name="analyse.protect_crossings",
            title="Protéger le secret des croisements",
            inputs=(*crossed, f"analysed/{edition}/estimates", f"protected/{edition}/cells"),
            optional=tuple(f"released/{edition}/{version}/crossings" for version in earlier),
            outputs=tuple(f"protected/{edition}/{what}" for what in ("crossings", "crossing-classes")),
            specs=("disclosure.yaml", f"publications/{edition}", "bands.yaml"),
            make=partial(protect_crossings, edition),
            lowers=True,
        ),
    )


def _evolutions(edition: str, specs: Path) -> tuple[Step, ...]:
    """Return the steps of evolutions, when the edition says what it is compared with.

    Where the edition before has a plan here, its answers are compared too as soon as they are; what both hide stays so.
    """
    path = specs / "publications" / edition / f"{EVOLUTIONS}.yaml"
    if not path.is_file():
        return ()
    before = load_evolution(path).before
    answers, compared = compared_inputs(edition, specs), f"analysed/{edition}/editions-compared"
    targets = f"targets/{before}.yaml"
    evolutions = Step(
        name="analyse.evolve",
        title="Comparer avec l’édition précédente",
        inputs=(f"protected/{edition}/cells", *((compared,) if answers else ())),
        optional=(f"protected/{before}/cells",) if answers else (),
        outputs=(f"analysed/{edition}/evolutions",),
        specs=(f"publications/{edition}", *((targets,) if (specs / targets).is_file() else ()), "bands.yaml"),
        make=partial(evolve, edition),
        lowers=bool(answers),
    )
    if not answers:
        return (evolutions,)
    both = tuple(f"samples/{one}.yaml" for one in (edition, before))
    compare = Step(
        name="analyse.compare",
        title="Comparer les réponses de deux éditions",
        inputs=(),
        optional=(*answers, *(members_name(one) for one in (edition, before))),
        outputs=(compared,),
        specs=(f"publications/{edition}", "indicators", *both, "bands.yaml"),
        make=partial(compare_editions, edition),
    )
    return compare, evolutions


def _protect(edition: str, specs: Path) -> Step:
    """Return the step that protects the tables; it reads every release but the one that is being made."""
    releases = edition_releases(specs, edition)
    declared = (releases_file(edition),) if releases else ()
    plan = load_sample(specs / "samples" / f"{edition}.yaml")
    frames = tuple(plan.universes[universe].frame.dataset for universe in UNIVERSES)
    earlier = [item.version for item in releases.earlier] if releases else []
    return Step(
        name="analyse.protect",
        title="Protéger le secret des tableaux, et l’auditer",
        inputs=(f"analysed/{edition}/estimates", *frames, *earlier_inputs(edition, earlier)),
        outputs=(f"protected/{edition}/cells", f"analysed/{edition}/audit"),
        specs=(
            *("disclosure.yaml", f"publications/{edition}", f"samples/{edition}.yaml", "bands.yaml", "indicators"),
            *declared,
        ),
        make=partial(protect_superseding, edition),
        lowers=True,
    )


def _winsorised(edition: str, specs: Path) -> tuple[str, ...]:
    """Return the dataset of the effects of winsorising, when the plan of the edition asks for it."""
    universes = load_sample(specs / "samples" / f"{edition}.yaml").universes.values()
    return (f"analysed/{edition}/winsorised",) if any(part.winsorising for part in universes) else ()


def _quality(edition: str, specs: Path) -> tuple[Step, Step]:
    """Return the steps that measure the quality of an edition, then protect what is small in it."""
    plan = load_sample(specs / "samples" / f"{edition}.yaml")
    collected = (f"collected/{edition}/{what}" for what in ("sample", "answers", "outcomes", "paradata"))
    processed = (
        f"processed/{edition}/{what}"
        for what in ("weights", "weights-summary", "checks", "imputations", *(f"values-{name}" for name in UNIVERSES))
    )
    frames = (plan.universes[universe].frame.dataset for universe in UNIVERSES)
    declared = (releases_file(edition),) if edition_releases(specs, edition) else ()
    measures = f"analysed/{edition}/quality-measures"
    return (
        Step(
            name="analyse.quality",
            title="Mesurer la qualité",
            inputs=(*collected, *processed, f"protected/{edition}/cells", *frames, *_winsorised(edition, specs)),
            outputs=(measures,),
            specs=(f"samples/{edition}.yaml", *declared),
            make=partial(measure_quality, edition),
        ),
        Step(
            name="analyse.protect_quality",
            title="Protéger le secret des mesures de qualité",
            inputs=(measures,),
            outputs=(f"protected/{edition}/quality-measures",),
            specs=("disclosure.yaml",),
            make=partial(protect_measures, edition),
            lowers=True,
        ),
    )
