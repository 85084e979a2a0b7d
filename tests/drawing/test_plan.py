"""What is planned of a drawing, and what is refused before any ffmpeg runs."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.back_and_forth import back_and_forth
from support.program_runs import Vidkompy, refused

from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import MAX_BACKWARD_JUMPS, plan_composition, plan_layout
from vidkompy.model import Placement
from vidkompy.sidecar.document import write_sidecar


def test_a_map_that_goes_back_too_often_is_refused(vidkompy: Vidkompy, tmp_path: Path) -> None:
    write_sidecar(back_and_forth(tmp_path, MAX_BACKWARD_JUMPS + 1), tmp_path / "pair.vidkompy.json")
    assert refused(vidkompy, "render", "pair.vidkompy.json") == (
        "the map goes back 200 times, and each time takes one more reader of BG; wanted 199 at most: "
        "edit its runs, or cut FG into parts"
    )


def test_as_many_jumps_as_files_can_be_open_are_planned(tmp_path: Path) -> None:
    sidecar = back_and_forth(tmp_path, MAX_BACKWARD_JUMPS)
    composition = plan_composition(sidecar, DrawingOptions())
    assert list(composition.bg_index) == sidecar.frame_map.bg.tolist()


@pytest.mark.parametrize(
    ("content", "window"),
    [
        ((0, 0, 32, 24), None),  # no bar
        ((3, 0, 32, 24), (12, 8, 40, 32)),  # 8 + 3 = 11 lies between chroma samples, which are 2 px wide
        ((0, 2, 29, 21), (8, 10, 36, 28)),  # 8 + 29 = 37, and 8 + 21 = 29
    ],
)
def test_a_window_without_bars_ends_with_whole_chroma_samples(
    tmp_path: Path, content: tuple[int, int, int, int], window: tuple[int, int, int, int] | None
) -> None:
    sidecar = replace(back_and_forth(tmp_path, 1), content=content)
    assert plan_layout(sidecar, DrawingOptions()).fg_crop == window
    assert plan_layout(sidecar, DrawingOptions(keep_bars=True)).fg_crop is None


def test_a_window_is_scaled_with_fg(tmp_path: Path) -> None:
    sidecar = replace(back_and_forth(tmp_path, 1), content=(8, 4, 24, 20), placement=Placement(10, 6, 48, 36))
    layout = plan_layout(sidecar, DrawingOptions())
    assert layout.fg_crop == (22, 12, 46, 36)  # 10 + 8 * 1.5, 6 + 4 * 1.5, 10 + 24 * 1.5, 6 + 20 * 1.5


def test_the_canvas_grows_with_an_fg_that_keeps_its_pixels(tmp_path: Path) -> None:
    sidecar = replace(back_and_forth(tmp_path, 1), placement=Placement(10.5, 6, 16, 12))
    layout = plan_layout(sidecar, DrawingOptions(canvas="fg"))
    assert (layout.canvas, layout.x, layout.y, layout.width, layout.height) == ((128, 96), 21, 12, 32, 24)
