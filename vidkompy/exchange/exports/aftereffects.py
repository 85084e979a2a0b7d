"""A script for After Effects: a composition with BG retimed by Time Remap and FG placed above it.

Run by File, Scripts, Run Script File. Time Remap says seconds of the footage: at value v the frame floor(v * rate) is
shown, so that keyframes lie half a frame into what is to be seen. Each run has two, linear in between. Positions are of
FG's centre on the canvas, scales in percent of its own pixels, turns clockwise; where FG moves each has a keyframe a
frame, which is held. The language is ExtendScript, ECMAScript 3.
Source: https://ae-scripting.docsforadobe.dev (CompItem, AVLayer.timeRemapEnabled, Property.setValuesAtTimes)
"""

import json
from collections.abc import Iterator
from fractions import Fraction

from vidkompy.exchange.editor_losses import stream_losses
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.keyframes import placed_frames
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Timeline, build_timeline
from vidkompy.media.file_urls import relative_path
from vidkompy.model import Sidecar

OPTIONS: frozenset[ExportOption] = frozenset()

HALF = Fraction(1, 2)  # of a BG frame


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError."""
    timeline, sidecar = build_timeline(request.sidecar), request.sidecar
    fg, bg = sidecar.fg, sidecar.bg
    numbers = {
        "name": request.name,
        "fg": relative_path(fg.path, request.folder),
        "bg": relative_path(bg.path, request.folder),
        "size": [bg.width, bg.height],
        "pixelAspect": float(bg.sar or 1),
        "fgRate": float(timeline.fg.rate),
        "bgRate": float(timeline.bg.rate),
        "count": timeline.fg.length,
        "start": timeline.fg.start,
        "remap": list(_remap_keys(timeline)),
        "gaps": timeline.unmatched,
        "places": [
            [x + width / 2, y + height / 2, 100 * width / fg.width, 100 * height / fg.height, degrees]
            for x, y, width, height, degrees in placed_frames(sidecar, timeline).tolist()
        ],
        "marks": [*_marks("unmatched", timeline), *_marks("unsure", timeline)],
    }
    declared = "".join(f"    var {name} = {json.dumps(value)};\n" for name, value in numbers.items())
    return ExportResult((_SCRIPT.replace("@NUMBERS@\n", declared),), tuple(_losses(timeline, sidecar)))


def _remap_keys(timeline: Timeline) -> Iterator[tuple[int, float]]:
    """FG's frame, and seconds of BG in it."""
    for run in timeline.runs:
        if run.bg is not None:
            for k in sorted({0, run.count - 1}):
                position = run.bg + run.phase + run.rate * k
                margin = HALF / (run.rate.denominator * run.phase.denominator)
                yield run.fg + k, float((position + margin) / timeline.bg.rate)


def _marks(name: str, timeline: Timeline) -> Iterator[tuple[int, str]]:
    for first, stop in timeline.unmatched if name == "unmatched" else timeline.unsure:
        yield first, f"{name}, {stop - first} frames"


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from timeline.losses(sidecar)
    yield from stream_losses(sidecar)
    if sidecar.content is not None:
        yield Loss("content", "FG's letterbox bars are shown: mask the layer")
    if timeline.unmatched:
        count = sum(stop - first for first, stop in timeline.unmatched)
        yield Loss("unmatched", f"{count} unmatched frames lie over a gap in BG", count)
    if sidecar.bg.audio:
        yield Loss("sound", "BG's sound is muted" + (", FG's is heard" if sidecar.fg.audio else ""))


_SCRIPT = """\
// One video over another, frame by frame. File, Scripts, Run Script File; clips are found from this file's folder.
(function () {
@NUMBERS@
    function footage(path) {
        var isAbsolute = path.charAt(0) === "/" || path.charAt(1) === ":";
        var file = new File(isAbsolute ? path : new File($.fileName).parent.fsName + "/" + path);
        if (!file.exists) {
            throw new Error("no file " + file.fsName);
        }
        return app.project.importFile(new ImportOptions(file));
    }

    // Values are held from keyframe to keyframe, or go straight.
    function setKeys(property, frames, values, kind) {
        var times = [], wanted = {}, k;
        for (k = 0; k < frames.length; k += 1) {
            times.push(frames[k] / fgRate);
            wanted[frames[k]] = true;
        }
        property.setValuesAtTimes(times, values);
        for (k = property.numKeys; k >= 1; k -= 1) { // those that were there before
            var frame = property.keyTime(k) * fgRate;
            if (Math.abs(frame - Math.round(frame)) > 0.01 || !wanted[Math.round(frame)]) {
                property.removeKey(k);
            }
        }
        for (k = 1; k <= property.numKeys; k += 1) {
            property.setInterpolationTypeAtKey(k, kind, kind);
        }
    }

    app.beginUndoGroup("vidkompy");
    if (!app.project) {
        app.newProject();
    }
    var fgItem = footage(fg), bgItem = footage(bg), k;
    fgItem.mainSource.conformFrameRate = fgRate;
    bgItem.mainSource.conformFrameRate = bgRate;
    var comp = app.project.items.addComp(name, size[0], size[1], pixelAspect, count / fgRate, fgRate);
    comp.displayStartTime = start / fgRate;

    var below = comp.layers.add(bgItem);
    below.name = "BG";
    below.audioEnabled = false;
    below.timeRemapEnabled = true;
    below.startTime = 0;
    below.outPoint = comp.duration;
    var frames = [], values = [];
    for (k = 0; k < remap.length; k += 1) {
        frames.push(remap[k][0]);
        values.push(remap[k][1]);
    }
    if (frames.length) {
        setKeys(below.property("ADBE Time Remapping"), frames, values, KeyframeInterpolationType.LINEAR);
    }
    if (gaps.length) {
        frames = [0];
        values = [100];
        for (k = 0; k < gaps.length; k += 1) {
            if (gaps[k][0] === 0) {
                values[0] = 0;
            } else {
                frames.push(gaps[k][0]);
                values.push(0);
            }
            if (gaps[k][1] < count) {
                frames.push(gaps[k][1]);
                values.push(100);
            }
        }
        var opacity = below.property("ADBE Transform Group").property("ADBE Opacity");
        setKeys(opacity, frames, values, KeyframeInterpolationType.HOLD);
    }

    var above = comp.layers.add(fgItem); // which puts it on top
    above.name = "FG";
    above.startTime = 0;
    var transform = above.property("ADBE Transform Group");
    var kinds = [["ADBE Position", 0, 2], ["ADBE Scale", 2, 4], ["ADBE Rotate Z", 4, 5]];
    for (var n = 0; n < kinds.length; n += 1) {
        var property = transform.property(kinds[n][0]);
        frames = [];
        values = [];
        for (k = 0; k < places.length; k += 1) {
            var value = places[k].slice(kinds[n][1], kinds[n][2]);
            frames.push(k);
            values.push(value.length === 1 ? value[0] : value);
        }
        if (places.length === 1) {
            property.setValue(values[0]);
        } else {
            setKeys(property, frames, values, KeyframeInterpolationType.HOLD);
        }
    }
    if (comp.markerProperty) {
        for (k = 0; k < marks.length; k += 1) {
            comp.markerProperty.setValueAtTime(marks[k][0] / fgRate, new MarkerValue(marks[k][1]));
        }
    }
    comp.openInViewer();
    app.endUndoGroup();
})();
"""
