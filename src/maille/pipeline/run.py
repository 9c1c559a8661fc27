"""Run what is stale, in order; bring collected answers in; remember the parameters of a home."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maille.catalogue import Card, Dataset, Draft, Materials, Step, Store
from maille.catalogue.secret import kept_secret
from maille.errors import UserError
from maille.pipeline.freshness import made_by, read_code, spec_references, stale_because
from maille.pipeline.graph import MissingInput, ordered, with_ancestors
from maille.pipeline.steps import all_steps
from maille.specs import require_valid_specs
from maille.territory import reference_folder

_NOT_DEPOSITED = "les réponses se versent depuis le site avec « maille deposit » ; « maille demo » en simule."
_NOT_FROZEN = (
    "une version déclarée n’a pas été figée : restaurez-la, ou retirez de specs/releases les versions qui la suivent "
    "et lancez « maille release »."
)

Progress = Callable[[str, int, int], None]


class UnknownStep(UserError):
    """No step has that name."""


@dataclass(frozen=True)
class Planned:
    """A step and why it would run; ``reason`` is None when it is up to date."""

    step: Step
    reason: str | None


def silent(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""


class Run:
    """One home: its datasets, the specifications that rule them and the parameters they were made with.

    ``parameters`` given here are remembered in the home (``seed``, ``fraction``); left out, the remembered ones hold.
    """

    def __init__(self, home: Path, specs: Path, parameters: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.specs = specs
        self.store = Store(home / "datasets", (reference_folder(),))
        self._remembered = home / "parameters.json"
        self._given = dict(parameters or {})
        self.parameters = {**self._recall(), **self._given}
        self._valid = False

    def steps(self) -> tuple[Step, ...]:
        """Return all steps in the order in which they run."""
        return ordered(all_steps(self.specs))

    def plan(self, wanted: Sequence[str] | None = None) -> list[Planned]:
        """Return each step with the reason why it would run. Raises UnknownStep, SpecInvalid."""
        self._require_valid_specs()
        stale: set[str] = set()
        planned = []
        for step in self._chosen(wanted):
            reason = stale_because(step, self.store, self._made_by(step))
            if reason is None and stale.intersection((*step.inputs, *step.optional)):
                reason = "une étape en amont va changer"
            if reason is not None:
                stale.update(step.outputs)
            planned.append(Planned(step, reason))
        return planned

    def run(self, wanted: Sequence[str] | None = None, progress: Progress = silent) -> list[str]:
        """Run every stale step among the wanted ones and what feeds them; return the names of those that ran.

        Raises UnknownStep, MissingInput, SpecInvalid, DatasetAltered, StorageRefused.
        """
        self._require_valid_specs()
        chosen = self._chosen(wanted)
        self._remember()
        read_code(chosen)
        ran = []
        for position, step in enumerate(chosen):
            progress(step.title, position, len(chosen))
            if self._refresh(step):
                ran.append(step.name)
        progress("", len(chosen), len(chosen))
        return ran

    def deposit(self, draft: Draft, *, parents: Sequence[str] = (), specs: Sequence[str] = ()) -> Card:
        """Bring a collected dataset in from outside; what was collected before stays beside it.

        ``parents`` are the datasets that it answers to (the sample), ``specs`` the questionnaires that were filled.
        """
        return self.store.write(draft, parents=parents, made_by={"specs": spec_references(specs, self.specs)})

    def materials(self, step: Step, inputs: Mapping[str, Dataset]) -> Materials:
        """Return what a step is given; a secret comes from the environment, else from a file of the home, drawn once.

        ``MAILLE_RESEARCH_KEY`` is kept in ``research-key``. Raises BadSetting.
        """
        files = {name: name.removeprefix("MAILLE_").lower().replace("_", "-") for name in step.secrets}
        secrets = {name: kept_secret(name, self.home / file) for name, file in files.items()}
        return Materials(inputs, self.specs, self.parameters, secrets)

    def _refresh(self, step: Step) -> bool:
        expected = self._made_by(step)
        if stale_because(step, self.store, expected) is None:
            for name in step.outputs:
                self.store.check(name)
            return False
        drafts = step.make(self.materials(step, self._inputs(step)))
        check_outputs(step, drafts)
        for draft in drafts:
            self.store.write(draft, parents=step.reads(self.store), lowers=step.lowers, made_by=expected)
        return True

    def _require_valid_specs(self) -> None:
        if not self._valid:
            require_valid_specs(self.specs)
            self._valid = True

    def _inputs(self, step: Step) -> dict[str, Dataset]:
        missing = [name for name in step.inputs if not self.store.exists(name)]
        if missing:
            frozen = all(name.startswith("released/") for name in missing)
            raise MissingInput(
                f"l'étape « {step.name} » attend {', '.join(missing)}.",
                hint=_NOT_FROZEN if frozen else _NOT_DEPOSITED,
            )
        return {name: self.store.read(name) for name in step.reads(self.store)}

    def _made_by(self, step: Step) -> dict[str, object]:
        return made_by(step, self.specs, self.parameters)

    def _chosen(self, wanted: Sequence[str] | None) -> tuple[Step, ...]:
        steps = all_steps(self.specs)
        if not wanted:
            return ordered(steps)
        known = {step.name: {step.name, step.name.partition(":")[0]} for step in steps}
        unknown = sorted(set(wanted).difference(*known.values()))
        if unknown:
            raise UnknownStep(
                f"étape inconnue : {', '.join(unknown)}.",
                expected=", ".join(step.name for step in ordered(steps)),
                hint="sans l’édition, « process.read » désigne l’étape de toutes les éditions.",
            )
        return with_ancestors([name for name, names in known.items() if names & set(wanted)], steps)

    def _recall(self) -> dict[str, str]:
        if not self._remembered.is_file():
            return {}
        try:
            remembered = json.loads(self._remembered.read_text())
        except ValueError as error:
            raise UserError("le fichier des paramètres est illisible.", where=str(self._remembered)) from error
        return {str(name): str(value) for name, value in remembered.items()}

    def _remember(self) -> None:
        if self._given and self.parameters != self._recall():
            self.store.prepare()
            temporary = self._remembered.with_suffix(".partial")
            temporary.write_text(json.dumps(self.parameters, indent=1, sort_keys=True) + "\n")
            temporary.replace(self._remembered)


def check_outputs(step: Step, drafts: Sequence[Draft]) -> None:
    """Refuse a step that made other datasets than it declares."""
    made = sorted(draft.name for draft in drafts)
    if made != sorted(step.outputs):
        raise AssertionError(f"{step.name} : {made} ≠ {sorted(step.outputs)}")
