"""A wrong output is called wrong: each fault by itself, lossless and lossy. A right one is called right."""

import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.clips import Encoding, encode, planes
from support.folder_state import on_disk
from support.picture_edits import U8, Box, Patch
from support.program_runs import EMBEDDED, Vidkompy, as_process, sidecar_of
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from vidkompy import Sidecar
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap
from vidkompy.sidecar.document import write_sidecar
from vidkompy.verification.frame_comparison import verify

LOSSLESS, LOSSY = ("-c:v", "ffv1"), ("-c:v", "libx264", "-crf", "23", "-preset", "veryfast")
ENCODINGS = pytest.mark.parametrize("encoding", [LOSSLESS, LOSSY], ids=["lossless", "crf 23"])
FRAMES = 36


# ---- wrong sidecars: the drawing itself is off


Edit = Callable[[Sidecar], Sidecar]


def mapped(change: Callable[[np.ndarray], np.ndarray]) -> Edit:
    return lambda s: replace(s, frame_map=FrameMap(change(s.frame_map.bg.copy())))


def moved(x: int = 0, y: int = 0) -> Edit:
    return lambda s: replace(s, placement=replace(s.placement, x=s.placement.x + x, y=s.placement.y + y))


def shifted(bg: np.ndarray, part: slice, by: int) -> np.ndarray:
    bg[part] += by
    return bg


WRONG_SIDECARS: dict[str, tuple[Edit, str]] = {
    "every BG frame one late": (mapped(lambda bg: bg + 1), "BG"),
    "every BG frame one early": (mapped(lambda bg: bg - 1), "BG"),
    "every BG frame three early": (mapped(lambda bg: bg - 3), "BG"),
    "one run one late": (mapped(lambda bg: shifted(bg, slice(12, 20), 1)), "BG"),
    "one run one early": (mapped(lambda bg: shifted(bg, slice(12, 20), -1)), "BG"),
    "one frame one late": (mapped(lambda bg: shifted(bg, slice(17, 18), 1)), "BG"),
    "last frame one early": (mapped(lambda bg: shifted(bg, slice(35, 36), -1)), "BG"),
    "BG stands still": (mapped(lambda bg: bg * 0 + 20), "BG"),
    "BG far off": (mapped(lambda bg: np.maximum(bg - 20, 0)), "BG"),
    "FG 2 px to the right": (moved(x=2), "FG"),
    "FG 2 px to the left": (moved(x=-2), "FG"),
    "FG 1 px down": (moved(y=1), "FG"),
    "FG 1 px up, 1 left": (moved(x=-1, y=-1), "FG"),
    "FG far off": (moved(x=40, y=20), "FG"),
}


@pytest.mark.slow
@ENCODINGS
@pytest.mark.parametrize("fault", WRONG_SIDECARS)
def test_what_another_sidecar_draws_is_wrong(
    vidkompy: Vidkompy, pair: Case, sidecar: Path, fault: str, encoding: tuple[str, ...]
) -> None:
    edit, kind = WRONG_SIDECARS[fault]
    write_sidecar(edit(sidecar_of(pair)), "other.vidkompy.json")
    assert vidkompy("render", "other.vidkompy.json", "-o", "out.mkv", "--", *encoding).code == 0
    assert kind in found_wrong(vidkompy, sidecar)


def found_wrong(vidkompy: Vidkompy, sidecar: Path, out: str = "out.mkv") -> set[str]:
    """What of FG, BG, times and frames a verdict calls wrong; the verdict itself must be WRONG."""
    before = on_disk(Path.cwd())
    outcome = vidkompy("verify", sidecar.name, out)
    claim, *lines, result = outcome.out.splitlines()
    assert claim.startswith("proves")
    assert (outcome.code, result, outcome.err) == (1, "result  WRONG", ""), outcome.out
    assert on_disk(Path.cwd()) == before
    fine = ("none wrong", "all as in FG", f"frames  {FRAMES} in the output", "not checked")
    return {line.split()[0] for line in lines if not any(word in line for word in fine)}


# ---- wrong FG frames: the right drawing of another FG


FG_ORDERS: dict[str, Callable[[list[int]], list[int]]] = {
    "a frame shown twice, the next never": lambda i: [*i[:11], i[10], *i[12:]],
    "the first frame never shown": lambda i: [i[1], *i[1:]],
    "the last frame never shown": lambda i: [*i[:-1], i[-2]],
    "two frames swapped": lambda i: [*i[:20], i[21], i[20], *i[22:]],
    "all one late": lambda i: [i[0], *i[:-1]],
    "backwards": lambda i: i[::-1],
    "a still": lambda i: [i[18]] * len(i),
}


