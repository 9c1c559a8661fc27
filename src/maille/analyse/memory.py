"""What readers keep: a figure that one version shows and another hides is known for ever, as far as nothing moved.

What is supposed: a figure moved, from one version to the other, no more than the figures of the same indicator that
share units with it and that both versions show. Where none of them moved, it did not move either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from maille.analyse.intruder import Figure, Scope

Reading = dict[tuple[str, str], Scope]


def remembered(readings: Sequence[Reading], names: Sequence[str]) -> list[Reading]:
    """Return each version with its figures narrowed by all the others; ``names`` are theirs, "" for the current one."""
    return [
        {
            key: _with_memory(
                scope,
                [(names[other], kept[key]) for other, kept in enumerate(readings) if other != place and key in kept],
            )
            for key, scope in reading.items()
        }
        for place, reading in enumerate(readings)
    ]


def _with_memory(scope: Scope, others: Sequence[tuple[str, Scope]]) -> Scope:
    if not others:
        return scope
    figures = dict(scope.figures)
    for version, other in others:
        both = _shown_twice(scope.figures, other.figures)
        for name, figure in scope.figures.items():
            known = other.figures.get(name)
            if figure.hidden and not figure.shown and known is not None and known.shown:
                figures[name] = _told(figures[name], known, both.get(figure.indicator, []), version=version)
    return replace(scope, figures=figures)


def _shown_twice(mine: Mapping[str, Figure], other: Mapping[str, Figure]) -> dict[str, list[tuple[Figure, float]]]:
    """Return, by indicator, the figures that both versions show, and how far each may have moved."""
    found: dict[str, list[tuple[Figure, float]]] = {}
    for name, figure in mine.items():
        again = other.get(name)
        if figure.shown and again is not None and again.shown:
            same = (figure.low, figure.high) == (again.low, again.high)
            moved = 0.0 if same else max(figure.high - again.low, again.high - figure.low)
            found.setdefault(figure.indicator, []).append((figure, moved))
    return found


def _told(figure: Figure, known: Figure, both: Sequence[tuple[Figure, float]], *, version: str) -> Figure:
    moved = max((far for other, far in both if (other.units & figure.units).any()), default=0.0)
    closer = figure.narrowed(known.low - moved, known.high + moved)
    return closer if moved else replace(closer, shown=f"la version {version}" if version else "la version en cours")
