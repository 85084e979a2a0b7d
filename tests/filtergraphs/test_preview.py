"""Previews drawn by a real ffmpeg: which pictures they show, and which numbers are written below them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from support.caption_reading import read, templates
from support.drawn_films import BG_FRAMES, TIME_BASE, Planes, composition, draw, film

from filtergraphs.captions import NO_NUMBER, Captions, caption
from filtergraphs.composition import Composition, Script
from filtergraphs.geometry import Rect
from filtergraphs.graph import graph_and_ends
from filtergraphs.preview import preview
from filtergraphs.preview_layout import GAP_PX, PreviewLayout, preview_layout
from filtergraphs.preview_styles import PreviewStyle

F64 = npt.NDArray[np.float64]
COUNT, SIZE, AT = 30, (48, 32), (21, 10)
MAP = [3, 4, 4, 4, 9, 10, 12, 49, 48, 7, 7, 8, *range(20, 38)]  # repeats, drops, and steps back
UNMATCHED = [i in (2, 3, 11, 29) for i in range(COUNT)]
IRREGULAR = np.cumsum(np.random.default_rng(3).integers(1500, 20000, COUNT)).tolist()
CONFIDENCES = [NO_NUMBER] * 3 + [100] * 5 + [97] * 10 + [49] * 7 + [5] * 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def c(folder: Path) -> Composition:
    """Grey noise over grey noise, at irregular times."""
    bg = film(folder / "bg.nut", (96, 64), "gray", list(range(BG_FRAMES)), Fraction(1, 25))
    fg = film(folder / "fg.nut", SIZE, "gray", IRREGULAR)
    drawn = composition(bg, fg, MAP, AT)
    return replace(drawn, unmatched=UNMATCHED, unmatched_fill="black", bg_time_base=Fraction(1, 25))


@pytest.fixture(scope="module")
def films(c: Composition) -> tuple[list[F64], list[F64]]:
    """FG's frames, and of each BG frame what lies below FG, each as one row of grey levels."""
    fg, bg = (decoded(source.path) for source in (c.fg, c.bg))
    (x, y), (width, height) = AT, SIZE
    return fg, [frame[y : y + height, x : x + width] for frame in bg]


def decoded(path: str) -> list[F64]:
    from support.drawn_films import decode

    return [planes[0].astype(float) for planes in decode(Path(path))[1]]


def captions(bg_frames: Sequence[int] = MAP, first: int = 0) -> Captions:
    numbers = [NO_NUMBER if is_unmatched else j for j, is_unmatched in zip(bg_frames, UNMATCHED, strict=True)]
    times = [pts - IRREGULAR[0] for pts in IRREGULAR]
    return Captions(range(first, first + COUNT), times, numbers, CONFIDENCES)


def shown(
    ffmpeg: str, c: Composition, style: PreviewStyle, out: Path, text: Captions | None = None
) -> tuple[PreviewLayout, list[Planes]]:
    layout = preview_layout(c, style, is_full_size=True, has_text=text is not None)
    source, frames = draw(ffmpeg, preview(c, style, layout, text), out / f"{style}.mkv")
    assert (source.width, source.height) == layout.frame
    assert (source.pix_fmt, source.colour_space, source.colour_range) == ("yuv420p", "bt709", "tv")
    assert len(frames) == COUNT
    return layout, frames


def panel(planes: Planes, layout: PreviewLayout, k: int = 0) -> F64:
    """The k-th picture of a frame, as grey levels."""
    width, height = layout.panel
    left, top = layout.pictures.x + k * (width + GAP_PX), layout.pictures.y
    levels: F64 = planes[0][top : top + height, left : left + width].astype(float)
    return levels


def nearest(picture: F64, frames: Sequence[F64]) -> int:
    """The frame that it correlates with, or NO_NUMBER: noise of different frames does not."""
    if picture.std() < 1:
        return NO_NUMBER
    correlations = [float(np.corrcoef(picture.ravel(), frame.ravel())[0, 1]) for frame in frames]
    return int(np.argmax(correlations)) if max(correlations) > 0.95 else -2


def milliseconds() -> list[int]:
    return [round((pts - IRREGULAR[0]) * TIME_BASE * 1000) for pts in IRREGULAR]


# ---- pictures


def test_side_shows_fg_beside_the_bg_it_lies_on(
    ffmpeg: str, c: Composition, films: tuple[list[F64], list[F64]], tmp_path: Path
) -> None:
    layout, frames = shown(ffmpeg, c, "side", tmp_path)
    fg, bg = films
    assert [nearest(panel(planes, layout), fg) for planes in frames] == list(range(COUNT))
    assert [nearest(panel(planes, layout, 1), bg) for planes in frames] == list(captions().bg_frames)


