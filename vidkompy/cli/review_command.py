"""`vidkompy review`: the session is made, served, opened in a browser, and summed up when it ends."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vidkompy.cli.analysis_commands import cache_of
from vidkompy.cli.commands import Review
from vidkompy.cli.messages import print_message
from vidkompy.cli.progress import progress_reports
from vidkompy.cli.results import Result
from vidkompy.counts import count_text
from vidkompy.errors import UsageError

if TYPE_CHECKING:
    from vidkompy.review.session import ReviewSession


def run_review(c: Review) -> Result:
    try:
        from vidkompy.review.live_session import LiveSession
        from vidkompy.review.serve import bind, serve
    except ImportError as e:
        raise UsageError(f"a review needs {e.name}, which is not installed: pip install 'vidkompy[review]'") from e
    from vidkompy.review.session import ReviewSession

    if not 0 <= c.port <= 65535:
        raise UsageError(f"--port is {c.port}; wanted 1 to 65535, or 0 for any that is free")
    with bind(c.port) as listening:
        with progress_reports() as report:
            session = ReviewSession(c.sidecar, cache_of(is_off=False), report)
        with suppress(KeyboardInterrupt):
            serve(LiveSession(session), listening, lambda address: _announce(address, c.no_browser))
    return _result(session, c)


def _announce(address: str, is_silent: bool) -> None:
    print_message(f"review at {address} (this machine only); close its page, or press Ctrl-C, to end it")
    if not is_silent:
        import webbrowser

        if not webbrowser.open(address):
            print_message("note: no browser was found; open that address in one")


def _result(session: ReviewSession, c: Review) -> Result:
    """What became of it. Nothing was written but by `save`."""
    saves = session.saves
    left = "" if session.is_saved else "; what was changed since is not saved"
    line = f"saved {count_text(saves, 'time')}{left}" if saves else f"nothing was saved{left}"
    return Result({"sidecar": str(c.sidecar), "saves": saves, "is_saved": session.is_saved}, (line,))
