"""Serves pages: who is asking, the page's values into its template, tables as CSV, and what to do when something is away."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from streams import __version__
from streams.clickhouse.library import UsageError
from streams.errors import PlumblineError
from streams.web.access import COOKIE, SESSION_S, Access, Reader, same_origin
from streams.web.bodies import read_small_form
from streams.web.facts import Facts
from streams.web.pages import PAGES
from streams.web.pages.visit import Page, Visit, as_csv
from streams.web.problems import Problem, of_status
from streams.web.questions import Questions
from streams.web.render import ago, change, environment, link
from streams.web.window import CHOICES, Window, slot_labels

NAMES = {"/": "Overview", "/events": "Events"}
Endpoint = Callable[[Request], Awaitable[Response]]


class Desk:
    """Turns requests into visits and pages into answers."""

    def __init__(self, access: Access, questions: Questions, facts: Facts) -> None:
        self._access, self._questions, self._facts = access, questions, facts
        self._templates = environment()
        self._templates.globals |= {
            "facts": facts, "choices": list(CHOICES), "open": access.open, "version": __version__, "navigation": _navigation, "change": change,
            "ago": ago, "slot_labels": slot_labels,
        }  # fmt: skip

    def page(self, path: str) -> Endpoint:
        """The endpoint of one page."""

        async def serve(request: Request) -> Response:
            reader = self._access.reader(request)
            if reader is None:
                return RedirectResponse(link("/sign-in", next=_here(request)), 303)
            try:
                visit = self._visit(request, reader)
                page = await PAGES[path](visit)
            except (UsageError, ValueError) as error:
                return self._failed(request, reader, 400, str(error), "a parameter of this address does not fit", "plumbline query --list")
            except PlumblineError as error:
                return self._failed(request, reader, 503, error.what, error.cause, error.command)
            if wanted := request.query_params.get("csv"):
                return _csv(page, wanted, path)
            return self._html(request, page, reader, visit, page.values)

        return serve

    def _visit(self, request: Request, reader: Reader) -> Visit:
        params, now = dict(request.query_params), datetime.now(UTC)
        window = Window.parse(params.get("since", ""), params.get("until", ""), now)
        return Visit(reader, request.url.path, params, now, window, self._questions, self._facts)

    def _html(self, request: Request, page: Page, reader: Reader | None, visit: Visit | None, values: Mapping[str, Any]) -> Response:
        theme = request.cookies.get("plumbline_theme", "")
        shared = {"page": page, "visit": visit, "reader": reader, "here": request.url.path, "theme": theme if theme in ("light", "dark") else ""}
        text = self._templates.get_template(page.template).render(values, now=visit.now if visit else datetime.now(UTC), **shared)
        return Response(text, page.status, media_type="text/html")

    def _failed(self, request: Request, reader: Reader | None, status: int, what: str, cause: str, command: str) -> Response:
        """A page that says what failed and what to do, without asking anything."""
        page = Page("error.html", what, {"what": what, "cause": cause, "command": command}, status=status)
        return self._html(request, page, reader, None, page.values)

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
                answer = RedirectResponse(target, 303)
                secure = request.url.scheme == "https"
                answer.set_cookie(COOKIE, self._access.session(reader), max_age=SESSION_S, httponly=True, samesite="strict", secure=secure)
                return answer
            refused = True
        page = Page("sign_in.html", "Sign in", {"target": target, "refused": refused}, status=401 if refused else 200)
        return self._html(request, page, None, None, page.values)

    async def sign_out(self, request: Request) -> Response:
        _refuse_foreign(request)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(COOKIE)
        return answer

    async def missing(self, request: Request, error: Exception) -> Response:
        """No such page, or no such method."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
            return of_status(status, f"{request.method} {request.url.path}: see docs/web.md").response()
        return self._failed(request, self._access.reader(request), status, "There is nothing at this address", f"{request.url.path}", "")


def _navigation(_reader: Reader) -> list[tuple[str, str]]:
    return [(path, NAMES[path]) for path in PAGES if path in NAMES]


def _refuse_foreign(request: Request) -> None:
    if not same_origin(request):
        raise Problem(403, "foreign-origin", "this form was not sent by this page")


def _csv(page: Page, name: str, path: str) -> Response:
    if name not in page.tables:
        raise Problem(404, "no-such-table", f"this page has no table {name[:60]!r}; it has: {', '.join(page.tables)}")
    file = f"plumbline-{path.strip('/').replace('/', '-') or 'overview'}-{name}.csv"
    return Response(as_csv(page.tables[name]), media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{file}"'})


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _local(target: str) -> str:
    """Only a path of ours: a sign-in page must not send people elsewhere."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
