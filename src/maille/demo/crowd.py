"""A crowd fills questionnaires at once: a browser's requests, over HTTP, and the memory of what was acknowledged."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import cycle, islice
from time import perf_counter

from maille.demo.answering import Posted
from maille.demo.line import Answer, Line

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_REVISION = re.compile(r'name="revision" value="(\d+)"')
_PAGE = re.compile(r'name="page" value="(\w+)"')
_PATIENCE = 60.0
"""Seconds during which a person who may wait tries the same request again."""
PULSE = 30.0
"""Every so many seconds, the page says that it is still open (``company.js``)."""


@dataclass(frozen=True)
class Save:
    """One value that a person saved; ``acknowledged`` tells that the site said so."""

    unit: str
    variable: str
    value: str
    acknowledged: bool


@dataclass
class Report:
    """What a crowd lived through: seconds of each save and page load, faults, and every value in the order sent.

    ``told`` counts what pages say besides: still open, left. ``processor`` is by how much the clocks moved.
    """

    saves: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    told: int = 0
    faults: list[str] = field(default_factory=list)
    values: list[Save] = field(default_factory=list)
    seconds: float = 0.0
    processor: tuple[float, ...] = ()

    def acknowledged(self) -> list[Save]:
        """Return the values that the site said it had kept."""
        return [save for save in self.values if save.acknowledged]


@dataclass(frozen=True)
class Opened:
    """What a page holds to save with: its token, its revision, its identifier."""

    token: str
    revision: str
    page: str


@dataclass
class Person:
    """Someone who fills the questionnaire of an authority; ``patient`` people try again when the site is not there.

    ``pages`` are the sections to fill: address, what its page posts in the end, and the variable that changes at each
    save. A page is opened once, then saved once for each question that it answers, as the script of the page does.
    """

    line: Line
    unit: str
    code: str
    pages: Sequence[tuple[str, Posted, str | None]]
    report: Report
    patient: bool = False
    begun: int = 0
    """Questions of the first section that were answered before; counted again from the start when there are fewer."""
    cookies: dict[str, str] = field(default_factory=dict)
    opened: Opened = Opened("", "0", "")
    here: str = ""
    count: int = 0

    async def sign_in(self) -> None:
        """Pass the door with the identifier and the code."""
        opened = await self._opened("/repondre/")
        fields = {"identifiant": [self.unit], "code": [self.code], "csrfmiddlewaretoken": [opened.token]}
        answer = await self._ask("/repondre/", fields=fields)
        if answer.status != 302:
            self.report.faults.append(f"{self.unit}: porte, {answer.status}")

    async def open(self, path: str) -> None:
        """Open the page of a section, and keep what it holds for the next save."""
        start = perf_counter()
        self.opened, self.here = await self._opened(path), path
        self.report.loads.append(perf_counter() - start)

    async def save(self, path: str, posted: Posted, varied: str | None, *, due: float) -> None:
        """Save a section with a value never given before; seconds count from ``due``, when the save was to start."""
        self.count += 1
        held = {"csrfmiddlewaretoken": self.opened.token, "revision": self.opened.revision, "page": self.opened.page}
        fields = posted | {name: [value] for name, value in held.items()}
        if varied:
            fields[varied] = [str(self.count)]
        answer = await self._ask(path, fields=fields, json_=True)
        self.report.saves.append(perf_counter() - due)
        kept = answer.status == 200
        if varied:
            self.report.values.append(Save(self.unit, varied, str(self.count), kept))
        if kept:
            self.opened = Opened(self.opened.token, str(json.loads(answer.body)["revision"]), self.opened.page)
        else:
            self.report.faults.append(f"{self.unit}: {path}, {answer.status}")

    async def tell(self, path: str, events: str = "") -> None:
        """Say that a page is still open, or how it was used."""
        fields = {"csrfmiddlewaretoken": [self.opened.token]} | ({"events": [events]} if events else {})
        answer = await self._ask(path, fields=fields, json_=True)
        self.report.told += 1
        if answer.status not in (200, 204):
            self.report.faults.append(f"{self.unit}: {path}, {answer.status}")

    async def fill(self, *, start: float, until: float, every: float) -> None:
        """Answer one question after the other, one every so many seconds, from where this person is to the end."""
        due, pulse = start, start
        for path, posted, varied in self._left:
            if due >= until or perf_counter() >= until:
                return
            await asyncio.sleep(max(due - perf_counter(), 0))
            if path != self.here:
                await self.tell(f"{self.here}journal", '[{"kind": "leave", "seconds": 60}]')
                await self.open(path)
                due = max(due, perf_counter())
            await self.save(path, posted, varied, due=due)
            if perf_counter() - pulse > PULSE:
                pulse = perf_counter()
                await self.tell(f"{path}presence")
            due += every

    @cached_property
    def _left(self) -> Iterator[tuple[str, Posted, str | None]]:
        return islice(self._answers(), self.begun % len(_questions(self.pages[0][1])), None)

    def _answers(self) -> Iterator[tuple[str, Posted, str | None]]:
        """Yield what is posted after each answer: first one question, at last the whole section."""
        for path, posted, varied in cycle(self.pages):
            questions = _questions(posted)
            for place in range(1, len(questions) + 1):
                answered = set(questions[:place])
                yield (
                    path,
                    {name: given for name, given in posted.items() if name.partition("__")[0] in answered},
                    varied,
                )

    async def _opened(self, path: str) -> Opened:
        answer = await self._ask(path)
        text = answer.body.decode()
        token, revision, page = (pattern.search(text) for pattern in (_TOKEN, _REVISION, _PAGE))
        if answer.status != 200 or token is None:
            self.report.faults.append(f"{self.unit}: {path}, {answer.status}")
            return Opened("", "0", "")
        return Opened(token[1], revision[1] if revision else "0", page[1] if page else "")

    async def _ask(self, path: str, *, fields: Posted | None = None, json_: bool = False) -> Answer:
        limit = perf_counter() + _PATIENCE
        while True:
            try:
                answer = await self.line.ask(path, fields=fields, cookies=self.cookies, json_=json_)
            except OSError as error:
                answer = Answer(0, {}, str(error).encode())
            self.cookies.update(answer.cookies)
            served = 0 < answer.status < 500
            if served or not self.patient or perf_counter() > limit:
                return answer
            await asyncio.sleep(0.2)


def _questions(posted: Posted) -> list[str]:
    """Return the questions that a page answers, one at least, in their order."""
    return list(dict.fromkeys(name.partition("__")[0] for name in posted)) or [""]


async def let_in(people: Sequence[Person]) -> None:
    """Let people sign in and open their first section."""
    for person in people:
        await person.sign_in()
        await person.open(person.pages[0][0])


async def fill_together(
    people: Sequence[Person], *, seconds: float, rate: float, clocks: Callable[[], Sequence[float]] = tuple
) -> Report:
    """Let people who were let in fill at ``rate`` saves a second, from where they are; return what they lived.

    A save is late when the site is: its seconds count from the moment when it was to start, not when it could.
    ``clocks`` are read when the filling begins and when it ends.
    """
    report = Report()
    for person in people:
        person.report = report
    begin, before = perf_counter(), clocks()
    every = len(people) / rate
    starts = [begin + every * place / len(people) for place in range(len(people))]
    filling = (
        person.fill(start=start, until=begin + seconds, every=every)
        for person, start in zip(people, starts, strict=True)
    )
    await asyncio.gather(*filling)
    report.seconds = perf_counter() - begin
    report.processor = tuple(after - once for after, once in zip(clocks(), before, strict=True))
    for person in people:
        person.line.close()
    return report


def lost_or_doubled(report: Report) -> list[str]:
    """Compare what was acknowledged, value by value, with the database; return what is lost or there twice."""
    from maille.web.answers.models import Answer as Current
    from maille.web.answers.models import FormerAnswer

    wrong = []
    for unit, variable in sorted({(save.unit, save.variable) for save in report.values}):
        sent = [save for save in report.values if (save.unit, save.variable) == (unit, variable)]
        former = FormerAnswer.objects.filter(unit__code=unit, variable=variable).order_by("replaced_at", "id")
        current = Current.objects.filter(unit__code=unit, variable=variable)
        kept = [*former.values_list("value", flat=True), *current.values_list("value", flat=True)]
        last = max((place for place, save in enumerate(sent) if save.acknowledged), default=0)
        if kept and kept[-1] not in {save.value for save in sent[last:]}:
            wrong.append(f"{unit} {variable} : {kept[-1]} a remplacé une valeur plus récente")
        for save in sent:
            times = kept.count(save.value)
            if times > 1 or (save.acknowledged and times == 0):
                wrong.append(f"{unit} {variable} = {save.value} : {times} fois")
    return wrong
