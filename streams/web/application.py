"""The ASGI application: intake, page, probes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from streams.errors import PlumblineError
from streams.kafka.async_producer import AsyncEventProducer
from streams.kafka.broker import kafka_settings
from streams.metrics import Metrics
from streams.settings import KafkaSettings, Settings
from streams.store.endpoint import clickhouse_settings
from streams.web.access import Access
from streams.web.actions import ACTIONS
from streams.web.desk import Desk
from streams.web.facts import Facts
from streams.web.guard import Guard
from streams.web.intake import Intake, Producer
from streams.web.journal import Journal
from streams.web.live import Live
from streams.web.pages import PAGES
from streams.web.probes import probe_routes
from streams.web.problems import Problem, of_status
from streams.web.questions import Questions

STATIC = Path(__file__).parent / "static"


def build(settings: Settings, *, producer: Producer | None = None, questions: Questions | None = None) -> Starlette:
    """The application. Broker and ClickHouse are looked up at first use, so that it starts before they do.

    Raises:
        ConfigurationError: it would be open to other machines.
    """
    access, metrics = Access(settings.web, settings.intake), Metrics()
    access.check()
    kafka = _kafka(settings)
    producer = producer or AsyncEventProducer(kafka)
    questions = questions or Questions(lambda: clickhouse_settings(settings))
    facts, journal = Facts(settings, kafka, questions), Journal(questions)
    live = Live(questions, facts, metrics)
    intake, desk = Intake(settings, access, producer, metrics), Desk(access, questions, facts, journal, live)
    checks = {"kafka": getattr(producer, "connect", _nothing), "clickhouse": lambda: questions.ask("pipeline", since="1h")}

    routes = [
        Route("/v1/events", intake.post, methods=["POST"]),
        *probe_routes(metrics, access, checks),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
        Route("/sign-in", desk.sign_in, methods=["GET", "POST"]),
        Route("/sign-out", desk.sign_out, methods=["POST"]),
        Route("/live/stream", desk.stream),
        *(Route(path, desk.act(path), methods=["POST"]) for path in ACTIONS),
        *(Route(path, desk.page(path), methods=["GET"]) for path in PAGES),
    ]
    handlers = {Problem: _problem, HTTPException: desk.missing, Exception: desk.broken}
    middleware = [Middleware(Guard, metrics=metrics), Middleware(GZipMiddleware, minimum_size=2_000)]
    return Starlette(
        routes=routes, middleware=middleware, exception_handlers=handlers, lifespan=lambda _app: _life(facts, journal, live, questions, producer)
    )


@asynccontextmanager
async def _life(facts: Facts, journal: Journal, live: Live, questions: Questions, producer: Producer) -> AsyncIterator[None]:
    """While the process serves: the log is written, the stream is followed; at the end nothing is left waiting."""
    await asyncio.to_thread(lambda: facts.pack)  # a second of reading that no visitor should wait for
    tasks = [asyncio.create_task(job()) for job in (journal.run, live.run)]
    yield
    for task in tasks:
        task.cancel()
    with suppress(PlumblineError):
        await journal.flush()
    questions.close()
    if isinstance(producer, AsyncEventProducer):
        await producer.close()


def _kafka(settings: Settings) -> Callable[[], KafkaSettings]:
    return lambda: kafka_settings(settings)


async def _nothing() -> None:
    return None


async def _problem(_request: Request, error: Exception) -> Response:
    return error.response() if isinstance(error, Problem) else of_status(500).response()
