"""Datasets on disk: written whole or not at all, checked at every reading.

A dataset ``a/b`` is the folder ``a/b`` of a root: ``data.<checksum>.parquet``, its companion files, each carrying its
checksum in its name, and ``card.json``, which is replaced last and atomically and thereby decides which files count.
"""

import errno
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from maille.catalogue.card import Ancestor, Card, Confidentiality, Reference, sha256, strictest
from maille.catalogue.cells import table_parquet
from maille.catalogue.dataset import Dataset, Draft
from maille.errors import InternalError, UserError

_CARD = "card.json"


class DatasetNotFound(UserError):
    """No dataset of that name is in the store."""


class DatasetAltered(UserError):
    """A file of a dataset is missing, truncated or not the one that the card describes."""


class DatasetInvalid(InternalError):
    """A step made a dataset whose columns and variables disagree, or lowered a confidentiality without the right."""


class StorageRefused(UserError):
    """The folder cannot be written: full, read-only or not allowed."""


class Store:
    """The datasets of one home, with read-only roots behind it.

    ``home`` is where datasets are written; ``built_in`` are further roots that are only read (the territorial
    reference that comes with the code).
    """

    def __init__(self, home: Path, built_in: Sequence[Path] = ()) -> None:
        self.home = home
        self._roots = (home, *built_in)

    def prepare(self) -> None:
        """Create the folder of the store. Raises StorageRefused."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_refused(self.home, error) from error

    def names(self, prefix: str = "") -> list[str]:
        """Return the names of all datasets that start with ``prefix``, sorted."""
        within = prefix.rpartition("/")[0]
        return sorted({name for root in self._roots for name in _names_below(root, within) if name.startswith(prefix)})

    def exists(self, name: str) -> bool:
        """Tell whether a dataset of that name has a card."""
        return any((root / name / _CARD).is_file() for root in self._roots)

    def folder(self, name: str) -> Path:
        """Return the folder of a dataset. Raises DatasetNotFound."""
        for root in self._roots:
            if (root / name / _CARD).is_file():
                return root / name
        raise DatasetNotFound(
            f"le jeu de données « {name} » n'existe pas.",
            hint="« maille plan » liste ce qui peut être calculé ; « maille run » le calcule.",
        )

    def card(self, name: str) -> Card:
        """Return the card of a dataset. Raises DatasetNotFound, DatasetAltered."""
        path = self.folder(name) / _CARD
        try:
            return Card.model_validate_json(path.read_bytes())
        except ValueError as error:
            raise DatasetAltered("la fiche du jeu de données est illisible.", where=str(path), hint=_RERUN) from error

    def read(self, name: str) -> Dataset:
        """Return a dataset after checking its bytes against its card. Raises DatasetNotFound, DatasetAltered."""
        card = self.card(name)
        content = self._checked(self.folder(name) / stored_name("data.parquet", card.checksum), card.checksum)
        return Dataset(card, pl.read_parquet(io.BytesIO(content)))

    def file(self, name: str, file: str) -> bytes:
        """Return the bytes of a companion file, checked. Raises DatasetNotFound, DatasetAltered."""
        return self._checked(self.file_path(name, file), self._file_checksum(name, file))

    def file_path(self, name: str, file: str) -> Path:
        """Return where a companion file is stored. Raises DatasetNotFound."""
        return self.folder(name) / stored_name(file, self._file_checksum(name, file))

    def check(self, name: str) -> Card:
        """Check every byte of a dataset and return its card. Raises DatasetAltered."""
        card = self.read(name).card
        for file in card.files:
            self._checked(self.folder(name) / stored_name(file.name, file.checksum), file.checksum)
        return card

    def write(
        self,
        draft: Draft,
        *,
        parents: Sequence[str] = (),
        lowers: bool = False,
        made_by: dict[str, object] | None = None,
    ) -> Card:
        """Store a draft whole, then prune what its card no longer names; return the card.

        ``parents`` are names of stored datasets; ``lowers`` gives the right to be less confidential than they are;
        ``made_by`` holds the card's ``step``, ``code_version``, ``parameters`` and ``specs``.
        Raises DatasetInvalid, StorageRefused.
        """
        card, content = self._card_of(draft, parents, lowers=lowers, made_by=made_by or {})
        folder = self.home / draft.name
        files = {stored_name(file.name, file.checksum): draft.files[file.name] for file in card.files}
        files[stored_name("data.parquet", card.checksum)] = content
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, data in files.items():
                _replace(folder / name, data)
            described = card.model_dump_json(indent=1).encode() + b"\n"
            if _is_collected(draft.name):
                _replace(folder / stored_name(_CARD, card.checksum), described)
            _replace(folder / _CARD, described)
        except OSError as error:
            raise storage_refused(folder, error) from error
        if not _is_collected(draft.name):
            _prune(folder, {*files, _CARD})
        return card

    def _card_of(
        self, draft: Draft, parents: Sequence[str], *, lowers: bool, made_by: dict[str, object]
    ) -> tuple[Card, bytes]:
        cards = [self.card(name) for name in parents]
        inherited = strictest(card.confidentiality for card in cards)
        level = draft.confidentiality or inherited
        _check_draft(draft, level, inherited, lowers=lowers)
        content = table_parquet(draft.table)
        simulated = any(card.simulated for card in cards) if draft.simulated is None else draft.simulated
        card = Card.model_validate(
            {
                "name": draft.name,
                "title": draft.title,
                "description": draft.description,
                "source": draft.source,
                "licence": draft.licence,
                "vintage": draft.vintage,
                "confidentiality": level,
                "simulated": simulated,
                "variables": draft.variables,
                "rows": draft.table.height,
                "checksum": sha256(content),
                "files": [Reference(name=name, checksum=sha256(data)) for name, data in sorted(draft.files.items())],
                "parents": [Reference(name=card.name, checksum=card.checksum) for card in cards],
                "ancestry": _ancestry(cards),
                **made_by,
            }
        )
        return card, content

    def _file_checksum(self, name: str, file: str) -> str:
        for reference in self.card(name).files:
            if reference.name == file:
                return reference.checksum
        raise DatasetNotFound(f"le jeu de données « {name} » n'a pas de fichier « {file} ».")

    def _checked(self, path: Path, checksum: str) -> bytes:
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise DatasetAltered("un fichier du jeu de données manque.", where=str(path), hint=_RERUN) from error
        if sha256(content) != checksum:
            raise DatasetAltered(
                "le fichier n'est plus celui que sa fiche décrit (tronqué ou modifié).",
                where=str(path),
                got=sha256(content)[:12],
                expected=checksum[:12],
                hint=_RERUN,
            )
        return content


_RERUN = (
    "si ce jeu est calculé, supprimez son dossier puis relancez « maille run » ; "
    "s'il est collecté, restaurez la sauvegarde."
)


def stored_name(file: str, checksum: str) -> str:
    """Return the name under which a file is stored: its own, with its checksum before the ending."""
    stem, dot, ending = file.rpartition(".")
    return f"{stem}.{checksum[:12]}{dot}{ending}"


def _is_collected(name: str) -> bool:
    """Tell whether every version of the dataset must be kept: what was collected is never overwritten."""
    return name.startswith("collected/")


def _ancestry(parents: Sequence[Card]) -> tuple[Ancestor, ...]:
    known: dict[str, Ancestor] = {}
    for parent in parents:
        for ancestor in (*parent.ancestry, parent.as_ancestor()):
            known.setdefault(ancestor.name, ancestor)
    return tuple(known.values())


def _check_draft(draft: Draft, level: Confidentiality, inherited: Confidentiality, *, lowers: bool) -> None:
    described = [variable.name for variable in draft.variables]
    if described != draft.table.columns:
        raise DatasetInvalid(
            "les variables décrites ne sont pas les colonnes de la table.",
            where=draft.name,
            got=draft.table.columns,
            expected=described,
        )
    if strictest((level, inherited)) != level and not lowers:
        raise DatasetInvalid(
            f"un jeu « {level} » ne peut pas descendre d'un jeu « {inherited} ».",
            where=draft.name,
            hint="seule l'étape de protection (analyse/protect.py) abaisse la confidentialité.",
        )


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _prune(folder: Path, kept: set[str]) -> None:
    for path in folder.iterdir():
        if path.is_file() and path.name not in kept:
            path.unlink(missing_ok=True)


def _names_below(root: Path, within: str) -> Iterator[str]:
    for path in (root / within).rglob(_CARD):
        yield path.parent.relative_to(root).as_posix()


def storage_refused(path: Path, error: OSError) -> StorageRefused:
    """Return what to tell when the system refuses to write at ``path``: one sentence and a remedy."""
    reasons = {
        errno.ENOSPC: ("le disque est plein.", "libérez de la place, puis relancez : rien n'a été écrit à moitié."),
        errno.EROFS: ("le dossier est en lecture seule.", "choisissez un autre dossier avec MAILLE_HOME."),
        errno.EACCES: ("le dossier n'est pas accessible en écriture.", "vérifiez ses droits, ou changez MAILLE_HOME."),
        errno.ENOTDIR: ("une partie du chemin n'est pas un dossier.", "choisissez un autre dossier avec MAILLE_HOME."),
    }
    message, hint = reasons.get(error.errno or 0, (f"écriture impossible ({error.strerror}).", "vérifiez le disque."))
    return StorageRefused(message, where=str(path), hint=hint)
