"""Structured logs on standard error: JSON for machines, lines for a terminal. Secrets are masked and content never passes."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from streams.settings import LogSettings

SECRET_KEYS = frozenset({"token", "password", "secret", "authorization", "key", "sasl_password"})
CONTENT_KEYS = frozenset({"text", "input", "output", "system", "prompt", "content", "excerpt", "payload", "user_id", "api_key_id", "conversation_id"})
# streams.kafka.chunks is what Faust says of our consumer
NOISY = ("aiokafka", "faust", "mode", "kafka", "streams.kafka.chunks", "urllib3", "uvicorn", "clickhouse_connect")


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of keys that must never be logged, whoever passes them."""
    for name in event:
        if name in SECRET_KEYS:
            event[name] = "***"
        elif name in CONTENT_KEYS:
            event[name] = "(content withheld)"
    return event


def configure(settings: LogSettings, *, part: str) -> None:
    """Set up logging of this process; `part` names it in each line."""
    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    level = getattr(logging, settings.level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask,
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Drivers log whole records at debug, so nobody but us speaks there, and they at warning and above, unless everything is asked for.
    logging.getLogger().setLevel(max(level, logging.INFO))
    logging.getLogger("streams").setLevel(level)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.INFO if settings.level == "debug" else logging.WARNING)
    structlog.contextvars.bind_contextvars(part=part)
