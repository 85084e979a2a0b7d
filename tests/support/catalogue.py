"""The named cases: which footage meets which recipe, what is held out, and how to make them all.

A recipe is a function of the stage (canvas size, length, rate) it is played on. Footage tagged `held_out` is for
reporting only, never for choosing a parameter: the kinds of held_out_*.py, and bikes. The rest is tagged `tuning`.
`moving` is measured: see `scoring.step`.
"""

import dataclasses
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av

from support import constructed_maps, difficult_catalogue
from support.clips import Encoding, encode, planes
from support.picture_edits import Bars, Box, Grade, Patch
from support.scoring import MOVES, step
from support.truth_cases import Case, Recipe, Sound, build, canvas_of, write_bg, write_truth

HEAD = 300  # frames of a real clip that are used
Part = Literal["all", "tuning", "held_out"]
FILM_BARS = Bars(top=32, bottom=32, yuv=(23, 126, 131))


@dataclass(frozen=True)
class Stage:
    width: int
    height: int
    count: int
    rate: Fraction


@dataclass(frozen=True)
class Footage:
    """A synthetic BG and the recipes that are played on it; `others` gives unrelated FGs."""

    kind: str
    recipes: str
    others: str = ""
    is_held_out: bool = False
    count: int = 200
    seed: int = 0
    size: tuple[int, int] | None = None
    rate: int = 30
    bars: Bars | None = None
    has_sound: bool = False
    is_slow: bool = False

    def pairs(self, place: str) -> Iterator[tuple[str, str, str]]:
        """(name, recipe, footage that FG is cut from instead, "" if it is this) of each pair."""
        yield from ((f"{place}-{recipe}", recipe, "") for recipe in dict.fromkeys(self.recipes.split()))
        yield from ((f"{place}-unrelated-{other}", "offset", other) for other in self.others.split())


def part(stage: Stage, x: float = 0.16, y: float = 0.15, width: float = 0.6, height: float = 0.6) -> Box:
    """A crop in shares of the canvas: odd offset, even size."""
    even = (2 * round(width * stage.width / 2), 2 * round(height * stage.height / 2))
    return Box(int(x * stage.width) | 1, int(y * stage.height) | 1, *even)


