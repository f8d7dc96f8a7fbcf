"""Probes of a worker: `/livez` (the process runs), `/readyz` (it makes progress; the reasons when not), `/metrics`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from streams.metrics import Metrics


@asynccontextmanager
async def serve_probes(port: int, metrics: Metrics, problems: Callable[[], Mapping[str, str]], host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Serve while the context is open; yields the port. `problems` says what keeps the worker from being ready: part -> reason."""

    async def livez(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        found = dict(problems())
        return web.json_response({"status": "not ready" if found else "ready", "problems": found}, status=503 if found else 200)

    async def exposition(_request: web.Request) -> web.Response:
        problems()  # it also brings the lag gauges up to date
        return web.Response(body=metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", exposition)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
