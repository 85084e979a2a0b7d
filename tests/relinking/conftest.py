"""A pair whose truth is known, with signatures in its sidecar, and what may become of its clips."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.picture_edits import Box
from support.program_runs import Vidkompy, run_ffmpeg, sidecar_of
from support.relinked_clips import COUNT, SIDECAR, X264
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.media.signatures import signature_of
from vidkompy.model import Clip, FrameMap, Run, Sidecar
from vidkompy.sidecar.document import write_sidecar


@pytest.fixture(scope="session")
def panned(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """BG frames 10 on at 30 fps, one dropped, as an unscaled FG of 96x64 px at (64, 40)."""
    folder = tmp_path_factory.mktemp("panned")
    bg = write_bg(folder / "source.mp4", "handheld", COUNT, size=(240, 136))
    frames = constructed_maps.without(constructed_maps.offset(COUNT, 10), 30, 1)
    case = build(Recipe(Box(64, 40, 96, 64), frames), bg, folder / "pair")
    run_ffmpeg("-i", bg, *X264, "-crf", "16", case.bg)
    return case


@pytest.fixture(scope="session")
def known(panned: Case) -> Sidecar:
    """Its truth, as an analysis would write it, with a pin at each end and a box that is ignored."""
    sidecar = sidecar_of(panned)

    def signed(clip: Clip) -> Clip:
        return replace(clip, signature=signature_of(make_proxies(clip, 5)))

    bg = sidecar.frame_map.bg
    frame_map = FrameMap(bg, low=bg.copy(), high=bg + 1, confidence=np.full(len(bg), 0.9, np.float32))
    return replace(
        sidecar,
        fg=signed(sidecar.fg),
        bg=signed(sidecar.bg),
        placement=replace(sidecar.placement, score=0.99, confidence=0.95),
        frame_map=frame_map,
        quality=replace(sidecar.quality, confidence=0.855, reasons=("a doubt that stays",)),
        pins=(Run(0, int(bg[0]), 2), Run(100, int(bg[100]), 1)),
        ignored=((4, 4, 21, 11),),
    )


@pytest.fixture
def pair_of_files(vidkompy: Vidkompy, known: Sidecar, panned: Case, tmp_path: Path) -> Vidkompy:
    """bg.mp4, fg.mp4 and SIDECAR in the test's folder, and the program to run there."""
    bg, fg = (Path(shutil.copy2(path, tmp_path)) for path in (panned.bg, panned.fg))
    write_sidecar(replace(known, bg=replace(known.bg, path=bg), fg=replace(known.fg, path=fg)), tmp_path / SIDECAR)
    return vidkompy