def test_flicker_shows_both_in_turns_of_half_a_second(
    ffmpeg: str, c: Composition, films: tuple[list[F64], list[F64]], tmp_path: Path
) -> None:
    layout, frames = shown(ffmpeg, c, "flicker", tmp_path, captions())
    fg, bg = films
    words = templates(ffmpeg, layout.font, ["FG", "BG"], tmp_path)
    half = Rect(layout.frame[0] // 2, layout.frame[1] - layout.text_height // 2, layout.frame[0] // 2, 99)
    for i, (planes, ms) in enumerate(zip(frames, milliseconds(), strict=True)):
        picture, is_bg = panel(planes, layout), ms // 500 % 2 == 1
        assert nearest(picture, bg if is_bg else fg) == (captions().bg_frames[i] if is_bg else i), i
        assert read(planes, half, words) == ("BG" if is_bg else "FG"), i


def test_wipe_moves_a_line_between_both(
    ffmpeg: str, c: Composition, films: tuple[list[F64], list[F64]], tmp_path: Path
) -> None:
    layout, frames = shown(ffmpeg, c, "wipe", tmp_path)
    fg, bg = films
    width, _ = layout.panel
    places = set()
    for i, (planes, ms) in enumerate(zip(frames, milliseconds(), strict=True)):
        picture, line = panel(planes, layout), int(width * abs(1 - (ms + 3000) % 4000 / 2000))
        places.add(line)
        if line > 8:
            assert nearest(picture[:, :line], [frame[:, :line] for frame in fg]) == i
        if line < width - 8:
            behind = picture[:, line + 2 :], [frame[:, line + 2 :] for frame in bg]
            assert nearest(*behind) == captions().bg_frames[i]
        if 0 < line < width - 2:
            assert (picture[:, line : line + 2] > 230).all()
    assert len(places) > 15


def test_difference_is_black_where_fg_is_bg_and_amplified_elsewhere(
    ffmpeg: str, c: Composition, folder: Path, tmp_path: Path
) -> None:
    same = replace(
        c, fg=c.bg, x=0, y=0, width=96, height=64, bg_index=list(range(COUNT)), unmatched=(), fg_end_pts=COUNT
    )
    other = replace(same, bg_index=[*range(10), 11, *range(11, COUNT)])
    for drawn, wrong in ((same, set()), (other, {10})):
        _, frames = shown(ffmpeg, drawn, "difference", tmp_path)
        assert {i for i, planes in enumerate(frames) if planes[0].max() > 16} == wrong
        assert all(planes[0].min() == 16 and (planes[1] == 128).all() for planes in frames if planes[0].max() == 16)
    full, times = ("unknown", "pc"), list(range(BG_FRAMES))
    raised, flat = (
        film(folder / f"{low}.nut", (96, 64), "gray", times, Fraction(1, 25), full, (low, low + 2)) for low in (100, 90)
    )
    fainter = replace(same, fg=raised.source, bg=flat.source)
    _, frames = shown(ffmpeg, fainter, "difference", tmp_path)
    assert {int(level) for planes in frames for level in np.unique(planes[0])} in (
        {50},
        {57},
    )  # 16 + 4 * 10 * 219 / 255, or where this ffmpeg takes grey for limited: 16 + 4 * 10


def test_outline_draws_the_canvas_with_a_line_around_fg(
    ffmpeg: str, c: Composition, films: tuple[list[F64], list[F64]], tmp_path: Path
) -> None:
    held = replace(c, unmatched_fill="hold")
    layout, frames = shown(ffmpeg, held, "outline", tmp_path)
    canvas = decoded(c.bg.path)
    (x, y), (width, height) = AT, SIZE
    for i, planes in enumerate(frames):
        picture = panel(planes, layout)
        assert nearest(picture[y : y + height, x : x + width], films[0]) == i
        assert nearest(picture[: y - 4], [frame[: y - 4] for frame in canvas]) == MAP[i]
        assert nearest(picture[:, : x - 4], [frame[:, : x - 4] for frame in canvas]) == MAP[i]
        ring = np.concatenate([picture[y - 1, x : x + width], picture[y : y + height, x - 1]])
        dark = np.concatenate([picture[y - 4, x : x + width], picture[y : y + height, x - 4]])
        assert ring.min() > 140
        assert ring.max() < 200
        assert dark.max() <= 16


# ---- numbers


@pytest.mark.slow
def test_numbers_are_right_at_the_end_of_200000_irregular_frames(ffmpeg: str, c: Composition, tmp_path: Path) -> None:
    """Every other step of the map is another one, and every tenth frame unmatched: nothing that few lines could say."""
    import ffmpeg as ffmpeg_python

    count, rng = 200_000, np.random.default_rng(5)
    steps = rng.integers(0, 4, count)
    numbers = np.where(rng.random(count) < 0.1, NO_NUMBER, np.cumsum(steps)).tolist()
    times = np.cumsum(rng.integers(1500, 4500, count)).tolist()
    text = Captions(range(count), times, numbers, rng.integers(0, 100, count).tolist())
    layout = preview_layout(c, "wipe", is_full_size=True, has_text=True)
    layout = replace(layout, frame=(layout.frame[0], layout.text_height))
    size = f"{layout.frame[0]}x{layout.text_height}"
    stream = ffmpeg_python.input("x").filter("settb", expr="1/1").filter("setpts", expr="N")
    stream = caption(stream, c, text, [], layout).filter("settb", expr="1/1").filter("setpts", expr="N")
    stream = stream.filter("trim", start_frame=count - 6)
    graph, (label,), _ = graph_and_ends(ffmpeg_python.output(stream, "out"))
    graph = drawing_only(graph, f"gte(n\\,{count - 6})")
    chain = f"color=size={size}:rate=25,format=gray,trim=end_frame={count}[x];{graph.replace('[0]', '[x]')}"
    script = Script(chain, (), ("-map", label, "-fps_mode", "passthrough"))
    _, frames = draw(ffmpeg, script, tmp_path / "long.mkv")
    half, last = layout.frame[0] // 2, range(count - 6, count)
    wanted = ["unmatched" if numbers[i] == NO_NUMBER else str(numbers[i]) for i in last]
    words = templates(ffmpeg, layout.font, [*dict.fromkeys(wanted), *map(str, last)], tmp_path)
    assert [read(planes, Rect(half + 28, 0, half - 28, 24), words, 0.97) for planes in frames] == wanted
    assert [read(planes, Rect(28, 0, 80, 24), words, 0.97) for planes in frames] == [str(i) for i in last]


def drawing_only(graph: str, condition: str) -> str:
    """The graph whose text is drawn where a condition in n holds: letters take longer than all the numbers."""
    limited = re.sub("drawtext=enable=([^:]*):", lambda old: f"drawtext=enable={old[1]}*{condition}:", graph)
    return limited.replace("drawtext=font=", f"drawtext=enable={condition}:font=")


@pytest.mark.parametrize("first", [0, 99_985])
def test_numbers_below_each_frame_are_its_own(ffmpeg: str, c: Composition, tmp_path: Path, first: int) -> None:
    layout, frames = shown(ffmpeg, c, "side", tmp_path, captions(first=first))
    half, top = layout.frame[0] // 2, layout.frame[1] - layout.text_height
    stamps = [f" 00:00:{ms // 1000:02d}.{ms % 1000:03d}" for ms in milliseconds()]
    fg_numbers = [str(first + i) for i in range(COUNT)]
    levels = {NO_NUMBER: "unknown", 100: "1.00", 97: "0.97", 49: "0.49", 5: "0.05"}
    bg_numbers = [*map(str, range(BG_FRAMES)), "unmatched"]
    words = templates(ffmpeg, layout.font, [*fg_numbers, *stamps, *bg_numbers, *levels.values(), "unsure"], tmp_path)
    of = {
        name: {word: words[word] for word in some}
        for name, some in (
            ("fg", fg_numbers),
            ("bg", bg_numbers),
            ("time", stamps),
            ("sure", levels.values()),
            ("unsure", ["unsure"]),
        )
    }
    line, em = layout.text_height // 2, layout.font
    for i, planes in enumerate(frames):
        assert read(planes, Rect(2 * em, top, 6 * em, line), of["fg"]) == fg_numbers[i]
        assert read(planes, Rect(half + 2 * em, top, half - 2 * em, line), of["bg"]) == (
            "unmatched" if UNMATCHED[i] else str(MAP[i])
        )
        assert read(planes, Rect(6 * em, top, half - 5 * em - em // 2, line), of["time"]) == stamps[i]
        below = Rect(0, top + line - 2, half, line + 2)
        assert read(planes, below, of["sure"]) == levels[CONFIDENCES[i]]
        assert bool(read(planes, below, of["unsure"])) == (0 <= CONFIDENCES[i] < 50)
