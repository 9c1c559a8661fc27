"""From collected answers to weighted respondents: read, check, edit, impute, derive the indicators, weight."""

from functools import partial
from pathlib import Path

from maille.catalogue import Step
from maille.process.contradictions import CODES, find_contradictions
from maille.process.derive import counts, derive_indicators
from maille.process.edit import EditsUnreadable, apply_edits
from maille.process.impute import impute_answers
from maille.process.queue import rank_findings
from maille.process.read import AnswersUnreadable, answer_table, read_answers
from maille.process.weight import MARGINS_UNMATCHED, WeightsNegative, frame_margins, weigh, weigh_sample
from maille.specs import SamplePlan, editing_file, edition_editing, load_sample
from maille.specs.previous import members_name
from maille.specs.questionnaire import UNIVERSES, questionnaire_file

__all__ = [
    "AnswersUnreadable",
    "EditsUnreadable",
    "WeightsNegative",
    "answer_table",
    "apply_edits",
    "counts",
    "derive_indicators",
    "find_contradictions",
    "frame_margins",
    "impute_answers",
    "rank_findings",
    "read_answers",
    "steps",
    "weigh",
    "weigh_sample",
]


def steps(edition: str, specs: Path) -> tuple[Step, ...]:
    """Return the processing steps of an edition."""
    sample, answers = f"collected/{edition}/sample", f"collected/{edition}/answers"
    questionnaires = tuple(questionnaire_file(specs, edition, universe) for universe in UNIVERSES)
    read, responses = (
        tuple(f"processed/{edition}/{what}-{universe}" for universe in UNIVERSES) for what in ("read", "responses")
    )
    plan = load_sample(specs / "samples" / f"{edition}.yaml")
    frames = tuple(plan.universes[universe].frame.dataset for universe in UNIVERSES)
    return (
        Step(
            name="process.read",
            title="Relire et contrôler les réponses",
            inputs=(sample, answers, f"collected/{edition}/questionnaires"),
            outputs=(*read, f"processed/{edition}/checks", f"processed/{edition}/set-aside"),
            specs=(*questionnaires, *_written(edition, specs)),
            optional=_former(edition, specs),
            make=partial(read_answers, edition),
        ),
        Step(
            name="process.edit",
            title="Appliquer les corrections décidées",
            inputs=(answers, *read),
            optional=(f"collected/{edition}/edits",),
            outputs=tuple(f"processed/{edition}/{what}-{one}" for one in UNIVERSES for what in ("edited", "edits")),
            specs=questionnaires,
            make=partial(apply_edits, edition),
        ),
        _impute(edition, specs),
        Step(
            name="process.derive",
            title="Calculer les indicateurs individuels",
            inputs=(sample, *responses),
            outputs=tuple(f"processed/{edition}/indicators-{universe}" for universe in UNIVERSES),
            specs=(*questionnaires, "indicators"),
            make=partial(derive_indicators, edition),
        ),
        _weigh(edition, plan, inputs=(sample, *responses, *frames)),
        *_verify(edition, specs, frames=frames),
    )


def _weigh(edition: str, plan: SamplePlan, *, inputs: tuple[str, ...]) -> Step:
    """Return the step of weights; a source that margins need and that is not deposited is refused by its name there."""
    items = [item for part in plan.universes.values() for item in part.calibration.sources]
    unmatched = (MARGINS_UNMATCHED,) if items else ()
    made = (*(f"margins-{universe}" for universe in UNIVERSES), *unmatched, "weights", "weights-summary")
    return Step(
        name="process.weight",
        title="Redresser la non-réponse et caler",
        inputs=inputs,
        optional=tuple(dict.fromkeys(name for item in items for name in item.sources)),
        outputs=tuple(f"processed/{edition}/{name}" for name in made),
        specs=(f"samples/{edition}.yaml", "bands.yaml"),
        make=partial(weigh, edition),
    )


def _verify(edition: str, specs: Path, *, frames: tuple[str, ...]) -> tuple[Step, Step]:
    """Return the steps that tell what to verify: the contradictions, and the queue, once the figures are known."""
    sample, answers = f"collected/{edition}/sample", f"collected/{edition}/answers"
    questionnaires = tuple(questionnaire_file(specs, edition, universe) for universe in UNIVERSES)
    read, edited, used = (
        tuple(f"processed/{edition}/{stage}-{universe}" for universe in UNIVERSES)
        for stage in ("read", "edited", "responses")
    )
    contradictions = f"processed/{edition}/contradictions"
    written = _written(edition, specs)
    return (
        Step(
            name="process.contradictions",
            title="Chercher les réponses qui se contredisent",
            inputs=(sample, *read, *edited, CODES, *frames),
            outputs=(contradictions,),
            specs=(*questionnaires, *written, f"samples/{edition}.yaml", "bands.yaml"),
            make=partial(find_contradictions, edition),
        ),
        Step(
            name="process.queue",
            title="Classer les réponses à vérifier",
            inputs=(
                *(sample, answers, contradictions, *read, *edited, *used),
                *(f"processed/{edition}/{what}" for what in ("checks", "outliers", "weights")),
                f"analysed/{edition}/estimates",
            ),
            optional=(f"collected/{edition}/edits", *_former(edition, specs)),
            outputs=(f"processed/{edition}/editing-queue",),
            specs=(*questionnaires, *written, "indicators", "bands.yaml"),
            make=partial(rank_findings, edition),
        ),
    )


def _impute(edition: str, specs: Path) -> Step:
    """Return the step that fills missing numbers; it reads the edition before when the specification does."""
    editing = edition_editing(specs, edition)
    by_universe = ("responses", "values", "imputation-links")
    told = {name: part for name, part in editing.universes.items() if part.sources}
    plan = load_sample(specs / "samples" / f"{edition}.yaml")
    sources = tuple(
        dict.fromkeys(one for part in told.values() for item in part.sources.values() for one in item.sources)
    )
    return Step(
        name="process.impute",
        title="Imputer les nombres manquants",
        inputs=(
            f"collected/{edition}/sample",
            *(f"processed/{edition}/{what}-{universe}" for universe in UNIVERSES for what in ("edited", "edits")),
            *(plan.universes[name].frame.dataset for name in told),
        ),
        optional=(*_former(edition, specs), *sources),
        outputs=(
            *(f"processed/{edition}/{what}-{universe}" for universe in UNIVERSES for what in by_universe),
            f"processed/{edition}/imputations",
            f"processed/{edition}/outliers",
        ),
        specs=(
            *(questionnaire_file(specs, edition, universe) for universe in UNIVERSES),
            *_written(edition, specs),
            "bands.yaml",
            *((f"samples/{edition}.yaml",) if told else ()),
        ),
        make=partial(impute_answers, edition),
    )


def _written(edition: str, specs: Path) -> tuple[str, ...]:
    """Return the file of the editing of the edition, when there is one."""
    return (editing_file(edition),) if (specs / editing_file(edition)).exists() else ()


def _former(edition: str, specs: Path) -> tuple[str, ...]:
    """Return where the answers to the edition before may be, collected here or imported, and the EPCI of its time."""
    survey = edition_editing(specs, edition).previous
    return (f"collected/{survey}/answers", f"collected/{survey}/previous", members_name(survey)) if survey else ()
