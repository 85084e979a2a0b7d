"""preview of clips of many kinds, in every style: a file that plays, with each FG frame at its time."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import av
import numpy as np
import pytest
from support import constructed_maps
from support.picture_edits import Box
from support.program_runs import Vidkompy, packets, run_ffmpeg, seconds, sidecar_of
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from filtergraphs.preview_styles import PreviewStyle
from vidkompy.sidecar.document import write_sidecar

COUNT = 30
STYLES: tuple[str, ...] = get_args(PreviewStyle)
AT, STRAIGHT = Box(61, 37, 192, 110), constructed_maps.offset(COUNT + 6, 6)
PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,format=yuv420p10le"
RECIPES = {
    "variable rate": Recipe(AT, STRAIGHT, is_variable_rate=True, sound=Sound()),
    "odd sizes": Recipe(Box(61, 37, 191, 109), STRAIGHT),
    "over the edge": Recipe(Box(200, 101, 151, 110), STRAIGHT),
    "unmatched": Recipe(AT, constructed_maps.with_foreign(STRAIGHT, 10, 8), sound=Sound()),
    "unmatched ends": Recipe(AT, np.where(abs(np.arange(COUNT) - 14.5) < 10, STRAIGHT, -1)),
    "NTSC": Recipe(AT, STRAIGHT, rate=Fraction(30000, 1001), sound=Sound()),
    "scaled": Recipe(AT, STRAIGHT, scale=(1.5, 1.5)),
    "PQ": Recipe(AT, STRAIGHT),
}


@pytest.fixture(scope="module", params=RECIPES)
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("kinds")
    size = (321, 181) if request.param == "odd sizes" else (320, 180)
    case = build(RECIPES[request.param], write_bg(folder / "bg.mp4", "tripod", 48, size=size), folder / "pair")
    if request.param != "PQ":
        return case
    in_pq = [path.with_suffix(".mkv") for path in (case.bg, case.fg)]
    for path, made in zip((case.bg, case.fg), in_pq, strict=True):
        run_ffmpeg("-i", path, "-vf", PQ, "-c:v", "libx265", "-x265-params", "log-level=error", made)
    return replace(case, bg=in_pq[0], fg=in_pq[1])


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_every_kind_of_clip_plays(vidkompy: Vidkompy, kind: Case, style: str) -> None:
    write_sidecar(sidecar_of(kind), Path("pair.vidkompy.json"))
    outcome = vidkompy("preview", "pair.vidkompy.json", "--style", style, "-o", "out.mp4")
    assert outcome.code == 0, outcome
    of_fg, drawn = seconds(kind.fg), seconds(Path("out.mp4"))
    assert [round(float(t - drawn[0]), 3) for t in drawn] == [round(float(t - of_fg[0]), 3) for t in of_fg]
    assert packets(Path("out.mp4"), "audio") == []
    with av.open("out.mp4") as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(stream)]
        assert (stream.codec_context.pix_fmt, stream.codec_context.profile) == ("yuv420p", "High")
        assert stream.width % 2 == stream.height % 2 == 0
        assert stream.width >= 420  # px, in which the text fits
        assert stream.sample_aspect_ratio in (1, None)
    assert len(frames) == len(of_fg)
    assert all(frame.shape == frames[0].shape for frame in frames)
    if style != "difference":
        assert min(float(frame[: -stream.height // 3].std()) for frame in frames) > 5  # grey levels: a picture is there
