"""Whether what a step made is still what it would make: same inputs, specifications, parameters and code."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import maille
from maille.catalogue import Reference, Step, Store, sha256

_BASES = ("catalogue", "stats", "specs", "territory")


def made_by(step: Step, specs: Path, parameters: Mapping[str, str]) -> dict[str, object]:
    """Return what the card of the step's outputs will say of how they were made."""
    return {
        "step": step.name,
        "code_version": code_version(step.name.split(".")[0]),
        "parameters": {name: parameters[name] for name in step.parameters if name in parameters},
        "specs": spec_references(step.specs, specs),
    }


def read_code(steps: Iterable[Step]) -> None:
    """Read the version of the code of these steps before the first runs: what is edited meanwhile made none of them."""
    for step in steps:
        code_version(step.name.split(".")[0])


def spec_references(paths: Sequence[str], specs: Path) -> tuple[Reference, ...]:
    """Return each specification file that the paths name, a folder standing for all its files, with its checksum."""
    files: list[Path] = []
    for path in paths:
        target = specs / path
        files.extend(sorted(item for item in target.rglob("*") if item.is_file()) if target.is_dir() else [target])
    return tuple(
        Reference(name=file.relative_to(specs).as_posix(), checksum=sha256(file.read_bytes())) for file in files
    )


@cache
def code_version(room: str) -> str:
    """Return the version of the code that a step of this room runs: release, then the checksum of its sources."""
    root = Path(maille.__file__).parent
    sources = sorted(path for name in (room, *_BASES) for path in (root / name).rglob("*.py"))
    content = b"".join(path.relative_to(root).as_posix().encode() + path.read_bytes() for path in sources)
    return f"{maille.__version__}+{sha256(content)[:12]}"


def stale_because(step: Step, store: Store, expected: Mapping[str, object]) -> str | None:
    """Return why the step must run, in French, or None when its outputs are up to date."""
    if not all(store.exists(name) for name in step.outputs):
        return "jamais calculé"
    if not all(store.exists(name) for name in step.inputs):
        return "ses entrées manquent"
    parents = tuple(Reference(name=name, checksum=store.card(name).checksum) for name in step.reads(store))
    for name in step.outputs:
        card = store.card(name)
        reasons = {
            "une entrée a changé": card.parents != parents,
            "une spécification a changé": card.specs != expected["specs"],
            "un paramètre a changé": card.parameters != expected["parameters"],
            "le code a changé": card.code_version != expected["code_version"] or card.step != expected["step"],
        }
        for reason, holds in reasons.items():
            if holds:
                return reason
    return None
