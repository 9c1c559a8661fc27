"""A crowd fills questionnaires at once: a browser's requests, over HTTP, and the memory of what was acknowledged."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlencode

from maille.demo.answering import Posted

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_REVISION = re.compile(r'name="revision" value="(\d+)"')
_PATIENCE = 60.0
"""Seconds during which a person who may wait tries the same request again."""
LOADS_EVERY = 5
"""A person opens a page again once in so many saves."""


@dataclass(frozen=True)
class Answer:
    """What the site answered: status, cookies that it sets, body."""

    status: int
    cookies: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Save:
    """One value that a person saved; ``acknowledged`` tells that the site said so."""

    unit: str
    variable: str
    value: str
    acknowledged: bool


@dataclass
class Report:
    """What a crowd lived through: seconds of each save and page load, faults, and every value in the order sent."""

    saves: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    values: list[Save] = field(default_factory=list)
    seconds: float = 0.0

    def acknowledged(self) -> list[Save]:
        """Return the values that the site said it had kept."""
        return [save for save in self.values if save.acknowledged]


@dataclass(frozen=True)
class Site:
    """Where the site listens."""

    host: str
    port: int

    async def ask(self, path: str, *, fields: Posted | None = None, cookies: Mapping[str, str], json_: bool) -> Answer:
        """Send one request and return its answer. Raises OSError when the site is not there or hangs up."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(self._request(path, fields, cookies=cookies, json_=json_))
            raw = await asyncio.wait_for(reader.read(-1), timeout=30)
        finally:
            writer.close()
        return _parsed(raw)

    def _request(self, path: str, fields: Posted | None, *, cookies: Mapping[str, str], json_: bool) -> bytes:
        body = urlencode(fields, doseq=True).encode() if fields is not None else b""
        lines = [
            f"{'GET' if fields is None else 'POST'} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            "Connection: close",
            f"Accept: {'application/json' if json_ else 'text/html'}",
            f"Cookie: {'; '.join(f'{name}={value}' for name, value in cookies.items())}",
        ]
        if fields is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


def _parsed(raw: bytes) -> Answer:
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        raise ConnectionError("the site hung up")
    first, *headers = head.decode("latin-1").split("\r\n")
    named = [header.partition(":") for header in headers]
    set_ = [value.strip().split(";")[0].partition("=") for name, _, value in named if name.lower() == "set-cookie"]
    length = next((int(value) for name, _, value in named if name.lower() == "content-length"), len(body))
    if len(body) < length:
        raise ConnectionError("the site hung up in the middle of a page")
    return Answer(int(first.split(" ")[1]), {name: value for name, _, value in set_}, body.decode("utf-8"))


@dataclass
class Person:
    """Someone who fills the questionnaire of an authority; ``patient`` people try again when the site is not there.

    ``pages`` are the sections to fill: address, what its page posts, and the variable that changes at each save.
    """

    site: Site
    unit: str
    code: str
    pages: Sequence[tuple[str, Posted, str | None]]
    report: Report
    patient: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    count: int = 0

    async def sign_in(self) -> None:
        """Pass the door with the identifier and the code."""
        token, _ = await self._opened("/repondre/")
        fields = {"identifiant": [self.unit], "code": [self.code], "csrfmiddlewaretoken": [token]}
        answer = await self._ask("/repondre/", fields=fields)
        if answer.status != 302:
            self.report.faults.append(f"{self.unit}: porte, {answer.status}")

    async def open(self, path: str) -> None:
        """Open the page of a section, and keep its token and its revision for the next save."""
        start = perf_counter()
        self.known[path] = await self._opened(path)
        self.report.loads.append(perf_counter() - start)

    async def save(self, page: tuple[str, Posted, str | None], *, due: float | None = None) -> None:
        """Save a section with a value never given before; seconds count from ``due``, when the save was to start."""
        path, posted, varied = page
        if path not in self.known:
            await self.open(path)
        token, revision = self.known[path]
        self.count += 1
        fields = {**posted, "csrfmiddlewaretoken": [token], "revision": [revision]}
        if varied:
            fields[varied] = [str(self.count)]
        start = perf_counter() if due is None else due
        answer = await self._ask(path, fields=fields, json_=True)
        self.report.saves.append(perf_counter() - start)
        kept = answer.status == 200
        if varied:
            self.report.values.append(Save(self.unit, varied, str(self.count), kept))
        if kept:
            self.known[path] = (token, str(json.loads(answer.body)["revision"]))
        else:
            self.report.faults.append(f"{self.unit}: {path}, {answer.status}")

    async def fill(self, *, start: float, until: float, every: float) -> None:
        """Open every section, then save one after the other, one every so many seconds, until the end."""
        due = start
        while (wait := due - perf_counter()) > 0 or perf_counter() < until:
            if due >= until:
                return
            await asyncio.sleep(max(wait, 0))
            page = self.pages[self.count % len(self.pages)]
            if self.count % LOADS_EVERY == 0:
                await self.open(page[0])
                due = max(due, perf_counter())
            await self.save(page, due=due)
            due += every

    async def _opened(self, path: str) -> tuple[str, str]:
        answer = await self._ask(path)
        token, revision = _TOKEN.search(answer.body), _REVISION.search(answer.body)
        if answer.status != 200 or token is None:
            self.report.faults.append(f"{self.unit}: {path}, {answer.status}")
            return "", "0"
        return token[1], revision[1] if revision else "0"

    async def _ask(self, path: str, *, fields: Posted | None = None, json_: bool = False) -> Answer:
        limit = perf_counter() + _PATIENCE
        while True:
            try:
                answer = await self.site.ask(path, fields=fields, cookies=self.cookies, json_=json_)
            except OSError as error:
                answer = Answer(0, {}, str(error))
            self.cookies.update(answer.cookies)
            served = 0 < answer.status < 500
            if served or not self.patient or perf_counter() > limit:
                return answer
            await asyncio.sleep(0.2)


async def fill_together(people: Sequence[Person], *, seconds: float, rate: float) -> Report:
    """Let people sign in, then fill at ``rate`` saves a second in all; return what they lived through.

    A save is late when the site is: its seconds count from the moment when it was to start, not when it could.
    """
    report = people[0].report
    for person in people:
        await person.sign_in()
    begin = perf_counter()
    every = len(people) / rate
    starts = [begin + every * place / len(people) for place in range(len(people))]
    filling = (
        person.fill(start=start, until=begin + seconds, every=every)
        for person, start in zip(people, starts, strict=True)
    )
    await asyncio.gather(*filling)
    report.seconds = perf_counter() - begin
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
