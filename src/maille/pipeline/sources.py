"""Sources of other producers: checked against their specification, then deposited with their card."""

from pathlib import Path

from maille.catalogue import Card
from maille.collect.source import Read, read_source, source_drafts
from maille.errors import UserError
from maille.pipeline.freshness import spec_references
from maille.pipeline.run import Run
from maille.specs.problem import nearest_or_list
from maille.specs.source import load_source


def source_names(specs: Path) -> list[str]:
    """Return the names of the sources that a folder of specifications describes."""
    return sorted(path.stem for path in (specs / "sources").glob("*.yaml"))


def check_source(run: Run, file: Path, name: str) -> Read:
    """Return a file read as the source ``name``; raises UserError, SpecInvalid, SourceRefused, WorkbookRefused."""
    path = run.specs / "sources" / f"{name}.yaml"
    if not path.is_file():
        hint = nearest_or_list(name, source_names(run.specs))
        raise UserError(
            "cette source n’a pas de spécification.", got=name, expected=f"specs/sources/{name}.yaml", hint=hint
        )
    return read_source(file, load_source(path))


def add_source(run: Run, read: Read) -> Card:
    """Deposit a source that was read: what did not match first, the values last; what was there stays beside.

    The card keeps the name and the checksum of the original. Raises SourceRefused, StorageRefused.
    """
    made_by: dict[str, object] = {
        "step": "source add",
        "parameters": {"file": read.file, "sha256": read.checksum},
        "specs": spec_references([f"sources/{read.source.name}.yaml"], run.specs),
    }
    cards = [run.store.write(draft, made_by=made_by) for draft in source_drafts(read)]
    return cards[-1]
