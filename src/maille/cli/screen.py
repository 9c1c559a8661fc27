"""What every command shares: where it works, what it writes on the screen, how it shows long work."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="Répondre en JSON, pour un programme.")]


def home() -> Path:
    """Return the folder where running writes: ``MAILLE_HOME``, else ``var`` in the current folder."""
    return Path(os.environ.get("MAILLE_HOME") or "var").absolute()


def specs_folder() -> Path:
    """Return the folder of specifications: ``MAILLE_SPECS``, else ``specs`` of the project."""
    return Path(os.environ.get("MAILLE_SPECS") or Path(__file__).parents[3] / "specs").absolute()


def say_json(answer: Any) -> None:
    """Write an answer as JSON on standard output."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1, default=str) + "\n")


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show long work on standard error; yield a function of (what, done, total)."""
    columns = (TextColumn("{task.description:<58}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=False) as progress:
        bars: dict[int, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if total not in bars:
                bars[total] = progress.add_task(what, total=total)
            progress.update(bars[total], completed=done, description=what or None)

        yield report
