"""Freeze what is published of an edition under a version that never changes, and say what moved since the last one."""

from dataclasses import dataclass

import polars as pl

from maille.catalogue import Card, Draft, Store
from maille.disseminate import RELEASE_VARIABLES, differences
from maille.errors import UserError
from maille.pipeline.run import Run
from maille.specs import EditionRelease, Releases, edition_releases, releases_file


class ReleaseRefused(UserError):
    """The version cannot be frozen: not declared, not up to date, or already given to readers with other content."""


@dataclass(frozen=True)
class Frozen:
    """A version that is frozen: how many datasets and changed cells; ``new`` is False when it was already."""

    version: str
    previous: str | None
    datasets: int
    changed: int
    new: bool


def release(run: Run, edition: str) -> Frozen:
    """Freeze ``disseminated/<edition>/*`` as ``released/<edition>/<version>/*``, the version being the last declared.

    With them, secret, the estimates that the next protection must know of. Done again on the same content, it does
    nothing. Raises ReleaseRefused, SpecInvalid, DatasetAltered, StorageRefused.
    """
    declared = _declared(run, edition)
    _require_up_to_date(run, edition)
    store, item = run.store, declared.current
    root = f"released/{edition}/{item.version}"
    sources = {f"{root}/{name.split('/')[-1]}": name for name in store.names(f"disseminated/{edition}/")}
    sources[f"{root}/estimates"] = f"analysed/{edition}/estimates"
    previous = declared.earlier[-1].version if declared.earlier else None
    done = store.exists(f"{root}/release")
    if done:
        _require_same(store, sources, item)
        return Frozen(item.version, previous, len(sources), store.card(f"{root}/differences").rows, new=False)
    for name, source in sources.items():
        store.write(_copied(store, source, name=name), parents=[source])
    before = f"released/{edition}/{previous}/figures"
    moved = differences(edition, item.version, before=_table(store, before), after=_table(store, f"{root}/figures"))
    store.write(moved, parents=[f"{root}/figures", *([before] if previous else [])])
    # Written last: a version without this card was interrupted, and nobody has seen it.
    store.write(_described(edition, item, previous=previous, changed=moved.table.height), parents=[f"{root}/catalogue"])
    return Frozen(item.version, previous, len(sources), moved.table.height, new=True)


def _declared(run: Run, edition: str) -> Releases:
    declared = edition_releases(run.specs, edition)
    if declared is None:
        raise ReleaseRefused(
            f"aucune version de « {edition} » n’est déclarée.",
            where=f"specs/{releases_file(edition)}",
            hint="écrivez ce fichier : edition, puis releases avec version, date, kind et note.",
        )
    return declared


def _require_up_to_date(run: Run, edition: str) -> None:
    stale = [item.step.name for item in run.plan() if item.reason and item.step.name.endswith(f":{edition}")]
    if stale:
        raise ReleaseRefused(
            "des étapes ne sont plus à jour : on ne fige pas des chiffres qui vont changer.",
            where=edition,
            got=", ".join(stale),
            hint="lancez « maille run », relisez les tableaux, puis « maille release ».",
        )


def _require_same(store: Store, sources: dict[str, str], item: EditionRelease) -> None:
    """Refuse another content under the version that readers have."""
    other = [name for name, source in sources.items() if not store.exists(name) or not _same(store, name, source)]
    if other:
        raise ReleaseRefused(
            f"la version {item.version} est déjà publiée avec un autre contenu.",
            where=sources[other[0]],
            got=f"{len(other)} jeu(x) de données différent(s)",
            hint="déclarez une nouvelle version dans specs/releases (kind: correction et sa note), puis lancez "
            "« maille run » : la protection tiendra compte de ce qui est déjà connu.",
        )


def _same(store: Store, name: str, source: str) -> bool:
    kept, current = store.card(name), store.card(source)
    return (kept.checksum, kept.files) == (current.checksum, current.files)


def _copied(store: Store, source: str, *, name: str) -> Draft:
    card: Card = store.check(source)
    return Draft(
        name=name,
        table=store.read(source).table,
        title=card.title,
        description=card.description,
        variables=card.variables,
        source=card.source,
        licence=card.licence,
        vintage=card.vintage,
        files={file.name: store.file(source, file.name) for file in card.files},
    )


def _table(store: Store, name: str) -> pl.DataFrame | None:
    return store.read(name).table if store.exists(name) else None


def _described(edition: str, item: EditionRelease, *, previous: str | None, changed: int) -> Draft:
    row = {
        "version": item.version,
        "date": item.date,
        "kind": item.kind,
        "note": item.note,
        "previous": previous,
        "changed": changed,
    }
    return Draft(
        name=f"released/{edition}/{item.version}/release",
        table=pl.DataFrame([row], schema_overrides={"previous": pl.String}),
        title=f"Version {item.version} de l’édition",
        description=item.note,
        variables=RELEASE_VARIABLES,
        source="Maille",
        vintage=edition,
    )
