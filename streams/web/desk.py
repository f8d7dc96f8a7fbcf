"""Serves pages: who is asking, the page's values into its template, tables as CSV, forms to actions, and what to do when something is away."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from sse_starlette import EventSourceResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from streams import __version__
from streams.clickhouse.library import UsageError
from streams.errors import PlumblineError
from streams.web.access import COOKIE, SESSION_S, Access, Reader, Role, same_origin
from streams.web.actions import ACTIONS, ROLES
from streams.web.bodies import read_small_form
from streams.web.facts import Facts
from streams.web.guard import HEADERS
from streams.web.journal import Entry, Journal
from streams.web.live import Filter, Live
from streams.web.pages import PAGES
from streams.web.pages.visit import Page, Visit, as_csv
from streams.web.problems import Problem, of_status
from streams.web.questions import Questions
from streams.web.render import environment, link
from streams.web.window import CHOICES, Window

log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]
THEMES = ("light", "dark")
SAID = {
    "review": "Your review is on record.",
    "acknowledge": "Acknowledged.",
    "resolve": "Resolved.",
    "silence": "Silenced.",
    "unsilence": "The silence is lifted.",
    "test": "The sample arrived.",
    "enable": "The route is on again.",
    "case": "It is in the history.",
    "replay": "What was given up is sent again, under the ids that it had.",
}


class Desk:
    """Turns requests into visits and pages into answers."""

    def __init__(self, access: Access, questions: Questions, facts: Facts, journal: Journal, live: Live) -> None:
        self._access, self._questions, self._facts, self._journal, self._live = access, questions, facts, journal, live
        self._templates = environment()
        self._templates.globals |= {"facts": facts, "choices": list(CHOICES), "open": access.open, "version": __version__, "navigation": _navigation}

    def page(self, path: str) -> Endpoint:
        """The endpoint of one page."""
        spec = PAGES[path]

        async def show(visit: Visit) -> Response:
            page = await spec.show(visit)
            wanted = visit.param("csv")
            self._journal.note(Entry(visit.reader, "export" if wanted else "view", path, *_subject(visit), detail=visit.query))
            return _csv(page, wanted, path) if wanted else self._html(visit, page)

        return self._guarded(show, spec.role)

    def act(self, path: str) -> Endpoint:
        """The endpoint of one form."""

        async def perform(visit: Visit) -> Response:
            form = visit.form
            page = await ACTIONS[path](visit, form, self._journal)
            if isinstance(page, Page):
                return self._html(visit, page)
            if page is not None:
                return RedirectResponse(page, 303)
            back = _local(form.get("back", "/"))
            said = form.get("action", path.strip("/").partition("/")[0])
            return RedirectResponse(f"{back}{'&' if '?' in back else '?'}said={said}" if "said=" not in back else back, 303)

        return self._guarded(perform, ROLES.get(path, Role.ANALYST), form=True)

    async def stream(self, request: Request) -> Response:
        """The live stream's events."""
        if self._access.reader(request) is None:
            raise Problem(401, "no-token", "sign in, or send Authorization: Bearer …")
        return EventSourceResponse(self._live.follow(Filter.of(request.query_params)), ping=15, headers={"X-Accel-Buffering": "no"})

    def _guarded(self, handle: Callable[[Visit], Awaitable[Response]], role: Role, *, form: bool = False) -> Endpoint:
        """Only for readers of the role; failures become pages that say what to do."""

        async def serve(request: Request) -> Response:
            reader = self._access.reader(request)
            if reader is None and "authorization" in request.headers:
                raise Problem(401, "unknown-token", "no reader has this token (web.token, web.tokens)", headers={"WWW-Authenticate": "Bearer"})
            if reader is None:
                return RedirectResponse(link("/sign-in", next="/" if form else _here(request)), 303)
            if reader.role < role:
                return self._failed(request, reader, 403, f"This is for {role.name.lower()}s", f"your token's role is {reader.role.name.lower()}", "")
            if form:
                _refuse_foreign(request)
            try:
                return await handle(self._visit(request, reader, await read_small_form(request) if form else {}))
            except (UsageError, ValueError) as error:
                what, cause = (error.what, error.cause) if isinstance(error, UsageError) else (str(error), "")
                return self._failed(request, reader, 400, f"{what[:1].upper()}{what[1:]}", cause, "")
            except PlumblineError as error:
                return self._failed(request, reader, 503, error.what, error.cause, error.command)

        return serve

    def _visit(self, request: Request, reader: Reader, form: dict[str, str]) -> Visit:
        params, now, theme = dict(request.query_params), datetime.now(UTC), request.cookies.get("plumbline_theme", "")
        window = Window.parse(params.get("since", ""), params.get("until", ""), now)
        shown = theme if theme in THEMES else ""
        return Visit(reader, request.url.path, params, now, window, self._questions, self._facts, form, shown, request.url.query)

    def _html(self, visit: Visit, page: Page) -> Response:
        shared = {"page": page, "visit": visit, "reader": visit.reader, "here": visit.path, "theme": visit.theme, "now": visit.now}
        text = self._templates.get_template(page.template).render(page.values, **shared, said=SAID.get(visit.param("said"), ""))
        return Response(text, page.status, media_type="text/html")

    def _plain(self, request: Request, page: Page, reader: Reader | None) -> Response:
        """A page that asks nothing."""
        theme = request.cookies.get("plumbline_theme", "")
        shared: dict[str, Any] = {"page": page, "visit": None, "reader": reader, "here": request.url.path, "said": ""}
        text = self._templates.get_template(page.template).render(page.values, **shared, theme=theme if theme in THEMES else "")
        return Response(text, page.status, media_type="text/html")

    def _failed(self, request: Request, reader: Reader | None, status: int, what: str, cause: str, command: str) -> Response:
        """What failed and what to do."""
        return self._plain(request, Page("error.html", what, {"what": what, "cause": cause, "command": command}, status=status), reader)

    # -- signing in and out

    async def sign_in(self, request: Request) -> Response:
        """A token for a cookie that lasts for half a day."""
        target = _local(request.query_params.get("next", "/"))
        if self._access.reader(request) is not None:
            return RedirectResponse(target, 303)
        refused = False
        if request.method == "POST":
            _refuse_foreign(request)
            form = await read_small_form(request)
            if reader := self._access.holder(form.get("token", "")):
                self._journal.note(Entry(reader, "sign_in", "/sign-in", detail=_from(request)))
                answer = RedirectResponse(target, 303)
                secure = request.url.scheme == "https"
                answer.set_cookie(COOKIE, self._access.session(reader), max_age=SESSION_S, httponly=True, samesite="strict", secure=secure)
                return answer
            self._journal.note(Entry(Reader("", Role.VIEWER), "sign_in_refused", "/sign-in", detail=_from(request)))
            refused = True
        page = Page("sign_in.html", "Sign in", {"target": target, "refused": refused}, status=401 if refused else 200)
        return self._plain(request, page, None)

    async def sign_out(self, request: Request) -> Response:
        """Forget the cookie."""
        _refuse_foreign(request)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(COOKIE)
        return answer

    async def missing(self, request: Request, error: Exception) -> Response:
        """No such page, or no such method."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
            return of_status(status, f"{request.method} {request.url.path}: see docs/web.md").response()
        return self._failed(request, self._access.reader(request), status, "There is nothing at this address", request.url.path, "")

    async def broken(self, request: Request, error: Exception) -> Response:
        """A defect of ours: said plainly, and in the log. Answers outside the guard, so it brings the guard's headers itself."""
        log.error("a page failed", path=request.url.path, error=type(error).__name__)
        if request.url.path.startswith("/v1/"):
            answer: Response = of_status(500, "a defect of Plumbline; its log has the details. Send the request again later").response()
        else:
            cause = "the log of `plumbline web` has the details"
            answer = self._failed(request, None, 500, "This page has a defect", cause, "PLUMBLINE_LOG__LEVEL=debug plumbline web")
        answer.headers.update(HEADERS)
        return answer


def _navigation(reader: Reader) -> list[tuple[str, str]]:
    return [(path, spec.name) for path, spec in PAGES.items() if spec.name and reader.role >= spec.role]


def _subject(visit: Visit) -> tuple[str, str]:
    """Organization and event that a page is about."""
    named = visit.param("id") if visit.path == "/organization" else visit.param("organization")
    return named, visit.param("id") if visit.path == "/event" else ""


def _refuse_foreign(request: Request) -> None:
    if not same_origin(request):
        raise Problem(403, "foreign-origin", "this form was not sent by this page")


def _csv(page: Page, name: str, path: str) -> Response:
    if name not in page.tables:
        raise Problem(404, "no-such-table", f"this page has no table {name[:60]!r}; it has: {', '.join(page.tables)}")
    file = f"plumbline-{path.strip('/').replace('/', '-') or 'overview'}-{name}.csv"
    return Response(as_csv(page.tables[name]), media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{file}"'})


def _from(request: Request) -> str:
    return f"from {request.client.host}" if request.client else ""


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _local(target: str) -> str:
    """Only a path of ours: no form must send people elsewhere."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
