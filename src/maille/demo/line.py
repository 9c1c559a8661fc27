"""The connection of a simulated browser: one request after the other over HTTP, cheap enough to share the machine."""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from maille.demo.answering import Posted


@dataclass(frozen=True)
class Answer:
    """What the site answered: status, cookies that it sets, body."""

    status: int
    cookies: Mapping[str, str]
    body: bytes


@dataclass
class Line:
    """The connection of a browser to the site, kept open from one request to the next."""

    host: str
    port: int
    _ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, *, fields: Posted | None = None, cookies: Mapping[str, str], json_: bool) -> Answer:
        """Send one request and return its answer. Raises OSError when the site is not there or hangs up.

        A connection left idle may have been hung up: as a browser does, the request is then sent once more.
        """
        request = self._request(path, fields, cookies=cookies, json_=json_)
        was_open = self._ends is not None
        try:
            return await self._exchange(request)
        except (ConnectionError, EOFError) as hung_up:
            if not was_open:
                raise ConnectionError("the site hung up") from hung_up
        try:
            return await self._exchange(request)
        except EOFError as hung_up:
            raise ConnectionError("the site hung up") from hung_up

    async def _exchange(self, request: bytes) -> Answer:
        try:
            async with asyncio.timeout(30):
                if self._ends is None:
                    self._ends = await asyncio.open_connection(self.host, self.port)
                reader, writer = self._ends
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                status, cookies, known = _head(head.decode("latin-1"))
                body = await reader.readexactly(int(known.get("content-length", 0)))
        except BaseException:
            self.close()
            raise
        if known.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, cookies, gzip.decompress(body) if known.get("content-encoding") == "gzip" else body)

    def close(self) -> None:
        """Hang up."""
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None

    def _request(self, path: str, fields: Posted | None, *, cookies: Mapping[str, str], json_: bool) -> bytes:
        body = urlencode(fields, doseq=True).encode() if fields is not None else b""
        lines = [
            f"{'GET' if fields is None else 'POST'} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            "Accept-Encoding: gzip",
            f"Accept: {'application/json' if json_ else 'text/html'}",
            f"Cookie: {'; '.join(f'{name}={value}' for name, value in cookies.items())}",
        ]
        if fields is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


def _head(text: str) -> tuple[int, dict[str, str], dict[str, str]]:
    """Return the status, the cookies that are set, and the other headers."""
    first, *lines = text.split("\r\n")
    cookies: dict[str, str] = {}
    known: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "set-cookie":
            cookie, _, content = value.strip().split(";")[0].partition("=")
            cookies[cookie] = content
        else:
            known[name.lower()] = value.strip()
    return int(first.split(" ")[1]), cookies, known
