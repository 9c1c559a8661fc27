"""What a simulation compares to the plan of an edition: other ways of drawing the same universes."""

from pathlib import Path

from pydantic import Field, field_validator

from maille.specs.bands import Identifier
from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import SpecInvalid
from maille.specs.questionnaire import Universe
from maille.specs.sample import Allocation, EpciType, Selection, UniversePlan

EDITION = "edition"
"""The plan of the edition itself, among the designs that are compared."""


class Drawing(Frozen):
    """What replaces the size, the allocation, the strata taken whole and the selection of the plan of a universe.

    Without ``selection``, units are drawn as the plan draws them.
    """

    total: int = Field(gt=0)
    allocation: Allocation
    take_all_from: int | None = Field(default=None, ge=0)
    take_all_types: tuple[EpciType, ...] = ()
    selection: Selection | None = None

    def applied(self, plan: UniversePlan) -> UniversePlan:
        """Return the plan of a universe drawn this way; raises SpecInvalid when the frame is too small."""
        changed = {name: getattr(self, name) for name in type(self).model_fields}
        changed["selection"] = self.selection or plan.selection
        return UniversePlan.model_validate({**dict(plan), **changed})


class ComparedDesign(Frozen):
    """A design that is compared: where its sizes come from, and what is a hypothesis."""

    id: Identifier
    title: str
    note: str
    source: str
    universes: dict[Universe, Drawing] = Field(min_length=1)


class Simulation(Frozen):
    """The content of ``specs/simulations/<edition>.yaml``."""

    edition: str
    designs: tuple[ComparedDesign, ...]

    @field_validator("designs")
    @classmethod
    def _distinct(cls, designs: tuple[ComparedDesign, ...]) -> tuple[ComparedDesign, ...]:
        names = [EDITION, *(design.id for design in designs)]
        if len(set(names)) < len(names):
            raise ValueError(f"chaque tirage a son identifiant, et « {EDITION} » est celui du plan de l’édition.")
        return designs


def load_simulation(path: Path) -> Simulation:
    """Return the designs of one file; raises SpecInvalid."""
    document = read_document(path)
    simulation = build(document, Simulation)
    if simulation.edition != path.stem:
        message = f"l’édition « {simulation.edition} » n’est pas le nom du fichier."
        raise SpecInvalid([document.problem(message, at=("edition",), hint=f"Écrire « edition: {path.stem} ».")])
    return simulation
