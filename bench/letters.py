"""Twelve thousand letters: python bench/letters.py [--letters N]. Prints wall time, CPU time and peak memory.

The whole sample of the survey is loaded in a home of its own; the letters leave by the road of a sending: fresh codes,
traces and PDFs, in batches.
"""

import argparse
import os
import resource
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

GOAL = "but : 12 000 courriers en moins de deux minutes, mémoire bornée"
SPECS = Path(__file__).parent.parent / "specs"


def conduct(home: Path, letters: int):
    """Load the sample and its calendar; return the mailing of the first letter."""
    from maille.web.serve import prepare

    prepare()
    from django.utils import timezone

    from maille.catalogue import Store
    from maille.pipeline import Run
    from maille.web.campaigns.calendar import plan_calendar
    from maille.web.campaigns.loading import load_sample, open_edition
    from maille.web.campaigns.models import Mailing

    Run(home, SPECS, {"seed": "2025", "fraction": "1.0"}).run(["collect.sample"])
    days = {"opens": date(2000, 1, 1), "closes": date(2100, 1, 1)}
    edition = open_edition("asco-2025", title="ASCO 2025", simulated=True, **days)
    load_sample(Store(home / "datasets").read("collected/asco-2025/sample").table.head(letters), edition)
    event = next(event for event in plan_calendar(edition) if event.template == "annonce")
    return Mailing.objects.create(event=event, by="banc", asked_at=timezone.now())


def memory(process: int) -> int:
    """Return the memory of a process and of those that it started, in kilobytes, none counted twice."""
    total = 0
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        total += sum(memory(int(child)) for child in children)
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return total
    return total + next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


class Watch(threading.Thread):
    """Look at the memory twice a second; ``peak`` is the most that was seen."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0

    def run(self) -> None:
        while True:
            try:
                self.peak = max(self.peak, memory(os.getpid()))
            except OSError:
                continue
            time.sleep(0.5)


def spent() -> tuple[float, float]:
    """Return the CPU time of this process, and of those that it started (their own included), in seconds."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = sum(_ticks(child) for child in _children(os.getpid()))
    return own.ru_utime + own.ru_stime, ended.ru_utime + ended.ru_stime + alive / os.sysconf("SC_CLK_TCK")


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _ticks(process: int) -> int:
    """Return the CPU time of a process and of those that it has waited for, in ticks (proc(5), fields 14 to 17)."""
    written = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in written[11:15])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=12_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"MAILLE_HOME": folder, "MAILLE_SPECS": str(SPECS), "MAILLE_DATABASE_URL": ""}
        mailing = conduct(Path(folder), options.letters)
        from maille.web.campaigns.printing import letter_files
        from maille.web.campaigns.tasks import run_mailing

        watch, begun, used = Watch(), time.monotonic(), spent()
        watch.start()
        run_mailing.call(mailing.pk)
        wall = time.monotonic() - begun
        prepared, composed = (after - before for before, after in zip(used, spent(), strict=True))
        mailing.refresh_from_db()
        files = letter_files(mailing.event)
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"{mailing.done} courriers, {len(files)} PDF de {size:.0f} Mo en tout : {wall:.0f} s,")
        each = 1000 * (prepared + composed) / mailing.done
        print(f"{prepared + composed:.0f} s de calcul ({prepared:.0f} à préparer, {composed:.0f} à composer),")
        print(f"soit {each:.1f} ms par courrier ; {watch.peak / 1e6:.1f} Go de mémoire au plus")
        print(f"charge de la machine : {os.getloadavg()[0]:.1f} sur {os.cpu_count()} cœurs ; {GOAL}")


if __name__ == "__main__":
    main()
