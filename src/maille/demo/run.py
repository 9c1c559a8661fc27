"""The whole survey with simulated authorities: draw, answer, bring in, compute; interrupted, it goes on."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from maille.catalogue import sha256
from maille.demo.accounts import account_lines, open_accounts, read_accounts, unanswered
from maille.demo.answering import Progress, answer_all
from maille.demo.country import planned
from maille.demo.home import Mark, open_site, read_mark, refuse_real_datasets, refuse_real_editions, write_mark
from maille.demo.over_http import answer_some
from maille.demo.planted import correct, planted
from maille.demo.previous import deposit_previous
from maille.demo.researcher import open_research
from maille.demo.shipped import deposit_simulation
from maille.demo.sources import deposit_sources
from maille.demo.working import WORKING_VALUES, load_working
from maille.pipeline import Run
from maille.specs import load_sample

EDITION = "asco-2025"
_SAMPLE, _ANSWERS = f"collected/{EDITION}/sample", f"collected/{EDITION}/answers"
_OVER_HTTP = {True: 4, False: 12}
"""How many authorities answer over HTTP, in a small and in a whole demonstration."""


@dataclass(frozen=True)
class DemoSummary:
    """What a demonstration did: authorities drawn and having answered, steps that ran (none when all was done)."""

    home: Path
    sampled: int
    submitted: int
    started: int
    ran: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the summary in French, one fact a line, with the accounts."""
        ran = f"{len(self.ran)} étape(s) calculée(s)." if self.ran else "Tout était déjà fait : rien n’a été recalculé."
        return [
            f"Données simulées : {_spoken(self.sampled)} collectivités tirées, {_spoken(self.submitted)} réponses "
            f"envoyées, {_spoken(self.started)} commencées.",
            ran,
            *account_lines(self.home),
        ]


def run_demo(home: Path, specs: Path, *, seed: int, small: bool, progress: Progress) -> DemoSummary:
    """Run the survey of ``home`` with simulated authorities and return what was done.

    ``small`` draws a tenth of the sample. The result depends on ``seed`` and ``small`` only; done again, it does
    nothing, and interrupted, it goes on. Another seed or size starts over in the same home.
    Raises RealEdition, OtherHome, and what ``Run.run`` raises.
    """
    run = Run(home, specs, {"seed": str(seed), "fraction": "0.1" if small else "1.0"})
    refuse_real_datasets(run.store)
    home.mkdir(parents=True, exist_ok=True)
    open_site(home, specs)
    refuse_real_editions()
    ran = run.run([f"collect.sample:{EDITION}"], progress)
    mark = _answered(run, Mark(seed=seed, small=small, sample=_stamp(run, specs)), progress)
    mark = _midway(run, mark, progress)
    open_research(home, EDITION)
    deposit_previous(run, run.store.read(_SAMPLE).table, seed=seed)
    deposit_sources(run, seed=seed)
    deposit_simulation(run.store)
    _bring_in(run, mark)
    _bring_in_edits(run)
    ran += run.run(None, progress)
    return _summary(home, ran)


def _stamp(run: Run, specs: Path) -> str:
    """Return the checksum of all that decides what simulated authorities answer, code apart."""
    files = sorted((specs / "questionnaires").glob(f"{EDITION}-*.*"))
    texts = [run.store.card(_SAMPLE).checksum.encode(), *(file.read_bytes() for file in files)]
    return sha256(b"\n".join([*texts, WORKING_VALUES.read_bytes()]))


def _answered(run: Run, wanted: Mark, progress: Progress) -> Mark:
    """Load the units and let them answer, unless the mark says that it is done."""
    mark = read_mark(run.home)
    same = mark is not None and mark.is_of(wanted) and _is_loaded()
    if mark is not None and same and mark.answered:
        return mark
    sample = run.store.read(_SAMPLE).table
    plan_file = run.specs / "samples" / f"{EDITION}.yaml"
    homes = dict(sample.filter(pl.col("universe") == "communes").select("unit", "epci").iter_rows())
    plan, truthful = planned(sample, plan_file, seed=wanted.seed, over_http=_OVER_HTTP[wanted.small])
    wishes, faults = planted(truthful, homes, seed=wanted.seed)
    if not same:
        codes = _load(sample, load_sample(plan_file).title)
        open_accounts(run.home, unanswered(sample, plan, codes, seed=wanted.seed))
        write_mark(run.home, wanted)
    answer_all(EDITION, wishes, progress)
    answer_some(EDITION, wishes, progress)
    correct(EDITION, faults)
    return write_mark(run.home, wanted.model_copy(update={"answered": True}))


def _midway(run: Run, mark: Mark, progress: Progress) -> Mark:
    """Open the edition whose collection is under way, and its accounts, unless the mark says that it is done."""
    from maille.demo.midway import doors, open_midway

    if mark.midway:
        return mark
    progress("Une édition en cours de collecte", 0, 1)
    open_midway(EDITION, seed=mark.seed)
    known = read_accounts(run.home)
    closed = tuple(one for one in known.respondents if not one.midway) if known else ()
    open_accounts(run.home, *doors(closed, seed=mark.seed))
    return write_mark(run.home, mark.model_copy(update={"midway": True}))


def _is_loaded() -> bool:
    from maille.web.campaigns.models import Unit

    return bool(Unit.objects.filter(edition=EDITION).exists())


def _load(sample: pl.DataFrame, title: str) -> dict[str, str]:
    """Open the edition with these units and no other; return their codes."""
    from maille.web.answers.models import Submission
    from maille.web.campaigns.loading import load_sample as load_units
    from maille.web.campaigns.loading import open_edition
    from maille.web.campaigns.versions import ask_files

    values = load_working().response
    edition = open_edition(EDITION, title=title, opens=values.opens, closes=values.site_closes, simulated=True)
    Submission.objects.filter(unit__edition=edition).delete()
    edition.units.all().delete()
    ask_files(edition, anew=True)
    codes: dict[str, str] = load_units(sample, edition)
    return codes


def _bring_in(run: Run, mark: Mark) -> None:
    """Deposit the answers again when what was submitted, or the deposit, is no longer what the mark says."""
    from maille.web.answers.deposit import bring_in_edition, submitted_checksum
    from maille.web.campaigns.models import Edition

    submitted = submitted_checksum(EDITION)
    kept = (
        run.store.exists(_ANSWERS)
        and run.store.exists(f"collected/{EDITION}/questionnaires")
        and run.store.card(_ANSWERS).checksum == mark.dataset
    )
    if kept and submitted == mark.deposited:
        return
    card = bring_in_edition(run, Edition.objects.get(id=EDITION))
    write_mark(run.home, mark.model_copy(update={"deposited": submitted, "dataset": card.checksum}))


def _bring_in_edits(run: Run) -> None:
    """Deposit the decisions taken on the answers, unless they are those that were deposited."""
    from maille.web.campaigns.models import Edition
    from maille.web.editing.deposit import bring_in_edits, edits_draft

    edition, name = Edition.objects.get(id=EDITION), f"collected/{EDITION}/edits"
    if not run.store.exists(name) or not run.store.read(name).table.equals(edits_draft(edition).table):
        bring_in_edits(run, edition)


def _summary(home: Path, ran: list[str]) -> DemoSummary:
    from maille.web.campaigns.models import Unit

    units = Unit.objects.filter(edition=EDITION)
    return DemoSummary(
        home=home,
        sampled=units.count(),
        submitted=units.filter(status=Unit.Status.SUBMITTED).count(),
        started=units.filter(status=Unit.Status.STARTED).count(),
        ran=tuple(ran),
    )


def _spoken(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")
