"""The difficult pairs: which kind of difficulty meets which footage, and what is held out.

A third is held out, by kind and by footage, for reporting only. No footage of the held-out pairs serves for tuning.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support import difficult_looks as looks
from support import difficult_places as at
from support import difficult_times as times
from support import reels
from support.reels import Reel
from support.truth_cases import Case, Truth, write_truth

COUNT = 120  # frames of a reel


@dataclass(frozen=True)
class Shot:
    """What a reel is made from: a kind of synthetic footage, or a real clip from some frame on."""

    kind: str = ""
    clip: str = ""
    first: int = 0
    count: int = COUNT
    rate: int = 25
    seed: int = 21
    is_held_out: bool = False


SHOTS: dict[str, Shot] = {
    "tripod": Shot("tripod"),
    "tripod24": Shot("tripod", rate=24, seed=22),
    "handheld": Shot("handheld"),
    "handheld50": Shot("handheld", count=200, rate=50, seed=22),
    "pan": Shot("pan"),
    "pan24": Shot("pan", rate=24, seed=22),
    "pan50": Shot("pan", count=200, rate=50, seed=23),
    "cuts": Shot("cuts"),
    "clock": Shot("clock", count=150),
    "slides": Shot("slides", count=180),
    "recording": Shot("recording", count=450, rate=60),
    "recording_two": Shot("recording", count=400, rate=60, seed=22),
    "wide_shot": Shot("wide_shot"),
    "wide_shot_two": Shot("wide_shot", seed=22),
    "talk": Shot("talk"),
    "studio": Shot("studio"),
    "bigbuckbunny": Shot(clip="bigbuckbunny"),
    "bottle-detection": Shot(clip="bottle-detection", first=400),
    "car-detection": Shot(clip="car-detection", first=60),
    "frog": Shot(clip="frog", first=30),
    "crowd": Shot("crowd", is_held_out=True),
    "crowd50": Shot("crowd", count=160, rate=50, seed=22, is_held_out=True),
    "foliage": Shot("foliage", is_held_out=True),
    "stage": Shot("stage", is_held_out=True),
    "stage24": Shot("stage", rate=24, seed=22, is_held_out=True),
    "harbour": Shot("harbour", is_held_out=True),
    "drive": Shot("drive", is_held_out=True),
    "drive50": Shot("drive", count=160, rate=50, seed=22, is_held_out=True),
    "credits": Shot("credits", count=150, is_held_out=True),
    "subtitles": Shot("subtitles", count=180, is_held_out=True),
    "terminal": Shot("terminal", count=420, rate=60, is_held_out=True),
    "night_street": Shot("night_street", is_held_out=True),
    "newsdesk": Shot("newsdesk", is_held_out=True),
    "interview": Shot("interview", is_held_out=True),
    "bikes": Shot(clip="bikes", first=90, is_held_out=True),
    "monster": Shot(clip="monster", first=20, is_held_out=True),
}


@dataclass(frozen=True)
class Pair:
    """One difficult pair: maker(reel, folder, **options) writes its files and says what is true."""

    kind: str
    shot: str
    maker: Callable[..., Truth]
    variation: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.shot, self.kind, self.variation)))

    @property
    def is_held_out(self) -> bool:
        return SHOTS[self.shot].is_held_out


PAIRS: tuple[Pair, ...] = (
    Pair("stabilised", "tripod", at.stabilised),
    Pair("stabilised", "pan", at.stabilised, "fine", {"is_whole": False}),
    Pair("stabilised", "bigbuckbunny", at.stabilised, "fine", {"is_whole": False}),
    Pair("stabilised", "crowd", at.stabilised, "fine", {"is_whole": False}),
    Pair("stabilised", "bikes", at.stabilised),
    Pair("weave", "handheld", at.weave),
    Pair("weave", "bigbuckbunny", at.weave, "whole", {"is_whole": True}),
    Pair("weave", "foliage", at.weave),
    Pair("pan_and_scan", "cuts", at.pan_and_scan),
    Pair("pan_and_scan", "bottle-detection", at.pan_and_scan, "sliding", {"is_sliding": True}),
    Pair("pan_and_scan", "stage", at.pan_and_scan),
    Pair("pan_and_scan", "bikes", at.pan_and_scan, "sliding", {"is_sliding": True}),
    Pair("slow_zoom", "tripod", at.slow_zoom),
    Pair("slow_zoom", "car-detection", at.slow_zoom, "out", {"to": 0.8}),
    Pair("slow_zoom", "harbour", at.slow_zoom, "out", {"to": 0.85}),
    Pair("tilt", "tripod", at.tilt),
    Pair("tilt", "frog", at.tilt, "left", {"degrees": -0.8}),
    Pair("tilt", "interview", at.tilt, "left", {"degrees": -2.0}),
    Pair("interlaced_bg", "handheld50", times.interlaced_bg),
    Pair("interlaced_bg", "bigbuckbunny", times.interlaced_bg, "bff", {"field_order": "bff"}),
    Pair("interlaced_bg", "drive50", times.interlaced_bg, "bff", {"field_order": "bff"}),
    Pair("interlaced_fg", "pan50", times.interlaced_fg),
    Pair("interlaced_fg", "bottle-detection", times.interlaced_fg, "bff", {"field_order": "bff"}),
    Pair("interlaced_fg", "crowd50", times.interlaced_fg),
    Pair("bobbed", "handheld50", times.bobbed),
    Pair("bobbed", "bigbuckbunny", times.bobbed, "linear", {"is_linear": True}),
    Pair("bobbed", "drive50", times.bobbed, "linear", {"is_linear": True, "field_order": "bff"}),
    Pair("telecined", "tripod24", times.telecined),
    Pair("telecined", "pan24", times.telecined_bg, "bg"),
    Pair("telecined", "stage24", times.telecined),
    Pair("anamorphic", "tripod", at.anamorphic),
    Pair("anamorphic", "bigbuckbunny", at.anamorphic, "unlabelled", {"is_labelled": False, "is_cropped": True}),
    Pair("anamorphic", "handheld", at.anamorphic_bg, "bg"),
    Pair("anamorphic", "bikes", at.anamorphic),
    Pair("longer", "tripod", times.longer),
    Pair("longer", "bigbuckbunny", times.longer, "end", {"first": 0.0, "last": 0.6}),
    Pair("longer", "monster", times.longer, "start", {"first": 0.45, "last": 1.0}),
    Pair("sparse", "clock", looks.sparse),
    Pair("sparse", "slides", looks.sparse),
    Pair("sparse", "credits", looks.sparse),
    Pair("sparse", "subtitles", looks.sparse),
    Pair("blank_gap", "tripod", times.blank_gap),
    Pair("blank_gap", "bigbuckbunny", times.blank_gap),
    Pair("blank_gap", "harbour", times.blank_gap),
    Pair("fades", "handheld", times.fades),
    Pair("fades", "car-detection", times.fades),
    Pair("fades", "drive", times.fades),
    Pair("screen_recording", "recording", times.screen_recording),
    Pair("screen_recording", "recording_two", times.screen_recording),
    Pair("screen_recording", "terminal", times.screen_recording),
    Pair("blended", "handheld", times.blended),
    Pair("blended", "bigbuckbunny", times.blended),
    Pair("blended", "crowd", times.blended),
    Pair("interpolated", "tripod24", times.interpolated),
    Pair("interpolated", "bottle-detection", times.interpolated),
    Pair("interpolated", "stage24", times.interpolated),
    Pair("hdr_to_sdr", "handheld", looks.hdr_to_sdr),
    Pair("hdr_to_sdr", "frog", looks.hdr_to_sdr, "fg_hdr", {"is_fg_hdr": True}),
    Pair("hdr_to_sdr", "bikes", looks.hdr_to_sdr),
    Pair("near_still", "wide_shot", looks.near_still, "crf28"),
    Pair("near_still", "wide_shot_two", looks.near_still, "crf34", {"crf": 34}),
    Pair("near_still", "bottle-detection", looks.near_still, "crf31", {"crf": 31}),
    Pair("near_still", "night_street", looks.near_still, "crf31", {"crf": 31}),
    Pair("lip_synced", "studio", looks.lip_synced),
    Pair("lip_synced", "talk", looks.lip_synced),
    Pair("lip_synced", "newsdesk", looks.lip_synced),
    Pair("lip_synced", "interview", looks.lip_synced),
    Pair("swapped", "tripod", at.swapped),
    Pair("swapped", "bigbuckbunny", at.swapped),
    Pair("swapped", "pan", at.swapped, "covering", {"is_covering": True}),
    Pair("swapped", "crowd", at.swapped),
    Pair("swapped", "bikes", at.swapped, "covering", {"is_covering": True}),
    Pair("mirrored", "handheld", at.mirrored),
    Pair("mirrored", "bottle-detection", at.mirrored),
    Pair("mirrored", "stage", at.mirrored),
    Pair("repeats", "handheld", times.repeats, "loop", {"is_loop": True}),
    Pair("repeats", "bigbuckbunny", times.repeats, "recap"),
    Pair("repeats", "monster", times.repeats, "recap"),
)
KINDS = tuple(dict.fromkeys(pair.kind for pair in PAIRS))


def make(
    folder: Path, is_chosen: Callable[[Pair], bool], *, clips: Path | None = None, is_synthetic: bool = True
) -> Iterator[Case]:
    """Build the chosen pairs, one folder each, as `catalogue.make` does."""
    with tempfile.TemporaryDirectory() as sources:
        for pair in PAIRS:
            is_real = bool(SHOTS[pair.shot].clip)
            if is_chosen(pair) and (clips is not None if is_real else is_synthetic):
                yield build(pair, reel_of(pair.shot, Path(sources), clips), folder / pair.name)


def build(pair: Pair, reel: Reel, folder: Path) -> Case:
    """Make bg.mp4, fg.mp4 and truth.json."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = pair.maker(reel, folder, **pair.options)
    tags = frozenset((pair.kind, "held_out" if pair.is_held_out else "tuning"))
    case = Case(folder.name, folder / "bg.mp4", folder / "fg.mp4", truth, tags)
    write_truth(case)
    return case


def reel_of(name: str, folder: Path, clips: Path | None) -> Reel:
    """Made on first use."""
    path, shot = folder / f"{name}.mp4", SHOTS[name]
    if path.exists():
        return reels.known(path, shot.kind, shot.seed)
    if shot.clip:
        return reels.real(path, (clips or Path()) / f"{shot.clip}.mp4", shot.first, shot.count)
    return reels.synthetic(path, shot.kind, shot.count, shot.rate, shot.seed)
