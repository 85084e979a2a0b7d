"""The comparison script, run: an FG cut from BG without loss scores as identical, and no other does."""

import json
import math
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from support.export_readers import reader
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy
from support.wave_films import standing_track, wave_pair

from vidkompy import FrameMap, Placement, Sidecar
from vidkompy.media.probe import probe
from vidkompy.model import UNMATCHED
from vidkompy.sidecar.document import write_sidecar

CANVAS, SIZE, N_BG = (160, 96), (96, 64), 90
AT = (22, 10)
MAP = [*range(50, 58), 58, 58, 58, 61, 64, -1, -1, 65, *range(12, 20), 22, 22, 23, -1, 80, 81]
MATCHED = sum(j >= 0 for j in MAP)


def packed(seed: int, size: tuple[int, int]) -> np.ndarray:
    """A picture of soft noise as yuv420p, u8 [height * 3 / 2, width]."""
    coarse = np.random.default_rng(seed).integers(30, 220, (size[1] * 3 // 16, size[0] // 8), np.uint8)
    return coarse.repeat(8, 0).repeat(8, 1)


def cut(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    """SIZE of a canvas from an even (x, y), which may lie outside: mid grey there."""
    width, height = CANVAS
    planes = (picture[:height], *picture[height:].reshape(2, height // 2, width // 2))
    parts = []
    for plane, step in zip(planes, (1, 2, 2), strict=True):
        wide = np.pad(plane, 40 // step, constant_values=128)
        top, left = (y + 40) // step, (x + 40) // step
        parts.append(wide[top : top + SIZE[1] // step, left : left + SIZE[0] // step])
    return np.concatenate([parts[0], np.stack(parts[1:]).reshape(-1, SIZE[0])])


def write(path: Path, pictures: list[np.ndarray], rate: int) -> Path:
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0] * 2 // 3, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def below() -> list[np.ndarray]:
    return [packed(j, CANVAS) for j in range(N_BG)]


@pytest.fixture
def bg(below: list[np.ndarray], tmp_path: Path) -> Path:
    return write(tmp_path / "bg.mkv", below, 25)


def mapped_sidecar(bg: Path, fg: Path, frames: list[int], at: tuple[float, float] = AT, scale: float = 1) -> Sidecar:
    clip = probe(fg)
    where = Placement(*at, clip.width / scale, clip.height / scale)
    return Sidecar(clip, probe(bg), where, FrameMap(np.array(frames)))


def scores(vidkompy: Vidkompy, sidecar: Sidecar, ffmpeg: str, shell: str = "sh") -> tuple[dict[str, float], int, str]:
    """What each measure says, frames compared, and what the export says it loses."""
    write_sidecar(sidecar, "x.vidkompy.json")
    exported = vidkompy("export", "x.vidkompy.json", "--to", "vmaf", "-o", "score.sh", "--overwrite")
    assert exported.code == 0, exported.err
    done = subprocess.run(
        [shell, "score.sh"], env=os.environ | {"FFMPEG": ffmpeg}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    patterns = {"ssim": r"SSIM .*All:(\S+)", "psnr": r"PSNR .*average:(\S+)", "vmaf": r"VMAF score: (\S+)"}
    patterns["xpsnr"] = r"XPSNR .*minimum: (\S+)\)"
    found = {name: float(m[1]) for name, pattern in patterns.items() if (m := re.search(pattern, done.stderr))}
    return found, int(re.findall(r"frame= *(\d+)", done.stderr)[-1]), exported.err


@pytest.mark.parametrize("shell", ["sh", "zsh"])
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_fg_cut_from_bg_scores_as_identical_and_a_frame_off_does_not(
    vidkompy: Vidkompy, below: list[np.ndarray], bg: Path, tmp_path: Path, ffmpeg: str, shell: str
) -> None:
    """Repeats, drops, a jump back and unmatched frames."""
    pictures = [cut(below[j], *AT) if j >= 0 else packed(999, SIZE) for j in MAP]
    sidecar = mapped_sidecar(bg, write(tmp_path / "fg.mkv", pictures, 30), MAP)
    found, frames, lost = scores(vidkompy, sidecar, ffmpeg, reader(shell, shell))
    assert (found["ssim"], found["psnr"], frames) == (1.0, math.inf, MATCHED)
    assert lost.splitlines()[0] == "loss   3 unmatched FG frames are left out on both sides"
    numbers = [float(m[1]) for m in re.finditer(r"All:(\S+)", Path("scores.ssim.txt").read_text())]
    assert numbers == [1.0] * MATCHED
    assert len(Path("scores.psnr.txt").read_text().splitlines()) == MATCHED
    if ffmpeg == EMBEDDED:
        assert len(json.loads(Path("scores.vmaf.json").read_text())["frames"]) == MATCHED
        assert Path("scores.xpsnr.txt").read_text().count("n:") == MATCHED
    assert ffmpeg != EMBEDDED or (found["xpsnr"], found["vmaf"] > 95) == (math.inf, True)
    late = replace(sidecar, frame_map=FrameMap(np.array([j if j < 0 else j + 1 for j in MAP])))
    found, frames, _ = scores(vidkompy, late, ffmpeg)
    assert frames == MATCHED
    assert found["ssim"] < 0.9
    assert found["psnr"] < 20
    assert ffmpeg != EMBEDDED or (found["xpsnr"] < 20 and found["vmaf"] < 50)


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_only_what_lies_on_the_canvas_inside_the_bars_is_compared(
    vidkompy: Vidkompy, below: list[np.ndarray], bg: Path, tmp_path: Path, ffmpeg: str
) -> None:
    pictures = [cut(picture, -20, 40) for picture in below[:8]]
    for picture in pictures:
        picture[:8] = 16
    sidecar = mapped_sidecar(bg, write(tmp_path / "fg.mkv", pictures, 25), list(range(8)), (-20, 40))
    found, _, lost = scores(vidkompy, sidecar, ffmpeg)
    assert found["ssim"] < 0.99
    assert lost.startswith("loss   of FG's 96x64 px only 76x56 at 20,0 are taken: the rest is bars or off the canvas\n")
    found, frames, lost = scores(vidkompy, replace(sidecar, content=(0, 8, 96, 64)), ffmpeg)
    assert (found["ssim"], found["psnr"], frames) == (1.0, math.inf, 8)
    assert lost.startswith("loss   of FG's 96x64 px only 76x48 at 20,8 are taken")


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_bg_is_scaled_as_fg_is(vidkompy: Vidkompy, bg: Path, tmp_path: Path, ffmpeg: str) -> None:
    """FG is 3/2 of BG's size, made by the same ffmpeg: scaled first, cut then."""
    left_chroma = "in_h_chr_pos=0:in_v_chr_pos=128:out_h_chr_pos=0:out_v_chr_pos=128"
    scaled = f"scale=240:144:flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp:{left_chroma}"
    picture = f"{scaled},crop=96:64:30:16:exact=1,format=yuv420p"
    words = ("-v", "error", "-i", bg, "-vf", picture, "-frames:v", "6", "-c:v", "ffv1", tmp_path / "fg.mkv")
    subprocess.run([ffmpeg, *words], check=True)
    sidecar = mapped_sidecar(bg, tmp_path / "fg.mkv", list(range(6)), (20, 32 / 3), 1.5)
    found, frames, lost = scores(vidkompy, sidecar, ffmpeg)
    assert (found["ssim"], found["psnr"], frames) == (1.0, math.inf, 6)
    assert lost.startswith(
        "loss   BG is scaled as FG is: it differs from FG by how unlike both ways of scaling are, too\n"
    )
    assert "off its place" not in lost


def test_a_placement_between_pixels_is_met(vidkompy: Vidkompy, tmp_path: Path) -> None:
    """Waves, drawn for both clips at their pixels' centres: FG is 96x64 px on 70.3x46.9 of BG at 40.37,22.81."""
    (x, y), (width, height) = (40.37, 22.81), (70.3, 46.9)
    canvas = [waves(j, np.arange(CANVAS[0]) + 0.5, np.arange(CANVAS[1]) + 0.5) for j in range(4)]
    across, down = ((np.arange(n) + 0.5) * size / n for n, size in zip(SIZE, (width, height), strict=True))
    inside = [waves(j, x + across, y + down) for j in range(4)]
    bg, fg = write(tmp_path / "bg.mkv", canvas, 25), write(tmp_path / "fg.mkv", inside, 25)
    sidecar = Sidecar(probe(fg), probe(bg), Placement(x, y, width, height), FrameMap(np.arange(4)))
    found, _, _ = scores(vidkompy, sidecar, EMBEDDED)
    assert found["psnr"] > 48
    assert found["ssim"] > 0.999
    off = replace(sidecar, placement=replace(sidecar.placement, x=x + 0.25))
    assert scores(vidkompy, off, EMBEDDED)[0]["psnr"] < found["psnr"] - 6


def waves(j: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    luma = 128 + 60 * np.sin(x / 3 + j)[None, :] + 40 * np.cos(y / 4 - j)[:, None]
    grey = np.full((len(y) // 2, len(x)), 128)
    return np.concatenate([luma.round(), grey]).astype(np.uint8)


def test_bg_moves_below_an_fg_whose_place_moves(vidkompy: Vidkompy, tmp_path: Path) -> None:
    track = standing_track(6, 12, 20, (96, 56))
    track[2:, :2] += [40, 6]
    pair = wave_pair(tmp_path, track, (96, 56), bg_index=np.array([0, 1, 3, 4, 5, 6]))
    matched = np.array([0, UNMATCHED, 3, 4, 5, 6])
    found, frames, lost = scores(vidkompy, replace(pair.sidecar, frame_map=FrameMap(matched)), EMBEDDED)
    assert (found["ssim"], found["psnr"], frames) == (1.0, math.inf, 5)
    assert "place" not in lost


def test_a_map_without_a_match_has_nothing_to_compare(
    vidkompy: Vidkompy, below: list[np.ndarray], bg: Path, tmp_path: Path
) -> None:
    fg = write(tmp_path / "fg.mkv", [cut(picture, *AT) for picture in below[:2]], 25)
    write_sidecar(mapped_sidecar(bg, fg, [-1, -1]), "x.vidkompy.json")
    outcome = vidkompy("export", "x.vidkompy.json", "--to", "vmaf")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("vidkompy: no FG frame is matched: there is nothing to compare")