@pytest.mark.slow
@ENCODINGS
@pytest.mark.parametrize("fault", FG_ORDERS)
def test_fg_frames_out_of_order_are_wrong(
    vidkompy: Vidkompy, pair: Case, sidecar: Path, fault: str, encoding: tuple[str, ...]
) -> None:
    frames = list(planes(pair.fg))
    draw_with_fg(vidkompy, pair, (frames[i] for i in FG_ORDERS[fault](list(range(FRAMES)))), encoding)
    assert "FG" in found_wrong(vidkompy, sidecar)


def draw_with_fg(vidkompy: Vidkompy, pair: Case, frames: Iterable[U8], encoding: tuple[str, ...]) -> None:
    """out.mkv: the true drawing, but with these FG frames (nearly lossless)."""
    encode(Path("other.mp4"), frames, Fraction(24), Encoding(crf=1))
    write_sidecar(sidecar_of(replace(pair, fg=Path("other.mp4"))), "other.vidkompy.json")
    assert vidkompy("render", "other.vidkompy.json", "-o", "out.mkv", "--", *encoding).code == 0


def mirrored(frames: Iterator[U8]) -> Iterator[U8]:
    return (frame[:, :, ::-1] for frame in frames)


def swapped_colours(frames: Iterator[U8]) -> Iterator[U8]:
    return (frame[[0, 2, 1]] for frame in frames)


def grey(frames: Iterator[U8]) -> Iterator[U8]:
    for frame in frames:
        frame[1:] = 128
        yield frame


def brighter(frames: Iterator[U8]) -> Iterator[U8]:
    for frame in frames:
        frame[0] = np.minimum(frame[0], 245) + 10
        yield frame


def blank(frames: Iterator[U8]) -> Iterator[U8]:
    return (np.full_like(frame, 128) for frame in frames)


def with_a_black_corner(frames: Iterator[U8]) -> Iterator[U8]:
    for frame in frames:
        frame[0, -24:, -24:] = 16
        yield frame


@pytest.mark.slow
@ENCODINGS
@pytest.mark.parametrize("spoil", [mirrored, swapped_colours, grey, brighter, blank, with_a_black_corner])
def test_fg_pictures_that_were_altered_are_wrong(
    vidkompy: Vidkompy,
    pair: Case,
    sidecar: Path,
    spoil: Callable[[Iterator[U8]], Iterator[U8]],
    encoding: tuple[str, ...],
) -> None:
    draw_with_fg(vidkompy, pair, spoil(planes(pair.fg)), encoding)
    assert "FG" in found_wrong(vidkompy, sidecar)


@pytest.mark.slow
@ENCODINGS
def test_bg_without_fg_is_wrong(vidkompy: Vidkompy, pair: Case, tmp_path: Path, encoding: tuple[str, ...]) -> None:
    """BG shows the same content where FG should be; only FG's logo is missing."""
    crop, logo = Box(61, 37, 192, 110), Patch(0.6, 0.6, 0.3, 0.3, is_opaque=True)
    case = build(Recipe(crop, pair.truth.map, rate=Fraction(24), patch=logo), pair.bg, tmp_path / "logo")
    write_sidecar(sidecar_of(case), "logo.vidkompy.json")
    draw_with_fg(vidkompy, pair, planes(pair.fg), encoding)
    assert found_wrong(vidkompy, Path("logo.vidkompy.json")) == {"FG"}


# ---- wrong files: a right drawing, spoilt afterwards


PASSED = ("-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-c:a", "copy", "-copyts")
SPOILT: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "dropped frame": (("-vf", "select=not(eq(n\\,10))"), {"frames", "FG", "BG", "times"}),
    "last frame dropped": (("-vf", "trim=end_frame=35"), {"frames"}),
    "frame repeated": (("-vf", "loop=1:1:10,setpts=N/24/TB"), {"frames", "FG", "BG"}),
    "frame replaced by the one before": (("-vf", "select=not(eq(n\\,10)),fps=24:start_time=0"), {"FG", "BG"}),
    "2 % slower": (("-vf", "setpts=PTS*1.02"), {"times"}),
    "one frame 20 ms late": (("-vf", "setpts=PTS+eq(N\\,10)*0.02/TB"), {"times"}),
    "all 0.1 s late, sound not": (("-vf", "setpts=PTS+0.1/TB"), {"times"}),
    "half the size": (("-vf", "scale=160:90"), {"FG", "BG"}),
    "a column cut off": (("-vf", "crop=318:180:2:0"), {"FG", "BG"}),
    "turned": (("-vf", "transpose"), {"FG", "BG"}),
    "upside down": (("-vf", "vflip"), {"FG", "BG"}),
    "BG colours swapped": (("-vf", "swapuv"), {"FG", "BG"}),
    "darker": (("-vf", "lutyuv=y=val-12"), {"FG", "BG"}),
}


