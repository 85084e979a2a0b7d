"""Truth by construction: a BG file and a recipe give an FG file whose frame map and placement are known exactly.

The FG is made from the *decoded BG file*, as in real life, in 4:4:4 YUV: luma is cropped without any conversion,
so an unaltered FG differs from the BG crop by its own compression only.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from support import footage
from support.clips import GOOD, Encoding, encode, picked
from support.constructed_maps import I64
from support.picture_edits import U8, Bars, Box, Grade, Patch, barred, cropped, graded, patched, resized, to_yuv

F64 = npt.NDArray[np.float64]
LISTS: dict[str, type] = {"low": np.int64, "high": np.int64, "pictures": np.int64, "places": np.float64}


@dataclass(frozen=True)
class Sound:
    """FG carries `footage.sound(seed)` from its first BG frame on, at normal speed, heard `delay_ms` late."""

    delay_ms: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Recipe:
    """How an FG is made from a BG.

    crop    part of the canvas; what lies outside is filled by reflection, which moves along
    map     int64 [n_fg]  BG index, -1: foreign (a title card)
    scale   FG px per BG px, horizontally and vertically; the content gets an even size and the truth follows
    rate    FG frame rate; BG's own when None
    """

    crop: Box
    map: I64
    scale: tuple[float, float] = (1.0, 1.0)
    rate: Fraction | None = None
    is_variable_rate: bool = False
    encoding: Encoding = GOOD
    grade: Grade | None = None
    patch: Patch | None = None
    bars: Bars | None = None
    noise: float = 0.0
    sound: Sound | None = None
    seed: int = 0


@dataclass(frozen=True)
class Truth:
    """What is known of a pair.

    map          int64 [n_fg]  BG index, -1: no match
    x .. height  placement of the whole FG picture, bars included, in canvas px; NaN when unrelated
    content      the FG's picture without bars, FG px
    visible      the content on the canvas, clipped to it, BG px
    covered      what an opaque patch hides of it, BG px; None without one
    low, high    int64 [n_fg]  BG frames low .. high are all right; None where `map` alone is
    pictures     int64 [n_bg]  equal numbers where BG shows equal pictures below FG: a frame is as right as its equals
    places       float64 [n_fg, 5]  true place of each FG frame, see `places.py`; None where the place is fixed and FG
                 lies upright. x .. height are then the mean place
    cause        why the right answer is a refusal: "unrelated", "swapped", "mirrored"; "" where it is none
    """

    map: I64
    x: float
    y: float
    width: float
    height: float
    content: Box
    visible: Box
    covered: Box | None = None
    is_related: bool = True
    low: I64 | None = None
    high: I64 | None = None
    pictures: I64 | None = None
    places: F64 | None = None
    cause: str = ""

    def at(self, i: int) -> F64:
        """True place of FG frame i, float64 [5]."""
        if self.places is None:
            return np.array([self.x, self.y, self.width, self.height, 0.0])
        place: F64 = self.places[i]
        return place


@dataclass(frozen=True)
class Case:
    name: str
    bg: Path
    fg: Path
    truth: Truth
    tags: frozenset[str] = frozenset()


def build(recipe: Recipe, bg: Path, folder: Path, *, tags: Iterable[str] = (), source: Path | None = None) -> Case:
    """Make folder/fg.mp4 and truth.json beside a copy of BG; with `source`, FG is cut from that instead: unrelated."""
    folder.mkdir(parents=True, exist_ok=True)
    case = Case(folder.name, folder / "bg.mp4", folder / "fg.mp4", known(recipe, bg, source is None), frozenset(tags))
    shutil.copyfile(bg, case.bg)
    origin = source or bg
    bg_rate = canvas_of(origin)[1]
    rate = recipe.rate or bg_rate
    pts = variable_pts(len(recipe.map), rate, recipe.seed) if recipe.is_variable_rate else None
    sound = None
    if recipe.sound:
        start_s = max(recipe.map[0], 0) / float(bg_rate) - recipe.sound.delay_ms / 1000
        sound = footage.sound(start_s, len(recipe.map) / float(rate), seed=recipe.sound.seed)
    encode(case.fg, altered(recipe, origin), rate, recipe.encoding, pts=pts, sound=sound)
    write_truth(case)
    return case


def known(recipe: Recipe, bg: Path, is_related: bool) -> Truth:
    """The truth that follows from a recipe: the content covers the crop exactly, bars extend it at the same scale."""
    crop, bars = recipe.crop, recipe.bars or Bars()
    content = Box(bars.left, bars.top, *content_size(recipe))
    visible = crop.within(canvas_of(bg)[0])
    if not is_related:
        nowhere = (float("nan"),) * 4
        return Truth(np.full_like(recipe.map, -1), *nowhere, content, visible, is_related=False)
    sx, sy = content.width / crop.width, content.height / crop.height
    width = (content.width + bars.left + bars.right) / sx
    height = (content.height + bars.top + bars.bottom) / sy
    covered = None
    if recipe.patch and recipe.patch.is_opaque:
        covered = recipe.patch.inside(crop).within(visible)
    return Truth(recipe.map, crop.x - bars.left / sx, crop.y - bars.top / sy, width, height, content, visible, covered)


def content_size(recipe: Recipe) -> tuple[int, int]:
    """FG px of the scaled crop: as it is when unscaled, else the nearest even size."""
    (sx, sy), crop = recipe.scale, recipe.crop
    width = crop.width if sx == 1 else 2 * round(crop.width * sx / 2)
    height = crop.height if sy == 1 else 2 * round(crop.height * sy / 2)
    return width, height


def canvas_of(path: Path) -> tuple[Box, Fraction]:
    """Frame area and frame rate of a file."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert stream.average_rate is not None
        return Box(0, 0, stream.width, stream.height), Fraction(stream.average_rate)


