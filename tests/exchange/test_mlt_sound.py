"""When melt plays FG's sound: with FG's picture, or as far off as the export says."""

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support import sound_clicks
from support.numbered_films import melted_sound
from support.program_runs import Vidkompy

from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

TICK = Fraction(1, 1000)
LENGTH_S = 3.0
MLT_S = 0.06  # by which melt is off where sound starts apart from the picture: a frame, and its own rounding


def heard(path: Path) -> sound_clicks.F64:
    with av.open(str(path)) as container:
        samples = np.concatenate([f.to_ndarray().reshape(-1, f.layout.nb_channels) for f in container.decode(audio=0)])
    return sound_clicks.click_times((samples[:, 0] / 32768).astype(np.float32))


@pytest.mark.slow
@pytest.mark.parametrize("format_name", ["mlt", "kdenlive"])
@pytest.mark.parametrize(
    ("name", "codec", "picture_s", "sound_s"),
    [
        ("fg.mkv", "flac", 0.0, 0.0),
        ("fg.mkv", "flac", 0.0, 0.7),
        ("fg.mkv", "flac", 0.72, 0.0),
        ("fg.mp4", "aac", 0.0, 0.7),
        ("fg.mp4", "aac", 0.72, 0.0),
        ("fg.mp4", "aac", 1.2, 0.0),
    ],
)
def test_melt_plays_sound_where_the_export_says(
    vidkompy: Vidkompy, tmp_path: Path, format_name: str, name: str, codec: str, picture_s: float, sound_s: float
) -> None:
    at = sound_clicks.times(LENGTH_S)
    pts = np.arange(75) * 40
    sound = [sound_clicks.track(at, LENGTH_S)]
    late = pts + round(picture_s * 1000)
    fg = probe(sound_clicks.film(Path(name), late, TICK, sound, codec=codec, sound_start_s=sound_s))
    bg = probe(sound_clicks.film(Path("bg.mkv"), pts, TICK, []))
    write_sidecar(Sidecar(fg, bg, Placement(0, 0, 32, 32), FrameMap(np.arange(75))), "x.json")
    err = vidkompy("export", "x.json", "--to", format_name, "-o", f"x.{format_name}").err
    found = re.search(r"loss   MLT plays FG's sound ([\d.]+) s too late", err)
    assert (found is not None) == (name == "fg.mp4" and picture_s > 0)
    lag = float(found[1]) if found else 0.0
    wanted = at + sound_s - picture_s + lag
    wanted = wanted[(wanted > 0.1) & (wanted < LENGTH_S - 0.1)]
    clicks = heard(melted_sound(f"x.{format_name}", tmp_path))
    assert len(wanted) >= 4
    assert max(np.abs(clicks - t).min() for t in wanted) <= MLT_S
