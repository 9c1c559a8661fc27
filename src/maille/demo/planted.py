"""Errors planted in simulated answers, and the few that a simulated methodologist has corrected since.

Real answers have such errors; without them, their verification would show nothing. The edition is simulated, and what
was planted is said in docs/explications/population-simulee.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from maille.demo.answering import Intention
from maille.demo.latent import uniform_of
from maille.demo.response import SIMULATED, SUBMITTED
from maille.demo.working import load_working
from maille.specs import Value, encode_value

WHO = "methodologue-simulee"
_AMOUNTS = 3
_OPEN = 2
_FROM = 20_000
"""Euros from which an amount is multiplied: no question depends on what it becomes."""


@dataclass(frozen=True)
class Planted:
    """A wrong answer of an authority: what it gave, what it meant; ``reason`` why it was corrected, or nothing."""

    unit: str
    variable: str
    given: Value
    meant: Value
    reason: str = ""


def planted(
    wishes: Sequence[Intention], homes: Mapping[str, str], *, seed: int
) -> tuple[list[Intention], list[Planted]]:
    """Return what authorities are going to answer once some are mistaken, and the mistakes.

    ``homes`` is the EPCI of each commune. Only those that answer, not through the pages, are mistaken: amounts a
    thousand times too large, two communes that contradict their EPCI, one that was given the answers of another.
    """
    sure = [one for one in wishes if (one.outcome, one.mode, one.universe) == (SUBMITTED, SIMULATED, "communes")]
    heard = {one.unit for one in wishes if one.outcome == SUBMITTED and one.universe == "epci"}
    faults = [*_amounts(sure, seed=seed), *_contradictions(sure, heard, homes, seed=seed)]
    wrong: dict[str, dict[str, Value]] = {}
    for fault in faults:
        wrong.setdefault(fault.unit, {})[fault.variable] = fault.given
    copied = _copied(sure, set(wrong), seed=seed)
    return [
        replace(one, truth={**copied.get(one.unit, one.truth), **wrong.get(one.unit, {})}) for one in wishes
    ], faults


def _ordered(wishes: Sequence[Intention], what: str, *, seed: int) -> list[Intention]:
    return sorted(wishes, key=lambda one: uniform_of(one.unit, what, seed=seed))


def _amounts(sure: Sequence[Intention], *, seed: int) -> Iterator[Planted]:
    rich = [one for one in sure if isinstance(spent := one.truth.get("depenses"), int) and spent >= _FROM]
    for place, one in enumerate(_ordered(rich, "montant trop grand", seed=seed)[: _AMOUNTS + _OPEN]):
        spent = one.truth["depenses"]
        assert isinstance(spent, int)
        corrected = place < _AMOUNTS
        reason = "Montant saisi en milliers : confirmé au téléphone (simulé)." if corrected else ""
        yield Planted(one.unit, "depenses", spent * (1000 if corrected else 10), spent, reason)


def _contradictions(
    sure: Sequence[Intention], heard: set[str], homes: Mapping[str, str], *, seed: int
) -> Iterator[Planted]:
    told = [one for one in sure if one.truth.get("epci_competence") == "oui" and homes.get(one.unit) in heard]
    for place, one in enumerate(_ordered(told, "contradiction", seed=seed)[:2]):
        reason = "" if place else "L’intercommunalité confirme sa compétence, statuts à l’appui (simulé)."
        yield Planted(one.unit, "epci_competence", "non", "oui", reason)


def _copied(sure: Sequence[Intention], but: set[str], *, seed: int) -> dict[str, Mapping[str, Value]]:
    """Return the answers of one commune given for another, those of its identity apart."""
    rich = [one for one in sure if one.unit not in but and one.truth.get("depenses") and one.truth.get("etp")]
    pair = _ordered(rich, "copie", seed=seed)[:2]
    if len(pair) < 2:
        return {}
    first, second = pair
    own = {name: second.truth.get(name) for name in ("fonction", "population_municipale", "temps_reponse")}
    return {second.unit: {**first.truth, **own}}


def correct(edition: str, faults: Sequence[Planted]) -> None:
    """Keep the decisions of the simulated methodologist, once: those that it had taken are taken again."""
    from maille.web.campaigns.models import Unit
    from maille.web.editing.models import Edit

    at = datetime.combine(load_working().response.closes + timedelta(days=3), time(9), tzinfo=UTC)
    units = {unit.code: unit for unit in Unit.objects.filter(edition=edition, code__in=[one.unit for one in faults])}
    Edit.objects.filter(unit__edition=edition, who=WHO).delete()
    for place, one in enumerate(fault for fault in faults if fault.reason):
        Edit.objects.create(
            unit=units[one.unit],
            variable=one.variable,
            before=encode_value(one.given),
            after=encode_value(one.meant),
            state=Edit.State.EDITED,
            reason=one.reason,
            who=WHO,
            at=at + timedelta(minutes=7 * place),
        )
