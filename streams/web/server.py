"""The web process: listens, says where, stops on SIGTERM and SIGINT."""

import os
import signal
import socket
import sys

import structlog
import uvicorn

from streams.endpoint import Endpoint, announce, withdraw
from streams.errors import ConfigurationError
from streams.settings import Settings
from streams.web.application import build

log = structlog.get_logger(__name__)

GRACE_S = 3


def run_web(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        ConfigurationError: the port is taken, or the page would be open to other machines.
    """
    app = build(settings)
    listener = _listen(settings.web.host, settings.web.port)
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    announce(settings.data_dir, "web", Endpoint(url, os.getpid()))
    log.info("the page is ready", url=url)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S, limit_concurrency=512, lifespan="on"
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again once it has stopped, and that must not skip the end
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()
        withdraw(settings.data_dir, "web")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"the page cannot listen on {host}:{port}", cause=str(error), command="export PLUMBLINE_WEB__PORT=8081, or 0 for a free port"
        ) from error
    return listener
