"""What is said when totals cannot be given: the margins at fault, by name, and how they contradict one another."""

from collections.abc import Sequence

import numpy as np

from maille.errors import UserError
from maille.stats.arrays import Codes, Floats
from maille.stats.feasibility import conflicts, reach, scale_of, smallest_gaps


class MarginsInfeasible(UserError):
    """No weights can give these totals: they contradict one another, or the bounds forbid it."""


class NotConverged(UserError):
    """The totals can be given, yet the iterations did not get there."""


def relation(names: Sequence[str], column: int, *, kept: Codes, mix: Floats) -> str:
    """Return in words that the margin ``column`` is the combination ``mix`` (r,) of the margins ``kept`` (r,).

    >>> relation(["a", "b", "c"], 2, kept=np.array([0, 1]), mix=np.array([1.0, -1.0]))
    'c = somme de a, moins b'
    """
    size = np.abs(mix) > 1e-7 * np.abs(mix).max(initial=1.0)
    terms = [(names[int(k)], round(float(m), 9)) for k, m in zip(kept[size], mix[size], strict=True)]
    if not terms:
        return f"{names[column]} = 0, aucune unité n’y entre"
    plus = [name if factor == 1 else f"{factor:g} × {name}" for name, factor in terms if factor > 0]
    minus = [name if factor == -1 else f"{-factor:g} × {name}" for name, factor in terms if factor < 0]
    sides = ["somme de " * (len(terms) > 1) + ", ".join(plus)] if plus else []
    sides += ["moins " + ", ".join(minus)] if minus else []
    return f"{names[column]} = {', '.join(sides)}"


def agree(aim: Floats, mix: Floats, *, kept: Codes, dropped: Codes, relations: Sequence[str]) -> None:
    """Refuse a total that is not what the margins it repeats imply, the relation of fewest margins first.

    Each relation is an irreducible contradiction: the others can be given without any one of its margins.
    """
    implied = aim[kept] @ mix
    wrong = np.abs(implied - aim[dropped]) > 1e-9 * np.maximum(np.abs(aim[dropped]), np.abs(aim[kept]) @ np.abs(mix))
    if not wrong.any():
        return
    terms = (np.abs(mix) > 1e-7 * np.abs(mix).max(axis=0, initial=1.0)).sum(axis=0)
    first = int(np.where(wrong, terms, len(kept) + 1).argmin())
    raise MarginsInfeasible(
        "Une marge répète les autres avec un autre total.",
        where=relations[first],
        got=f"total {aim[dropped][first]:.12g}",
        expected=f"{implied[first]:.12g}, que les autres marges impliquent",
        hint=f"corrigez l’un de ces totaux, ou retirez la marge ({int(wrong.sum())} relation(s) contredite(s))",
    )


def explain(start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float], names: tuple[str, ...]) -> None:
    """Raise the error that names the margins that contradict one another, or says that only iterations failed."""
    found = conflicts(start, x, aim, limits=limits)
    if not found:
        raise NotConverged(
            "Le calage n’a pas convergé, alors que des poids existent.",
            expected="un écart relatif d’au plus 1e-10",
            hint="écartez un peu les bornes, ou passez à une autre méthode",
        )
    columns = [column for conflict in found for column in conflict]
    if len(found) > 1 or len(columns) == 1:
        said = "Des marges sont hors d’atteinte, chacune à elle seule."
        bottom, top = reach(start, x, limits=limits)
        got = " ; ".join(
            f"{names[c]} : {_written(aim[c])}, atteignable de {_written(bottom[c])} à {_written(top[c])}"
            for c in columns
        )
        hint = "regroupez cette marge avec une autre, ou élargissez les bornes"
    else:
        said = "Ces marges se contredisent ; sans l’une quelconque d’elles, les autres peuvent être données."
        part, total = x[:, columns], aim[columns]
        gaps = smallest_gaps(start, part, total, limits=limits) / scale_of(start, part, total)
        got = ", ".join(f"{names[c]} : {gap:+.2%}" for c, gap in zip(columns, gaps, strict=True) if abs(gap) > 1e-8)
        hint = "corrigez l’un de ces totaux, regroupez deux de ces marges, ou élargissez les bornes"
    raise MarginsInfeasible(
        said,
        where="marges " + ", ".join(names[column] for column in columns),
        got=got,
        expected=f"des rapports de poids entre {limits[0]:g} et {limits[1]:g}",
        hint=hint,
    )


def _written(total: float) -> str:
    """Return a total as people write it: whole when it is large, without exponent.

    >>> _written(34910500.2), _written(38.9042)
    ('34 910 500', '38.9042')
    """
    return f"{total:,.0f}".replace(",", " ") if 1000 <= abs(total) < np.inf else f"{total:.6g}"
