"""Waiting for what others do, on a machine that may be busy."""

import time
from collections.abc import Callable

MAX_WAIT_SECONDS = 60


def wait_until(claim: Callable[[], object]) -> None:
    """Fails where the claim does not become true."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, claim
        time.sleep(0.02)
