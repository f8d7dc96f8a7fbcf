"""`/livez` (the process runs), `/readyz` (it can take events and show them; the reasons when not), `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from streams.errors import PlumblineError
from streams.metrics import Metrics
from streams.web.access import Access

CHECK_S = 3.0
Check = Callable[[], Awaitable[object]]


def probe_routes(metrics: Metrics, access: Access, checks: Mapping[str, Check]) -> list[Route]:
    """The routes. `checks` maps a part to what raises when it is away."""

    async def livez(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        results = await asyncio.gather(*(_problem(check) for check in checks.values()))
        found = {part: problem for part, problem in zip(checks, results, strict=True) if problem}
        return JSONResponse({"status": "not ready" if found else "ready", "problems": found}, 503 if found else 200)

    async def exposition(request: Request) -> Response:
        if access.reader(request) is None:
            return Response("send a token: Authorization: Bearer …\n", 401, {"WWW-Authenticate": "Bearer"}, media_type="text/plain")
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]


async def _problem(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_S):
            await check()
    except TimeoutError:
        return f"no answer within {CHECK_S:g} s"
    except PlumblineError as error:
        return error.what
    return ""
