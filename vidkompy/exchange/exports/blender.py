"""A Python script for Blender's video sequencer: blender --python X.py, with --background -a for a render.

Blender counts a movie's positions at one rate (`blender_clock`): strip frame k is position k. BG lies whole on
channel 1, and a Speed Control effect on channel 2 says by keyframes which of its positions is shown; between keyframes
of one run it goes straight, by whole positions. FG lies on channel 3. A place is the distance of its centre from the
canvas's, y upwards, and scales of its own pixels; turns go counterclockwise.
Source: https://docs.blender.org/api/3.4/bpy.types.SpeedControlSequence.html and SequenceTransform
"""

import math
from collections.abc import Iterator

from vidkompy.exchange.blender_clock import blender_losses, build_blender_timeline, held_positions
from vidkompy.exchange.editor_losses import pixel_aspect_losses, stream_losses, track_losses
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.keyframes import placed_frames
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Timeline, integer_step_runs
from vidkompy.media.file_urls import relative_path
from vidkompy.model import UNMATCHED, Sidecar
from vidkompy.sidecar.document import check_clips

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError, MediaError."""
    sidecar = request.sidecar
    check_clips(sidecar, request.sidecar_path)
    timeline, fg, bg = build_blender_timeline(sidecar), sidecar.fg, sidecar.bg
    runs = integer_step_runs(held_positions(timeline))
    rate = timeline.fg.rate
    text = _SCRIPT.format(
        size=(bg.width, bg.height),
        rate=(rate.numerator, rate.denominator),
        count=timeline.fg.length,
        fg=relative_path(fg.path, request.folder),
        bg=relative_path(bg.path, request.folder),
        has_sound=bool(fg.audio),
        runs="".join(f"    ({run.fg}, {run.bg}, {run.count}, {run.rate}),\n" for run in runs),
        places="".join(f"    {place},\n" for place in _places(sidecar, timeline)),
        marks=[*_marks("unmatched", timeline), *_marks("unsure", timeline)],
    )
    return ExportResult((text,), tuple(_losses(timeline, sidecar)))


def _places(sidecar: Sidecar, timeline: Timeline) -> Iterator[tuple[float, ...]]:
    """Offset, scale and turn of FG as Blender has them: one, or one for each frame."""
    fg, bg = sidecar.fg, sidecar.bg
    for x, y, width, height, degrees in placed_frames(sidecar, timeline).tolist():
        offset = x + width / 2 - bg.width / 2, bg.height / 2 - y - height / 2
        turn = -math.radians(degrees) + 0.0
        yield tuple(round(value, 9) for value in (*offset, width / fg.width, height / fg.height, turn))


def _marks(name: str, timeline: Timeline) -> Iterator[tuple[int, str]]:
    ranges = timeline.unmatched if name == "unmatched" else timeline.unsure
    for first, stop in ranges:
        yield first, f"{name}, {stop - first} frames"


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from timeline.losses(sidecar)
    yield from blender_losses(sidecar, timeline)
    yield from stream_losses(sidecar)
    yield from pixel_aspect_losses(sidecar)
    if sidecar.content is not None:
        yield Loss("content", "FG's letterbox bars are shown: crop the strip")
    if count := int((sidecar.frame_map.bg == UNMATCHED).sum()):
        yield Loss("unmatched", f"{count} unmatched FG frames lie over the BG frame before them", count)
    yield from track_losses(sidecar)
    if sidecar.bg.audio:
        yield Loss("sound", "BG's sound is left out" + (", FG's is heard" if sidecar.fg.audio else ""))
    if sidecar.fg.timecode or sidecar.bg.timecode:
        yield Loss("timecode", "timecode is left out: Blender counts from 1")
    yield Loss("pixels", "Blender lays FG over BG in RGB, and scales it its own way: samples can be some levels off")


_SCRIPT = '''\
"""One video over another, frame by frame, in the video sequencer of Blender 3.3 or newer."""

from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
FG, BG = {fg!r}, {bg!r}
SIZE = {size}
RATE = {rate}
COUNT = {count}  # positions of FG, at RATE
RUNS = (  # position of FG, of BG, for how many of FG's, BG's from each to the next
{runs})
PLACES = (  # offset of FG's centre in px, y upwards, its scales, its turn in radians: one, or one a frame
{places})
MARKS = {marks}

scene = bpy.context.scene
scene.render.resolution_x, scene.render.resolution_y = SIZE
scene.render.resolution_percentage = 100
nearest = max(1, round(RATE[0] / RATE[1]))
scene.render.fps, scene.render.fps_base = nearest, nearest * RATE[1] / RATE[0]
scene.frame_start, scene.frame_end = 1, COUNT
scene.view_settings.view_transform = "Standard"  # colours as they are
editor = scene.sequence_editor_create()
strips = editor.sequences if hasattr(editor, "sequences") else editor.strips


def movie(name, path, channel):
    strip = strips.new_movie(name, str(HERE / path), channel, 1, fit_method="ORIGINAL")
    if hasattr(strip, "use_proxy"):
        strip.use_proxy = False
    return strip


def set_key(of, path, value, frame, kind):
    """kind: how it goes on to the next keyframe."""
    setattr(of, path, value)
    of.keyframe_insert(path, frame=frame)
    curve = scene.animation_data.action.fcurves.find(of.path_from_id(path))
    next(p for p in curve.keyframe_points if p.co.x == frame).interpolation = kind


bg = movie("BG", BG, 1)
bg.frame_final_end = max(bg.frame_final_end, 1 + COUNT)
speed = strips.new_effect("BG's frames", "SPEED", 2, 1, frame_end=1 + COUNT, seq1=bg)
speed.speed_control = "FRAME_NUMBER"
speed.use_frame_interpolate = False
for first, bg_first, count, step in RUNS:
    for k in sorted({{0, count - 1}}):
        set_key(speed, "speed_frame_number", bg_first + step * k, 1 + first + k, "LINEAR")
fg = movie("FG", FG, 3)
fg.frame_final_end = 1 + COUNT
fg.blend_type = "ALPHA_OVER"
if {has_sound}:
    strips.new_sound("FG's sound", str(HERE / FG), 4, 1)
for k, place in enumerate(PLACES):
    for name, value in zip(("offset_x", "offset_y", "scale_x", "scale_y", "rotation"), place):
        if len(PLACES) == 1:
            setattr(fg.transform, name, value)
        else:
            set_key(fg.transform, name, value, 1 + k, "CONSTANT")
for first, text in MARKS:
    scene.timeline_markers.new(text, frame=1 + first)
'''
