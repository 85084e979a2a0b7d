"""A pair's small picture is made in passing: what becomes of it costs no pair its answer."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from vidkompy.batch.pair_runner import run_pair
from vidkompy.batch.pair_task import THUMBNAIL, PairTask
from vidkompy.batch.worker_process import Answer, WorkerLost, WorkerProcess

DONE = Answer(0, {"confidence": 0.9, "reasons": []}, "", 0.1)
TASK = PairTask("one", "line 2", "fg.mp4", ("bg.mp4",))


class StandIn:
    """Answers commands in this process. draw: what it does for a thumbnail."""

    def __init__(self, draw: Callable[[Path], Answer]) -> None:
        self.is_closed, self._draw = False, draw

    def run(self, arguments: Sequence[str], *_: object) -> Answer:
        output = Path(arguments[list(arguments).index("-o") + 1])
        if arguments[0] == "thumbnail":
            return self._draw(output)
        output.write_text(json.dumps({"clips": {"fg": {"sha256": "1"}, "bg": {"sha256": "2"}}}))
        return DONE


def files_of(draw: Callable[[Path], Answer], folder: Path) -> tuple[str, ...]:
    outcome = run_pair(TASK, folder, cast(WorkerProcess, StandIn(draw)))
    assert (outcome.result.status, outcome.result.confidence) == ("done", 0.9)
    return outcome.result.files


def test_a_picture_is_among_the_files_of_its_pair(tmp_path: Path) -> None:
    def draw(path: Path) -> Answer:
        path.write_bytes(b"picture")
        return DONE

    assert files_of(draw, tmp_path) == (f"one/one{THUMBNAIL}", "one/one.vidkompy.json")


def test_a_pair_is_done_without_a_picture(tmp_path: Path) -> None:
    assert files_of(lambda _: Answer(1, {}, "it cannot be decoded", 0.1), tmp_path) == ("one/one.vidkompy.json",)


@pytest.mark.parametrize("kind", ["timeout", "memory", "ended"])
def test_a_worker_lost_over_a_picture_costs_no_pair(kind: str, tmp_path: Path) -> None:
    """What it had begun is no file of the pair."""

    def lose(path: Path) -> Answer:
        begun = path.parent / "folder of the one that wrote it"
        begun.mkdir()
        (begun / "half").write_bytes(b"pict")
        raise WorkerLost(kind, "it is gone")  # type: ignore[arg-type]

    assert files_of(lose, tmp_path) == ("one/one.vidkompy.json",)