def late(stage: Stage) -> constructed_maps.I64:
    """Most of BG, from a late start to an early end."""
    return constructed_maps.offset(stage.count, stage.count // 7 + 4, stage.count - stage.count // 20)


def whole(stage: Stage) -> Box:
    return Box(0, 0, stage.width, stage.height)


def thin(stage: Stage) -> Box:
    """An odd-sized crop."""
    return Box(stage.width // 3, stage.height // 4, stage.width // 2 | 1, stage.height // 2 | 1)


CHANGED = Grade(8, 1.15, 0.85, 1.3, (4, -5))
CENTRE = Patch(0.25, 0.25, 0.5, 0.5)
LOGO = Patch(0.72, 0.05, 0.24, 0.2, is_opaque=True)
BANNER = Patch(0.0, 0.78, 1.0, 0.22, is_opaque=True)
BLACK = Bars(top=24, bottom=24)
GREY = Bars(left=36, right=40, yuv=(70, 138, 120))

RECIPES: dict[str, Callable[[Stage], Recipe]] = {
    "offset": lambda s: Recipe(part(s), late(s)),
    "whole": lambda s: Recipe(whole(s), constructed_maps.offset(s.count)),
    "odd": lambda s: Recipe(thin(s), late(s)),
    "outside": lambda s: Recipe(part(s, -0.1, -0.12), late(s)),
    "crf28": lambda s: Recipe(part(s), late(s), encoding=Encoding(crf=28)),
    "crf32": lambda s: Recipe(part(s), late(s), encoding=Encoding(crf=32)),
    "crf34": lambda s: Recipe(part(s), late(s), encoding=Encoding(crf=34)),
    "noisy": lambda s: Recipe(part(s), late(s), noise=5, encoding=Encoding(crf=26)),
    "drift": lambda s: Recipe(part(s), constructed_maps.ratio(s.count, 483, 472)),
    "slow_drift": lambda s: Recipe(part(s), constructed_maps.ratio(s.count, 6089, 6000, start=4)),
    "to24": lambda s: Recipe(part(s), constructed_maps.ratio(s.count, 5, 4, start=7), rate=s.rate * 4 / 5),
    "to30": lambda s: Recipe(part(s), constructed_maps.ratio(s.count, 5, 6, start=5), rate=s.rate * 6 / 5),
    "drops": lambda s: Recipe(part(s), constructed_maps.drops(late(s), 0.04, seed=1)),
    "duplicates": lambda s: Recipe(part(s), constructed_maps.duplicates(late(s), 0.04, seed=2)),
    "ramp": lambda s: Recipe(part(s), constructed_maps.ramp(s.count, 0.8, 1.2, start=3)),
    "irregular": lambda s: Recipe(part(s), constructed_maps.irregular(s.count, start=9, seed=3)),
    "freeze": lambda s: Recipe(part(s), constructed_maps.frozen(late(s), s.count // 3, 14)),
    "variable": lambda s: Recipe(part(s), late(s), is_variable_rate=True),
    "removed": lambda s: Recipe(part(s), constructed_maps.without(late(s), s.count // 3, s.count // 4)),
    "title": lambda s: Recipe(part(s), constructed_maps.with_foreign(late(s), s.count // 3, 24)),
    "reordered": lambda s: Recipe(part(s), constructed_maps.reordered(late(s), (2, 0, 3, 1))),
    "graded": lambda s: Recipe(part(s), late(s), grade=CHANGED, encoding=Encoding(crf=32)),
    "blurred": lambda s: Recipe(part(s), constructed_maps.drops(late(s), 0.04, seed=4), patch=CENTRE),
    "logo": lambda s: Recipe(part(s), late(s), patch=LOGO),
    "banner": lambda s: Recipe(part(s), late(s), patch=BANNER, grade=Grade(contrast=0.9)),
    "letterbox": lambda s: Recipe(part(s), late(s), bars=BLACK),
    "pillars": lambda s: Recipe(part(s), constructed_maps.drops(late(s), 0.04, seed=5), bars=GREY),
    "half": lambda s: Recipe(part(s), late(s), (0.5, 0.5)),
    "scale77": lambda s: Recipe(part(s), constructed_maps.drops(late(s), 0.04, seed=6), (0.77, 0.77)),
    "scale125": lambda s: Recipe(part(s), late(s), (1.25, 1.25)),
    "quarter": lambda s: Recipe(part(s, 0.03, 0.04, 0.9, 0.9), late(s), (0.25, 0.25)),
    "triple": lambda s: Recipe(part(s, 0.3, 0.3, 0.34, 0.36), late(s), (3.0, 3.0)),
    "stretched": lambda s: Recipe(part(s), constructed_maps.ratio(s.count, 483, 472), (0.9, 0.75)),
    "shrunk": lambda s: Recipe(
        whole(s), constructed_maps.ratio(s.count, 5, 4, start=3), (0.6, 0.6), rate=s.rate * 4 / 5
    ),
    "scale77_graded": lambda s: Recipe(part(s), late(s), (0.77, 0.77), grade=CHANGED, encoding=Encoding(crf=28)),
    "scale125_bars": lambda s: Recipe(part(s), late(s), (1.25, 1.25), bars=GREY),
    "half_blurred": lambda s: Recipe(part(s), late(s), (0.5, 0.5), patch=CENTRE),
    "sound": lambda s: Recipe(part(s), late(s), sound=Sound()),
    "sound_late": lambda s: Recipe(part(s), late(s), sound=Sound(delay_ms=120)),
    "clip": lambda s: Recipe(part(s), constructed_maps.offset(s.count, int(0.61 * s.count))[:240]),
}

TIMES = "offset drift to24 to30 drops duplicates ramp irregular freeze variable removed title reordered"
SCALES = "half scale77 scale125 triple stretched shrunk scale77_graded scale125_bars half_blurred"
LOOKS = "crf28 crf32 crf34 noisy graded blurred logo banner letterbox pillars"
CORE = "offset drift to24 drops duplicates graded scale77"
EIGHT_SECOND_RECIPES = f"{CORE} ramp blurred letterbox half scale125 removed title reordered"
MIXED = "offset drift duplicates graded blurred pillars half scale125 removed reordered"
EIGHT_SECONDS_FRAMES = 240  # frames of 8 s

SYNTHETIC: dict[str, Footage] = {
    "tripod": Footage("tripod", f"{TIMES} {LOOKS} half scale125 whole outside odd", "tripod_two talk"),
    "tripod_two": Footage("tripod", "slow_drift sound sound_late", seed=1, has_sound=True),
    "tripod_three": Footage("tripod", MIXED, seed=5, count=EIGHT_SECONDS_FRAMES),
    "handheld": Footage("handheld", f"{CORE} {SCALES} ramp removed title crf34 outside blurred", "pan"),
    "handheld_two": Footage("handheld", MIXED, "handheld", seed=6, count=EIGHT_SECONDS_FRAMES),
    "pal": Footage("handheld", "to30 drift drops ramp", seed=7, count=200, rate=25),
    "large": Footage("handheld", "quarter shrunk half", seed=4, size=(960, 540)),
    "pan": Footage("pan", f"{CORE} to30 ramp removed title irregular half triple letterbox logo", "handheld"),
    "pan_two": Footage("pan", MIXED, "pan", seed=5, count=EIGHT_SECONDS_FRAMES),
    "blank_pan": Footage("blank_pan", "offset drift drops crf28 half whole", "blank_pan_two"),
    "blank_pan_two": Footage("blank_pan", "offset", seed=1),
    "blank_pan_three": Footage(
        "blank_pan", "offset drift to24 duplicates scale77 title", seed=5, count=EIGHT_SECONDS_FRAMES
    ),
    "talk": Footage("talk", "offset drift drops crf28 title freeze scale77 logo whole", "talk_two tripod"),
    "talk_two": Footage("talk", "offset scale125", seed=1),
    "talk_three": Footage(
        "talk", "offset to24 duplicates ramp graded blurred half removed", seed=5, count=EIGHT_SECONDS_FRAMES
    ),
    "screen": Footage("screen", "offset drops to24 crf32 half scale77 title removed whole", "screen_two"),
    "screen_two": Footage("screen", "offset", seed=1),
    "screen_three": Footage(
        "screen", "offset drift duplicates graded scale125 reordered", seed=5, count=EIGHT_SECONDS_FRAMES
    ),
    "periodic": Footage("periodic", "offset drift drops duplicates to24 crf28 half title", "periodic_two"),
    "periodic_two": Footage("periodic", "offset", seed=1),
    "periodic_three": Footage("periodic", "offset ramp graded removed scale77", seed=5, count=EIGHT_SECONDS_FRAMES),
    "film": Footage("tripod", "offset whole scale77 pillars", "pan", seed=2, bars=FILM_BARS),
    "lowlight": Footage("lowlight", f"{CORE} crf28 title half blurred", "tripod"),
    "animation": Footage("animation", f"{CORE} to30 removed title half logo letterbox", "screen"),
    "portrait": Footage("portrait", f"{CORE} ramp half triple pillars banner stretched", "handheld"),
    "cuts": Footage("cuts", f"{CORE} ramp irregular removed title reordered blurred half", "tripod"),
    "dissolves": Footage(
        "dissolves", f"{EIGHT_SECOND_RECIPES} irregular banner variable", "cuts", count=EIGHT_SECONDS_FRAMES
    ),
    "gallery": Footage(
        "gallery", f"{EIGHT_SECOND_RECIPES} crf32 stretched triple freeze", "pan", count=EIGHT_SECONDS_FRAMES
    ),
    "night": Footage("night", f"{EIGHT_SECOND_RECIPES} crf28 pillars whole", "lowlight", count=EIGHT_SECONDS_FRAMES),
    "foliage": Footage(
        "foliage", f"{EIGHT_SECOND_RECIPES} crf28 logo", "night", is_held_out=True, count=EIGHT_SECONDS_FRAMES
    ),
    "crowd": Footage(
        "crowd",
        f"{EIGHT_SECOND_RECIPES} crf34 noisy to30",
        "crowd_two tripod",
        is_held_out=True,
        count=EIGHT_SECONDS_FRAMES,
    ),
    "crowd_two": Footage("crowd", "drift crf28", is_held_out=True, seed=1, count=EIGHT_SECONDS_FRAMES),
    "anime": Footage(
        "anime",
        f"{EIGHT_SECOND_RECIPES} to30 crf32 logo half_blurred",
        "animation",
        is_held_out=True,
        count=EIGHT_SECONDS_FRAMES,
    ),
    "harbour": Footage(
        "harbour",
        f"{EIGHT_SECOND_RECIPES} crf32 noisy variable",
        "harbour_two crowd",
        is_held_out=True,
        count=EIGHT_SECONDS_FRAMES,
    ),
    "harbour_two": Footage("harbour", "drift crf28", is_held_out=True, seed=1, count=EIGHT_SECONDS_FRAMES),
    "drive": Footage(
        "drive",
        f"{EIGHT_SECOND_RECIPES} crf28 banner stretched",
        "pan",
        rate=25,
        is_held_out=True,
        count=EIGHT_SECONDS_FRAMES,
    ),
    "stage": Footage(
        "stage",
        f"{EIGHT_SECOND_RECIPES} crf34 irregular triple",
        "lowlight",
        is_held_out=True,
        count=EIGHT_SECONDS_FRAMES,
    ),
    "game": Footage(
        "game",
        f"{EIGHT_SECOND_RECIPES} crf34 to30 logo",
        "game_two screen",
        is_held_out=True,
        count=EIGHT_SECONDS_FRAMES,
    ),
    "game_two": Footage("game", "duplicates stretched", is_held_out=True, seed=1, count=EIGHT_SECONDS_FRAMES),
    "interview": Footage(
        "interview",
        f"{EIGHT_SECOND_RECIPES} crf28 noisy pillars",
        "talk",
        rate=24,
        is_held_out=True,
        count=EIGHT_SECONDS_FRAMES,
    ),
    "long": Footage("handheld", "clip drift drops removed", count=18000, seed=3, size=(320, 180), is_slow=True),
}

REAL: dict[str, Footage] = {
    "bigbuckbunny": Footage("", f"{CORE} to30 crf28 crf32 half quarter shrunk removed title whole", "bikes"),
    "bottle-detection": Footage("", f"{TIMES} {LOOKS} {SCALES} whole", "car-detection"),
    "car-detection": Footage("", f"{CORE} to30 ramp crf28 crf32 half scale125 title blurred", "bottle-detection"),
    "bikes": Footage("", f"{TIMES} {LOOKS} half scale125 stretched outside whole", "bigbuckbunny", is_held_out=True),
}
STOCK = SYNTHETIC | REAL


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of a pair. kind: of footage; a real clip is a kind of its own."""

    kind: str
    recipe: str
    is_held_out: bool


def entries() -> dict[str, Entry]:
    """All pairs by name. It says what is held out today, which truth.json of an older pair may not."""
    difficult = {
        pair.name: Entry(difficult_catalogue.SHOTS[pair.shot].kind or pair.shot, pair.kind, pair.is_held_out)
        for pair in difficult_catalogue.PAIRS
    }
    return difficult | {
        name: Entry(footage.kind or place, "unrelated" if other else recipe, footage.is_held_out)
        for place, footage in STOCK.items()
        for name, recipe, other in footage.pairs(place)
    }


@dataclass(frozen=True)
class Choice:
    """Which pairs are wanted.

    only   pattern of names; slow pairs are made only when named to the letter
    kinds  recipes and kinds of difficulty, or "difficult" for all of the latter; none: all
    part   "all", or one of "tuning" and "held_out"
    """

    only: str = "*"
    kinds: tuple[str, ...] = ()
    part: Part = "all"

    def holds(self, name: str, entry: Entry) -> bool:
        is_kind = entry.recipe in self.kinds or (
            "difficult" in self.kinds and entry.recipe in difficult_catalogue.KINDS
        )
        is_part = self.part == "all" or (self.part == "held_out") == entry.is_held_out
        return fnmatch(name, self.only) and (is_kind or not self.kinds) and is_part


def make(
    folder: Path, choice: Choice = Choice(), *, clips: Path | None = None, is_synthetic: bool = True
) -> Iterator[Case]:
    """Build the pairs that are chosen, one folder each."""
    stock = (SYNTHETIC if is_synthetic else {}) | (REAL if clips else {})
    known = entries()
    with tempfile.TemporaryDirectory() as sources:
        for place, footage in stock.items():
            for name, recipe, other in footage.pairs(place):
                if choice.holds(name, known[name]) and (name == choice.only or not footage.is_slow):
                    yield _case(folder / name, place, recipe, other, Path(sources), clips)
    yield from difficult_catalogue.make(
        folder, lambda pair: choice.holds(pair.name, known[pair.name]), clips=clips, is_synthetic=is_synthetic
    )


def _case(folder: Path, place: str, recipe: str, other: str, sources: Path, clips: Path | None) -> Case:
    bg = _bg(place, sources, clips)
    source = _bg(other, sources, clips) if other else None
    made = RECIPES[recipe](_stage(source or bg))
    if made.sound:
        made = dataclasses.replace(made, sound=dataclasses.replace(made.sound, seed=SYNTHETIC[place].seed))
    tags = {"held_out" if STOCK[place].is_held_out else "tuning", "unrelated" if other else recipe}
    case = build(made, bg, folder, tags=tags, source=source)
    if not other and step(case) > MOVES:
        case = dataclasses.replace(case, tags=case.tags | {"moving"})
        write_truth(case)
    return case


def _bg(place: str, folder: Path, clips: Path | None) -> Path:
    """The BG file of a piece of footage, made on first use."""
    path = folder / f"{place}.mp4"
    if path.exists():
        return path
    if place in SYNTHETIC:
        made = SYNTHETIC[place]
        properties = {name: getattr(made, name) for name in ("size", "rate", "seed", "bars", "has_sound")}
        return write_bg(path, made.kind, made.count, **properties)
    clip = (clips or Path()) / path.name
    if _stage(clip).count <= HEAD:
        shutil.copyfile(clip, path)
    else:
        encode(path, itertools.islice(planes(clip), HEAD), canvas_of(clip)[1], Encoding(crf=17))
    return path


def _stage(path: Path) -> Stage:
    box, rate = canvas_of(path)
    with av.open(path) as container:
        return Stage(box.width, box.height, container.streams.video[0].frames, rate)
