"""A few authorities answer as people do: a browser's requests, over HTTP, to the site itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from maille.demo.answering import Intention, Posted, Progress, pending_units, posted_sections
from maille.demo.response import HTTP, SUBMITTED
from maille.errors import InternalError


class PageRefused(InternalError):
    """A page of the site did not answer a simulated authority as it answers a person."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the progress bar says enough."""


@contextmanager
def served_site() -> Iterator[str]:
    """Serve the site on a free loopback port in a thread; yield its address."""
    from maille.web.wsgi import application

    server = make_server("127.0.0.1", 0, application, server_class=WSGIServer, handler_class=_Quiet)
    thread = Thread(target=_serve, args=(server,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _serve(server: WSGIServer) -> None:
    """Answer until the server is shut down, then leave no connection of this thread open."""
    from django.db import connections

    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        connections.close_all()


@dataclass
class _Forms(HTMLParser):
    """The hidden fields of every form that posts, in the order of the page."""

    forms: list[dict[str, str]] = field(default_factory=list)
    inside: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the hidden inputs of the forms."""
        named = dict(attrs)
        if tag == "form":
            self.inside = (named.get("method") or "").lower() == "post"
            if self.inside:
                self.forms.append({})
        elif tag == "input" and self.inside and named.get("type") == "hidden":
            self.forms[-1][named.get("name") or ""] = named.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        if tag == "form":
            self.inside = False


class Visitor:
    """A person at a browser without JavaScript: cookies, pages, forms."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def read(self, path: str) -> str:
        """Return a page. Raises PageRefused."""
        return self._open(path, None)

    def post(self, path: str, fields: Posted, *, page: str | None = None) -> str:
        """Fill the form of a page in and send it; return the page that follows. Raises PageRefused."""
        token = _token(self.read(page or path), where=page or path)
        return self._open(path, urlencode({**fields, "csrfmiddlewaretoken": [token]}, doseq=True).encode())

    def _open(self, path: str, body: bytes | None) -> str:
        try:
            with self._opener.open(self._site + path, body, timeout=30) as answer:
                return _text(answer)
        except HTTPError as error:
            with error:
                raise PageRefused(
                    "une page du site a refusé une collectivité simulée.", where=path, got=error.code
                ) from error


def answer_over_http(site: str, unit: Any, *, code: str, sections: Sequence[tuple[str, Posted]]) -> str:
    """Sign in, post every section, submit; return the page of the receipt. Raises PageRefused."""
    visitor = Visitor(site)
    visitor.post("/repondre/", {"identifiant": [unit.code], "code": [code]})
    for section, posted in sections:
        visitor.post(f"/repondre/section/{section}/", posted)
    visitor.post("/questionnaire/envoyer/", {})
    return visitor.read("/questionnaire/recu/")


def answer_some(edition: str, wanted: Sequence[Intention], progress: Progress) -> int:
    """Let the authorities of mode ``http_demo`` answer over HTTP, then date them inside the collection.

    Each gets a new access code, since nobody keeps the codes; the site dates what it receives with its own clock, so
    that the simulated moment is written afterwards. Done again after an interruption, it does the rest.
    """
    from maille.web.answers.folder import questionnaire_of

    todo = [intention for intention in wanted if intention.mode == HTTP and intention.outcome == SUBMITTED]
    pending = pending_units(edition, todo)
    with served_site() as site:
        for position, intention in enumerate(todo):
            if (unit := pending.get(intention.unit)) is not None:
                pages = [(s.id, posted) for s, posted in posted_sections(questionnaire_of(unit), intention.truth)]
                receipt = answer_over_http(site, unit, code=unit.replace_code(), sections=pages)
                _check_receipt(unit, receipt)
            progress("Quelques collectivités répondent par les pages", position + 1, len(todo))
    _date(edition, {intention.unit: intention for intention in todo})
    return len(todo)


def _check_receipt(unit: Any, page: str) -> None:
    unit.refresh_from_db()
    if not unit.is_submitted or unit.submissions.last().fingerprint[:12] not in page:
        raise PageRefused("le reçu ne porte pas l’empreinte de ce qui a été envoyé.", where=unit.code)


def _date(edition: str, wanted: Mapping[str, Intention]) -> None:
    from maille.web.answers.models import Submission

    for submission in Submission.objects.select_related("unit").filter(
        unit__edition=edition, unit__code__in=list(wanted)
    ):
        intention, unit = wanted[submission.unit.code], submission.unit
        moment = unit.last_activity_at = intention.finished_at
        unit.started_at = intention.started_at
        submission.submitted_at = unit.submitted_at = moment
        submission.mode = HTTP
        submission.save(update_fields=["submitted_at", "mode"])
        unit.save(update_fields=["submitted_at", "started_at", "last_activity_at"])
        unit.page_events.update(at=moment)
        unit.answers.update(mode=HTTP, saved_at=moment)


def _token(page: str, *, where: str) -> str:
    forms = _Forms()
    forms.feed(page)
    for fields in forms.forms:
        if "csrfmiddlewaretoken" in fields:
            return fields["csrfmiddlewaretoken"]
    raise PageRefused("la page n’a pas de formulaire.", where=where)


def _text(answer: HTTPResponse) -> str:
    return answer.read().decode("utf-8")
