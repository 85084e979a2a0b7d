"""Clips as objects of a sidecar's JSON, and back."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from vidkompy.counts import count_text
from vidkompy.errors import MalformedError, SidecarError
from vidkompy.limits import LONGEST_CLIP, LONGEST_FRAME, MAX_CLOCK_SECONDS, MAX_FRAME_PIXELS, MAX_RATIONAL
from vidkompy.media.faults import fault_json
from vidkompy.media.file_urls import relative_path
from vidkompy.model import I64, Clip, Colour, Fault, Json, Run, runs_of, sequence_of
from vidkompy.sidecar.schemas import schema

fraction_of = lru_cache(1024)(Fraction)  # of long irregular maps one has 100,000 runs, and few speeds


def clip_json(clip: Clip, folder: Path) -> Json:
    lines = [
        {"first": r.fg, "pts": (r.bg or 0) + int(clip.pts[0]), "count": r.count, "step": str(r.rate)}
        | ({"phase": str(r.phase)} if r.phase else {})
        for r in runs_of(clip.pts - clip.pts[0])
    ]
    return {
        "path": relative_path(clip.path, folder),
        "size": clip.size,
        "sha256": clip.sha256,
        "width": clip.width,
        "height": clip.height,
        "frames": clip.frames,
        "frame_rate": str(clip.frame_rate),
        "time_base": str(clip.time_base),
        "start_pts": clip.start_pts,
        "pts": lines,
        "pix_fmt": _known_format(clip),
        "colour": asdict(clip.colour),
        "sar": str(clip.sar),
        "rotation": clip.rotation,
        "audio": list(clip.audio),
        **({"timecode": clip.timecode} if clip.timecode else {}),
        **({"field_order": clip.field_order} if clip.field_order else {}),
        **({"side_data": list(clip.side_data)} if clip.side_data else {}),
        **({"damage": [fault_json(fault) for fault in clip.damage]} if clip.damage else {}),
        **({"decoder": clip.decoder} if clip.decoder else {}),
        **({"stream": clip.stream} if clip.stream else {}),
        **({"program": clip.program} if clip.program else {}),
    }


def clip_from_json(c: Json, path: Path, json_path: str) -> Clip:
    if c["width"] * c["height"] > MAX_FRAME_PIXELS:
        problem = f"frames of {c['width']}x{c['height']}, wanted {MAX_FRAME_PIXELS} pixels at most"
        raise MalformedError(path, problem, f"{json_path}.width")
    return Clip(
        path=path.parent / c["path"],
        size=c["size"],
        sha256=c["sha256"],
        width=c["width"],
        height=c["height"],
        time_base=_positive(c, "time_base", path, json_path),
        pts=_timestamps_from_json(c, path, f"{json_path}.pts"),
        start_pts=c["start_pts"],
        frame_rate=_positive(c, "frame_rate", path, json_path),
        pix_fmt=c["pix_fmt"],
        colour=Colour(**c.get("colour", {})),
        sar=_positive(c, "sar", path, json_path),
        rotation=c.get("rotation", 0),
        audio=tuple(c.get("audio", ())),
        timecode=c.get("timecode", ""),
        field_order=c.get("field_order", ""),
        side_data=tuple(c.get("side_data", ())),
        decoder=c.get("decoder", ""),
        stream=c.get("stream", 0),
        program=c.get("program", 0),
        damage=tuple(Fault(float(fault["seconds"]), fault["what"]) for fault in c.get("damage", ())),
    )


def check_range(run: Run, path: Path, json_path: str) -> None:
    """Raises MalformedError where a run's numbers could overflow."""
    p, c, q = run.line
    if abs(p) * run.count + abs(c) + abs(run.bg or 0) * q >= 2**63:
        raise MalformedError(path, "its numbers need more than 64 bits", json_path)


def _known_format(clip: Clip) -> str:
    if clip.pix_fmt not in schema()["$defs"]["pix_fmt"]["enum"]:
        raise SidecarError(
            f"'{clip.path}' has frames of {clip.pix_fmt}, which no sidecar can name; convert it first: "
            "ffmpeg -i IN -pix_fmt yuv444p16le -c:v ffv1 OUT.mkv"
        )
    return clip.pix_fmt


def _positive(c: Json, name: str, path: Path, json_path: str) -> Fraction:
    value = Fraction(c.get(name, "1"))
    if max(value.numerator, value.denominator) > MAX_RATIONAL:
        problem = f"{name} is {value}; wanted numbers of 31 bits, as ffmpeg has"
        raise MalformedError(path, problem, f"{json_path}.{name}")
    return value


def _timestamps_from_json(c: Json, path: Path, json_path: str) -> I64:
    lines = [Run(p["first"], p["pts"], p["count"], *_step_and_phase(p)) for p in c["pts"]]
    covered = 0
    for n, line in enumerate(lines):
        if line.fg != covered:
            problem = f"starts at frame {line.fg}, wanted {covered}, where the last ended"
            raise MalformedError(path, problem, f"{json_path}[{n}].first")
        covered += line.count
    if covered != c["frames"]:
        raise MalformedError(path, f"timestamps for {count_text(covered, 'frame')}, wanted {c['frames']}", json_path)
    for n, line in enumerate(lines):
        check_range(line, path, f"{json_path}[{n}]")
    pts = sequence_of(lines)
    _check_clock(c, pts, path, json_path)
    not_later = np.flatnonzero(np.diff(pts) <= 0)
    if len(not_later):
        i = int(not_later[0]) + 1
        problem = f"timestamp goes from {pts[i - 1]} to {pts[i]} at frame {i}, wanted a later one"
        raise MalformedError(path, problem, json_path)
    return pts


def _check_clock(c: Json, pts: I64, path: Path, json_path: str) -> None:
    """The bounds that probed clips meet too: times in microseconds have to fit into 64 bits. Raises MalformedError."""
    tick = Fraction(c["time_base"])
    longest_frame = int(np.diff(pts).max(initial=0)) * tick
    if longest_frame > LONGEST_FRAME or int(pts[-1] - pts[0]) * tick > LONGEST_CLIP:
        longest = f"wanted {LONGEST_CLIP} s at most, and {LONGEST_FRAME} s of each frame"
        raise MalformedError(path, f"lasts {float(int(pts[-1] - pts[0]) * tick):.6g} s, {longest}", json_path)
    furthest = max(abs(int(t)) for t in (pts[0], pts[-1], c["start_pts"]))
    if furthest * tick > MAX_CLOCK_SECONDS:
        raise MalformedError(
            path, f"a clock that shows {furthest} ticks of {c['time_base']} s, wanted years at most", json_path
        )


def _step_and_phase(p: Json) -> tuple[Fraction, Fraction]:
    return fraction_of(p.get("step", "0")), fraction_of(p.get("phase", "0"))
