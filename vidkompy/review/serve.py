"""A review served to this machine alone, until its page is closed or the program is interrupted."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from threading import Thread

import uvicorn

from vidkompy.errors import UsageError
from vidkompy.review.live_session import LiveSession
from vidkompy.review.server import application, new_token

LOOPBACK = "127.0.0.1"
SECONDS_AFTER_CLOSING = 6.0  # from the page's farewell on: loading it again says farewell, too
SECONDS_WITHOUT_SIGN = 90.0  # from a page that said nothing: a tab in the background may be slowed to one sign a minute
SECONDS_TO_END = 5.0  # that requests in progress have
MAX_CONNECTIONS = 64  # at once: one browser has 6; more are answered that the server is busy
CHECKS_A_SECOND = 5


def bind(port: int) -> socket.socket:
    """A socket of this machine alone. port: 0 for any that is free. Raises UsageError."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.bind((LOOPBACK, port))
    except OSError as e:
        listening.close()
        reason = (e.strerror or str(e)).lower()
        raise UsageError(f"--port {port} cannot be had: {reason}; name another, or none") from e
    return listening


def serve(live: LiveSession, listening: socket.socket, on_ready: Callable[[str], None]) -> None:
    """Serves until the page is closed. on_ready: called with its address. KeyboardInterrupt ends it as well."""
    token, port = new_token(), listening.getsockname()[1]
    config = uvicorn.Config(
        application(live, token, port),
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(1 / CHECKS_A_SECOND)
        on_ready(f"http://{LOOPBACK}:{port}/{token}/")
        while thread.is_alive() and not _is_over(live):
            time.sleep(1 / CHECKS_A_SECOND)
    finally:
        server.should_exit = True
        thread.join(SECONDS_TO_END)
        server.force_exit = True  # whoever still asks is not waited for
        thread.join()
        live.close()


def _is_over(live: LiveSession) -> bool:
    if not live.is_opened:
        return False
    return live.seconds_unseen > (SECONDS_AFTER_CLOSING if live.is_left else SECONDS_WITHOUT_SIGN)
