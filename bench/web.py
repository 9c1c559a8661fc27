"""Three hundred people fill at once, on PostgreSQL then on SQLite: python bench/web.py [--people N] [--seconds N].

12,000 authorities are loaded; the people are real requests to a real gunicorn. Each goes on from where it had stopped,
as a browser does: a section is opened once, saved after each answer, and left. The rate climbs by steps up to
``--rate``; the last line says the highest one at which saves stay quick. ``--kill worker`` or ``--kill database``
pulls the plug in the middle; every value that was acknowledged is then looked for in the database.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
GOAL = "but : 200 enregistrements par seconde, p95 sous 150 ms, aucune erreur, rien de perdu ni de doublé"
QUICK = 150
"""Milliseconds under which 95 saves in a hundred are to be answered."""
STEPS = (0.25, 0.5, 0.75, 1.0)
"""The shares of the rate that are tried one after the other: the highest one that holds is what the site can do."""


def percentile(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


@contextmanager
def served(port: int) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [sys.executable, "-m", "maille.cli", "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(120)


def descendants(process: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False).stdout
    return [int(child) for child in found.split()]


def processor(site: int, server) -> tuple[float, float, float]:
    """Return the seconds of processor spent so far by the crowd, by the site and by PostgreSQL."""
    crowd = time.process_time()
    if server is None:
        return crowd, _spent(site), 0.0
    return crowd, _spent(site), _spent(int((server.data / "postmaster.pid").read_text().split()[0]))


def _spent(process: int) -> float:
    """Return the seconds of a process, of its children, and of those that ended."""
    try:
        known = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, known[11:15])) / os.sysconf("SC_CLK_TCK") + sum(map(_spent, descendants(process)))


def prepare(home: Path, people: int):
    """Load the whole sample, and return who fills: unit, code, pages from where each one, at random, had stopped."""
    from maille.web.serve import prepare as migrate

    migrate()
    import polars as pl
    from django.utils import timezone

    from maille.demo.answering import posted_sections, truths
    from maille.demo.country import countries
    from maille.pipeline import Run
    from maille.web.answers.folder import questionnaire_of
    from maille.web.answers.saving import save_section
    from maille.web.answers.together import together
    from maille.web.campaigns.loading import load_sample, open_edition
    from maille.web.campaigns.models import Unit

    specs = Path(os.environ["MAILLE_SPECS"])
    Run(home, specs, {"seed": "2025", "fraction": "1.0" if people >= 100 else "0.05"}).run(["collect.sample"])
    from datetime import date

    from maille.catalogue import Store

    edition = open_edition(
        "asco-2025", title="ASCO 2025", opens=date(2000, 1, 1), closes=date(2100, 1, 1), simulated=True
    )
    sample = Store(home / "datasets").read("collected/asco-2025/sample").table
    codes = load_sample(sample, edition)
    chosen = sample.filter(pl.col("universe") == "communes").head(people)["unit"].to_list()
    known = truths(countries(seed=2025)["communes"], "code", chosen)
    filled = []
    drawn = list(Unit.objects.select_related("edition").filter(code__in=chosen))
    for place, unit in enumerate(drawn):
        form = questionnaire_of(unit)
        pages = []
        for section, posted in posted_sections(form, {**known[unit.code], "action": "oui"}):
            varied = next(
                (q.name for q in section.questions if q.name in posted and q.kind in ("integer", "text")), None
            )
            kept = {name: value for name, value in posted.items() if not varied or not name.startswith(f"{varied}__")}
            pages.append((f"/repondre/section/{section.id}/", kept, varied))
        begun = place % len(pages)
        with together([unit]):
            for path, kept, varied in pages[:begun]:
                posted = {name: value for name, value in kept.items() if name != varied}
                save_section(unit, path.split("/")[3], posted, author="répondant", mode="web", at=timezone.now())
        filled.append((unit.code, codes[unit.code], [*pages[begun:], *pages[:begun]]))
    return filled


def wait_for(port: int, process: subprocess.Popen) -> None:
    import socket

    limit = time.monotonic() + 300
    while time.monotonic() < limit and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    time.sleep(1)
    if process.poll() is not None or time.monotonic() > limit:
        raise SystemExit("le site ne démarre pas : le port est peut-être pris (--port)")


def run(name: str, options: argparse.Namespace, server) -> int:
    from maille.demo.crowd import Person, Report, lost_or_doubled
    from maille.demo.line import Line

    people = prepare(Path(os.environ["MAILLE_HOME"]), options.people)
    from django.db import connections

    door = Report()
    with served(options.port) as process:
        wait_for(options.port, process)
        crowd = [
            Person(Line("127.0.0.1", options.port), *one, report=door, patient=bool(options.kill), begun=place)
            for place, one in enumerate(people)
        ]
        if options.kill:
            threading.Timer(options.seconds / 2, pull_the_plug, (options.kill, process, server)).start()
        clocks = partial(processor, process.pid, server)
        steps = [options.rate * share for share in (STEPS if not options.kill else (1.0,))]
        reports = asyncio.run(climb(crowd, steps, seconds=options.seconds, clocks=clocks))
    connections.close_all()
    for report in reports:
        show(name, report)
    wrong = lost_or_doubled(Report(values=[value for report in reports for value in report.values]))
    faults = [fault for report in (door, *reports) for fault in report.faults]
    print(f"    {len(wrong)} valeur(s) perdue(s) ou doublée(s), {len(faults)} erreur(s)")
    for line in [*faults[:5], *wrong[:5]]:
        print("   ", line)
    say_what_holds(steps, reports)
    return len(wrong) + (len(faults) if not options.kill else 0)


async def climb(crowd, steps: Sequence[float], *, seconds: float, clocks) -> list:
    """Let the crowd fill at each of these rates, one after the other."""
    from maille.demo.crowd import fill_together, let_in

    await let_in(crowd)
    return [await fill_together(crowd, seconds=seconds, rate=rate, clocks=clocks) for rate in steps]


def show(name: str, report) -> None:
    print(f"{name:<12} {len(report.saves) / report.seconds:7.0f} {len(report.saves):8d} ", end="")
    for seconds in (report.saves, report.loads):
        print("".join(f"{percentile(seconds, share):8.0f}" for share in (0.5, 0.95, 0.99)), end="  ")
    print(f"{len(report.faults):8d}")
    tell(report)


def say_what_holds(steps: Sequence[float], reports: Sequence) -> None:
    """Say the highest rate at which 95 saves in a hundred are quick, with the load of the machine beside."""
    held = [
        rate
        for rate, report in zip(steps, reports, strict=True)
        if percentile(report.saves, 0.95) < QUICK and not report.faults
    ]
    what = f"{max(held):.0f} enregistrements par seconde" if held else f"aucun des débits essayés, dès {steps[0]:.0f}"
    load = os.getloadavg()[0]
    print(f"    tenu sous {QUICK} ms au 95e centile : {what} (charge de la machine à la fin : {load:.1f})")


def tell(report) -> None:
    """Say what was asked of the site, and what it cost in processor."""
    saves, pages = len(report.saves), len(report.loads)
    print(
        f"    {saves / max(pages, 1):.1f} enregistrements par page ouverte ({report.told} signes de présence) ; ",
        end="",
    )
    client, site, database = (1000 * spent / max(saves, 1) for spent in report.processor)
    print(f"processeur par enregistrement, pages comprises : site {site:.1f} ms, base {database:.1f} ms ; ", end="")
    print(f"la foule {client:.1f} ms, soit {100 * report.processor[0] / report.seconds:.0f} % d’un cœur")


def pull_the_plug(what: str, process: subprocess.Popen, server) -> None:
    if what == "worker":
        serving = [
            child for child in descendants(process.pid) if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        os.kill(serving[0], signal.SIGKILL)
    elif server is not None:
        server.kill()
        server.start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15, help="de chaque palier")
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--kill", choices=("worker", "database"))
    parser.add_argument("--only", choices=("postgresql", "sqlite"))
    options = parser.parse_args()
    if options.only is None:
        print(f"{options.people} personnes, {options.rate:.0f} enregistrements par seconde demandés ({GOAL})")
        print(f"{'':<12} {'enr./s':>7} {'enreg.':>8}   p50/p95/p99 enr. (ms)    p50/p95/p99 page (ms)   erreurs")
        arguments = sys.argv[1:]
        found = [
            subprocess.run([sys.executable, __file__, *arguments, "--only", only], check=False).returncode
            for only in ("postgresql", "sqlite")
        ]
        sys.exit(max(found))
    from postgresql import running

    with tempfile.TemporaryDirectory() as home, running() if options.only == "postgresql" else nullcontext() as server:
        os.environ["MAILLE_HOME"] = home
        os.environ["MAILLE_SPECS"] = str(HERE.parent / "specs")
        os.environ.pop("MAILLE_DATABASE_URL", None)
        if server is not None:
            os.environ["MAILLE_DATABASE_URL"] = server.url
        sys.exit(min(1, run(options.only, options, server)))


if __name__ == "__main__":
    main()
