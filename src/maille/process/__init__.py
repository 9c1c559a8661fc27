"""From collected answers to weighted respondents: read, check, impute, derive the individual indicators, weight."""

from functools import partial
from pathlib import Path

from maille.catalogue import Step
from maille.process.derive import counts, derive_indicators
from maille.process.impute import impute_answers
from maille.process.read import AnswersUnreadable, answer_table, read_answers
from maille.process.weight import frame_margins, weigh, weigh_sample
from maille.specs import editing_file, edition_editing, load_sample
from maille.specs.questionnaire import UNIVERSES, questionnaire_file

__all__ = [
    "AnswersUnreadable",
    "answer_table",
    "counts",
    "derive_indicators",
    "frame_margins",
    "impute_answers",
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
            specs=questionnaires,
            make=partial(read_answers, edition),
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
        Step(
            name="process.weight",
            title="Redresser la non-réponse et caler",
            inputs=(sample, *responses, *frames),
            outputs=(
                *(f"processed/{edition}/margins-{universe}" for universe in UNIVERSES),
                f"processed/{edition}/weights",
                f"processed/{edition}/weights-summary",
            ),
            specs=(f"samples/{edition}.yaml", "bands.yaml"),
            make=partial(weigh, edition),
        ),
    )


def _impute(edition: str, specs: Path) -> Step:
    """Return the step that fills missing numbers; it reads the edition before when the specification does."""
    editing = edition_editing(specs, edition)
    previous = (f"collected/{editing.previous}/previous",) if editing.previous else ()
    written = (editing_file(edition),) if (specs / editing_file(edition)).exists() else ()
    by_universe = ("responses", "values", "imputation-links")
    return Step(
        name="process.impute",
        title="Imputer les nombres manquants",
        inputs=(
            f"collected/{edition}/sample",
            *previous,
            *(f"processed/{edition}/read-{universe}" for universe in UNIVERSES),
        ),
        outputs=(
            *(f"processed/{edition}/{what}-{universe}" for universe in UNIVERSES for what in by_universe),
            f"processed/{edition}/imputations",
            f"processed/{edition}/outliers",
        ),
        specs=(*(questionnaire_file(specs, edition, universe) for universe in UNIVERSES), *written, "bands.yaml"),
        make=partial(impute_answers, edition),
    )
