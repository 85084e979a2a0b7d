"""A review that is served, as the program serves it, of a pair whose truth is known."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from support.program_runs import sidecar_of
from support.served_reviews import Served
from support.truth_cases import Case

from vidkompy.review import serve as serving
from vidkompy.review.live_session import LiveSession
from vidkompy.review.serve import bind, serve
from vidkompy.review.session import ReviewSession
from vidkompy.sidecar.document import write_sidecar


@pytest.fixture
def session(made: Case, tmp_path: Path) -> ReviewSession:
    bg, fg = (Path(shutil.copy2(path, tmp_path)) for path in (made.bg, made.fg))
    truth = sidecar_of(replace(made, bg=bg, fg=fg))
    write_sidecar(replace(truth, engine="precise"), tmp_path / "x.vidkompy.json")
    return ReviewSession(tmp_path / "x.vidkompy.json")


@pytest.fixture
def served(session: ReviewSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    live, listening = LiveSession(session), bind(0)
    ready, is_tested, found = Event(), Event(), list[str]()
    is_over = serving._is_over
    monkeypatch.setattr(serving, "_is_over", lambda live: is_tested.is_set() or is_over(live))  # a page may be open yet

    def on_ready(address: str) -> None:
        found.append(address)
        ready.set()

    thread = Thread(target=serve, args=(live, listening, on_ready), daemon=True)
    thread.start()
    assert ready.wait(20)
    yield Served(session, live, found[0], thread)
    is_tested.set()
    thread.join(60)
    assert not thread.is_alive()
    listening.close()
