"""A block of 16x16 px that is altered in one frame of a lossy or scaled FG is told; nothing that an encoder does is."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps, footage
from support.clips import Encoding, encode, planes
from support.picture_edits import U8, Box, to_yuv
from support.program_runs import Vidkompy, run_ffmpeg, sidecar_of
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.sidecar.document import write_sidecar
from vidkompy.verification.frame_comparison import verify
from vidkompy.verification.parameters import VerificationParameters

COUNT, SPOILT = 24, 11
CASES: dict[str, tuple[str, ...]] = {
    "ffv1": ("-c:v", "ffv1"),
    "crf 18": ("-c:v", "libx264", "-crf", "18", "-preset", "veryfast"),
    "crf 28": ("-c:v", "libx264", "-crf", "28", "-preset", "veryfast"),
    "mpeg4 q5": ("-c:v", "mpeg4", "-q:v", "5"),
}
POOR: dict[str, tuple[str, ...]] = {
    "crf 40": ("-c:v", "libx264", "-crf", "40", "-preset", "veryfast"),
    "mpeg4 q12": ("-c:v", "mpeg4", "-q:v", "12"),
}
Edit = Callable[[U8], None]


def darkened(block: U8) -> None:
    block[:] = 16


def brightened(block: U8) -> None:
    block[:] = np.minimum(block.astype(int) + 60, 255)


@pytest.fixture(scope="module")
def enlarged(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """An FG of 1.6 px for each px of BG: it is scaled down, and drawn between px."""
    folder = tmp_path_factory.mktemp("enlarged")
    bg = write_bg(folder / "source.mp4", "tripod", COUNT + 4, size=(320, 180))
    return build(
        Recipe(Box(61, 37, 160, 100), constructed_maps.offset(COUNT + 4, 2, COUNT), scale=(1.6, 1.6)),
        bg,
        folder / "pair",
    )


@pytest.mark.slow
@pytest.mark.parametrize("alter", [darkened, brightened])
@pytest.mark.parametrize("encoding", CASES)
def test_a_block_altered_in_one_frame_is_told(vidkompy: Vidkompy, enlarged: Case, encoding: str, alter: Edit) -> None:
    truth = sidecar_of(enlarged)
    write_sidecar(replace(truth, placement=replace(truth.placement, x=61.4)), "pair.vidkompy.json")
    assert vidkompy("render", "pair.vidkompy.json", "-o", "right.mkv", "--", *CASES["ffv1"]).code == 0
    for name, frames in (("out.mkv", spoilt(Path("right.mkv"), alter)), ("same.mkv", planes(Path("right.mkv")))):
        encode(Path("raw.mkv"), frames, Fraction(30), Encoding(crf=1))
        encoded("raw.mkv", name, CASES[encoding])
    assert verify("pair.vidkompy.json", "same.mkv").wrong_fg == []
    assert verify("pair.vidkompy.json", "out.mkv").wrong_fg == [SPOILT]


def spoilt(path: Path, alter: Edit) -> Iterator[U8]:
    for i, frame in enumerate(planes(path)):
        if i == SPOILT:
            alter(frame[0, 78:94, 121:137])  # within FG; off the grids of encoders and of cells
        yield frame


def encoded(source: str, name: str, encoding: tuple[str, ...]) -> None:
    run_ffmpeg("-i", source, *encoding, "-fps_mode", "passthrough", name)


@pytest.fixture(scope="module", params=["pan", "handheld"])
def hard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A flash, a picture of one frame, a small thing that is there for one frame, a fade, noise and a cut."""
    folder = tmp_path_factory.mktemp("hard")
    encode(folder / "source.mp4", hard_to_encode(request.param), Fraction(30), Encoding(crf=12))
    recipe = Recipe(Box(61, 37, 160, 100), constructed_maps.offset(44, 2, 40), scale=(1.6, 1.6))
    return build(recipe, folder / "source.mp4", folder / "pair")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", CASES | POOR)
def test_what_is_hard_to_encode_is_no_altered_block(vidkompy: Vidkompy, hard: Case, encoding: str) -> None:
    write_sidecar(sidecar_of(hard), "pair.vidkompy.json")
    words = ("render", "pair.vidkompy.json", "-o", "out.mkv", "--", *(CASES | POOR)[encoding])
    assert vidkompy(*words).code == 0
    without = replace(VerificationParameters(), least_block_excess=math.inf)
    elsewhere_wrong = verify("pair.vidkompy.json", "out.mkv", parameters=without).wrong_fg
    assert verify("pair.vidkompy.json", "out.mkv").wrong_fg == elsewhere_wrong
    assert encoding == "crf 40" or not elsewhere_wrong  # there noise and flashes look like other frames


def hard_to_encode(kind: str) -> Iterator[U8]:
    rng = np.random.default_rng(4)
    other = [to_yuv(rgb) for rgb in footage.frames("cuts", 12, size=(320, 180), seed=2)]
    for i, rgb in enumerate(footage.frames(kind, 44, size=(320, 180))):
        frame = to_yuv(rgb)
        if i == 8:
            frame[0] = np.minimum(frame[0].astype(int) * 2 + 60, 235)
        elif i == 14:
            frame = other[0]
        elif i == 18:
            frame[0, 80:92, 120:132] = 235
        elif 20 <= i < 30:
            frame[0] = 16 + (frame[0].astype(int) - 16) * (30 - i) // 10
        elif 30 <= i < 36:
            frame[0] = np.clip(frame[0] + rng.normal(0, 12, frame[0].shape), 16, 235)
        elif i >= 36:
            frame = other[i - 36]
        yield frame