@pytest.fixture(scope="module")
def right(made: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lossless drawing of the pair."""
    folder = tmp_path_factory.mktemp("right")
    write_sidecar(sidecar_of(made), folder / "pair.vidkompy.json")
    words = ("render", "pair.vidkompy.json", "-o", "right.mkv", "--", *LOSSLESS)
    assert as_process(*words, folder=folder).code == 0
    return folder / "right.mkv"


@pytest.mark.slow
@ENCODINGS
@pytest.mark.parametrize("fault", SPOILT)
def test_an_output_spoilt_afterwards_is_wrong(
    vidkompy: Vidkompy, sidecar: Path, right: Path, fault: str, encoding: tuple[str, ...]
) -> None:
    filters, kinds = SPOILT[fault]
    words = (EMBEDDED, "-v", "error", "-i", right, *filters, *PASSED, *encoding, "out.mkv")
    subprocess.run(words, check=True)
    assert kinds & found_wrong(vidkompy, sidecar)


@pytest.mark.slow
@pytest.mark.parametrize(("x", "y", "kind"), [(100, 60, "FG"), (3, 3, "BG")])
@pytest.mark.parametrize("plane", ["lum", "cb", "cr"])
def test_one_sample_of_one_plane_of_a_lossless_output_matters(
    vidkompy: Vidkompy, sidecar: Path, right: Path, plane: str, x: int, y: int, kind: str
) -> None:
    planes_kept = {name: f"{name}(X\\,Y)" for name in ("lum", "cb", "cr")}
    planes_kept[plane] += f"+eq(N\\,7)*eq(X\\,{x})*eq(Y\\,{y})"
    graph = "geq=" + ":".join(f"{name}={value}" for name, value in planes_kept.items())
    subprocess.run([EMBEDDED, "-v", "error", "-i", right, "-vf", graph, *PASSED, *LOSSLESS, "out.mkv"], check=True)
    assert found_wrong(vidkompy, sidecar) == {kind}


def test_the_faults_are_counted_and_placed(pair: Case, vidkompy: Vidkompy) -> None:
    truth = sidecar_of(pair)
    off = truth.frame_map.bg.copy()
    off[12:20] -= 1
    write_sidecar(replace(truth, frame_map=FrameMap(off)), "other.vidkompy.json")
    assert vidkompy("render", "other.vidkompy.json", "-o", "out.mkv", "--", *LOSSLESS).code == 0
    verdict = verify(truth, Path("out.mkv"))
    assert (verdict.expected, verdict.frames, verdict.fg_exact, verdict.bg_exact) == (36, 36, 36, 28)
    assert (verdict.wrong_fg, verdict.wrong_bg, verdict.wrong_time) == ([], list(range(12, 20)), [])


# ---- right outputs


@pytest.mark.slow
@pytest.mark.parametrize("crf", [18, 23, 28, 32])
def test_a_compressed_right_output_is_right(vidkompy: Vidkompy, sidecar: Path, crf: int) -> None:
    encoder = ("-c:v", "libx264", "-crf", str(crf), "-preset", "veryfast")
    for pix_fmt in ((), ("-pix_fmt", "yuv420p")):
        assert vidkompy("render", sidecar.name, "-o", "out.mp4", "--overwrite", "--", *encoder, *pix_fmt).code == 0
        outcome = vidkompy("verify", sidecar.name, "out.mp4")
        assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right"), outcome.out


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pan", "lowlight", "handheld", "cuts"])
def test_other_footage_at_crf_23_is_right_when_right_and_wrong_when_one_late(
    vidkompy: Vidkompy, tmp_path: Path, kind: str
) -> None:
    bg = write_bg(tmp_path / "source.mp4", kind, 40, size=(320, 180))
    case = build(Recipe(Box(60, 36, 192, 110), constructed_maps.offset(40, 4, 34), sound=Sound()), bg, tmp_path)
    truth = sidecar_of(case)
    write_sidecar(truth, tmp_path / "true.vidkompy.json")
    write_sidecar(replace(truth, frame_map=FrameMap(truth.frame_map.bg + 1)), tmp_path / "late.vidkompy.json")
    for name in ("true", "late"):
        assert vidkompy("render", f"{name}.vidkompy.json", "-o", f"{name}.mp4", "--", *LOSSY).code == 0
    assert vidkompy("verify", "true.vidkompy.json", "true.mp4").code == 0
    assert vidkompy("verify", "true.vidkompy.json", "late.mp4").code == 1


@pytest.mark.slow
@pytest.mark.parametrize("xy", [(60, 36), (0, 0), (200, 100), (-30, -20), (128, 70)])
def test_a_right_output_at_any_place_is_right(vidkompy: Vidkompy, pair: Case, xy: tuple[int, int]) -> None:
    truth = sidecar_of(pair)
    write_sidecar(replace(truth, placement=replace(truth.placement, x=xy[0], y=xy[1])), "other.vidkompy.json")
    for encoding in (LOSSLESS, LOSSY):
        assert vidkompy("render", "other.vidkompy.json", "-o", "out.mkv", "--overwrite", "--", *encoding).code == 0
        outcome = vidkompy("verify", "other.vidkompy.json", "out.mkv")
        assert outcome.code == 0, outcome.out


def test_a_scaled_right_output_is_right(vidkompy: Vidkompy, pair: Case) -> None:
    truth = sidecar_of(pair)
    write_sidecar(replace(truth, placement=replace(truth.placement, width=144, height=82)), "other.vidkompy.json")
    for encoding in (LOSSLESS, LOSSY):
        assert vidkompy("render", "other.vidkompy.json", "-o", "out.mkv", "--overwrite", "--", *encoding).code == 0
        outcome = vidkompy("verify", "other.vidkompy.json", "out.mkv")
        assert outcome.code == 0, outcome.out


@pytest.mark.parametrize("canvas", ["bg", "fg"])
@ENCODINGS
def test_a_clip_scaled_between_pixels_is_judged_where_it_is_drawn(
    vidkompy: Vidkompy, pair: Case, encoding: tuple[str, ...], canvas: str
) -> None:
    truth = sidecar_of(pair)
    place = replace(truth.placement, x=truth.placement.x + 0.4, y=truth.placement.y + 0.7, width=144.3, height=82.6)
    write_sidecar(replace(truth, placement=place), "other.vidkompy.json")
    write_sidecar(replace(truth, placement=replace(place, x=place.x + 1)), "beside.vidkompy.json")
    drawing = ("--canvas", canvas)
    words = ("render", "other.vidkompy.json", "-o", "out.mkv", *drawing, "--", *encoding)
    assert vidkompy(*words).code == 0
    outcome = vidkompy("verify", "other.vidkompy.json", "out.mkv", *drawing)
    assert outcome.code == 0, outcome.out
    if canvas == "bg":  # on the other one BG is beside its place, which no rival frame is nearer to
        assert vidkompy("verify", "beside.vidkompy.json", "out.mkv", *drawing).code != 0


def test_fg_that_hides_bg_is_reported(vidkompy: Vidkompy, pair: Case) -> None:
    truth = sidecar_of(replace(pair, bg=pair.fg))
    where = replace(truth.placement, x=0, y=0)
    write_sidecar(replace(truth, placement=where, frame_map=FrameMap(np.arange(FRAMES))), "other.vidkompy.json")
    assert vidkompy("render", "other.vidkompy.json", "-o", "out.mkv", "--", *LOSSLESS).code == 0
    outcome = vidkompy("verify", "other.vidkompy.json", "out.mkv")
    assert outcome.code == 0
    assert "BG      hidden under FG: not checked\n" in outcome.out


def test_a_map_that_goes_back_can_be_verified(vidkompy: Vidkompy, pair: Case) -> None:
    """The drawing is made of two halves that go forward each."""
    truth = sidecar_of(pair)
    write_sidecar(replace(truth, frame_map=FrameMap(np.roll(truth.frame_map.bg, 18))), "back.vidkompy.json")
    halves = []
    for name, first in (("a", 18), ("b", 0)):
        part = truth.frame_map.bg[first : first + 18]
        constant = (
            np.concatenate([part, np.repeat(part[-1], 18)])
            if name == "a"
            else np.concatenate([np.repeat(part[0], 18), part])
        )
        write_sidecar(replace(truth, frame_map=FrameMap(constant)), f"{name}.vidkompy.json")
        assert vidkompy("render", f"{name}.vidkompy.json", "-o", f"{name}.mkv", "--", *LOSSLESS, "-an").code == 0
        halves.append(list(planes(Path(f"{name}.mkv"))))
    encode(Path("out.mkv"), [*halves[0][:18], *halves[1][18:]], Fraction(24), Encoding(crf=1))
    assert probe(Path("out.mkv")).frames == FRAMES
    assert vidkompy("verify", "back.vidkompy.json", "out.mkv").code == 0