def variable_pts(count: int, rate: Fraction, seed: int) -> I64:
    """Timestamps in 1/90000 s whose steps wander between half and twice the nominal one."""
    steps = 90000 / float(rate) * np.random.default_rng(seed).choice((0.5, 0.8, 1.0, 1.0, 1.2, 2.0), count)
    return np.concatenate([[0], np.cumsum(steps)[:-1]]).astype(np.int64)


def altered(recipe: Recipe, bg: Path) -> Iterator[U8]:
    """FG frames before encoding, u8 [3, height, width]."""
    rng = np.random.default_rng(recipe.seed)
    size = content_size(recipe)
    titles = footage.frames("title", int((recipe.map < 0).sum()), size=size, seed=recipe.seed)
    for frame in picked(bg, recipe.map):
        content = to_yuv(next(titles)) if frame is None else resized(cropped(frame, recipe.crop), *size)
        if recipe.patch:
            content = patched(content, recipe.patch)
        if recipe.grade:
            content = graded(content, recipe.grade)
        if recipe.noise:
            noise = rng.normal(0, recipe.noise, content.shape[1:])
            content[0] = np.clip(content[0] + noise, 0, 255).round().astype(np.uint8)
        yield barred(content, recipe.bars) if recipe.bars else content


def write_truth(case: Case) -> None:
    """Put truth.json beside the files of a case."""
    case.fg.with_name("truth.json").write_text(json.dumps(as_json(case)))


def as_json(case: Case) -> dict[str, object]:
    """What truth.json holds: plain values, null for what does not exist."""
    truth = case.truth
    place = {k: getattr(truth, k) if truth.is_related else None for k in ("x", "y", "width", "height")}
    return {
        "name": case.name,
        "tags": sorted(case.tags),
        "related": truth.is_related,
        **place,
        "content": truth.content,
        "visible": truth.visible,
        "covered": truth.covered,
        "map": truth.map.tolist(),
        **{name: values.tolist() for name in LISTS if (values := getattr(truth, name)) is not None},
        **({"cause": truth.cause} if truth.cause else {}),
    }


def read(folder: Path) -> Case:
    """The case that `build` left in a folder."""
    held = json.loads((folder / "truth.json").read_text())
    place = [float("nan") if held[k] is None else held[k] for k in ("x", "y", "width", "height")]
    covered = Box(*held["covered"]) if held["covered"] else None
    boxes = Box(*held["content"]), Box(*held["visible"]), covered
    x, y, width, height = place
    lists: dict[str, Any] = {name: np.array(held[name], kind) for name, kind in LISTS.items() if name in held}
    lists["cause"] = held.get("cause", "")
    truth = Truth(np.array(held["map"], np.int64), x, y, width, height, *boxes, held["related"], **lists)
    return Case(folder.name, folder / "bg.mp4", folder / "fg.mp4", truth, frozenset(held["tags"]))


def write_bg(
    path: Path,
    kind: str,
    count: int,
    *,
    size: tuple[int, int] | None = None,
    rate: int = 30,
    seed: int = 0,
    bars: Bars | None = None,
    has_sound: bool = False,
) -> Path:
    """Synthetic footage as a BG file."""
    made = (to_yuv(rgb) for rgb in footage.frames(kind, count, size=size, seed=seed))
    pictures = (barred(frame, bars) for frame in made) if bars else made
    sound = footage.sound(0, count / rate, seed=seed) if has_sound else None
    encode(path, pictures, Fraction(rate), Encoding(crf=18), sound=sound)
    return path
