"""Another program's file -> sidecar: the map as it was left there, with what is still known of its frames.

The counterpart of `export`. It drives the importers in `imports`, which read a text; files, clips and the sidecar are
looked after here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from vidkompy.counts import count_text
from vidkompy.errors import MapError, UsageError
from vidkompy.exchange.format_contract import ImportName, ImportRequest, load_importer
from vidkompy.media.atomic_outputs import check_output, protected_inputs, write_texts
from vidkompy.media.input_checks import check_regular_file
from vidkompy.model import I64, UNMATCHED, FrameMap, Quality, Sidecar
from vidkompy.records import Record
from vidkompy.sidecar.document import check_clips, read_sidecar, text_of
from vidkompy.sidecar.file_names import timecodes_path
from vidkompy.sidecar.pins import pinned_runs, repinned
from vidkompy.sidecar.quality import assess_quality
from vidkompy.sidecar.timecodes import timecodes_text


class ImportedMap(Record):
    """sidecar: as written. changed: FG frames that show another BG frame than before. notes: what was ignored."""

    sidecar: Sidecar
    changed: int
    notes: tuple[str, ...]


def import_map(path: Path, target: Path, sidecar_path: Path | None = None, overwrite: bool = False) -> ImportedMap:
    """A map that was exported and edited elsewhere, as a sidecar, which is written to `target`.

    path          file to read; its format is found from its content: csv, json, otio
    sidecar_path  the sidecar that was exported, for formats that do not hold all of it (csv, or an otio timeline that
                  lost its metadata). Without it a csv belongs to the sidecar that is `target` so far
    overwrite     whether a `target` that exists is replaced

    Raises
    UsageError    the file needs a sidecar and has none, holds one and is given another, or `target` exists
    MapError      the file cannot be read, or its map cannot be: with the line
    SidecarError  the sidecar is malformed, or no longer fits its clips
    OutputError   `target` cannot be written; it is then as it was
    """
    check_output(target, (path,), overwrite)
    text = _read_text(path)
    if text.lstrip().startswith("<"):
        raise MapError(
            f"'{path}' is XML, of an editor; wanted csv, json or otio: have the editor write OpenTimelineIO, or edit "
            "what vidkompy export SIDECAR --to csv writes"
        )
    name = format_of(text)
    importer = load_importer(name)
    if sidecar_path is not None and not importer.TAKES_SIDECAR:
        raise UsageError(f"'{path}' is {name}, which names its clips itself; leave out --sidecar")
    if sidecar_path is None and name == "csv" and target.exists():
        sidecar_path = target
    given_sidecar = None if sidecar_path is None else read_sidecar(sidecar_path)
    result = importer.read(ImportRequest(path, text, given_sidecar))
    exported = result.exported
    inputs = (path, exported.fg.path, exported.bg.path)
    check_output(target, inputs if sidecar_path is None else protected_inputs(target, sidecar_path, inputs), overwrite)
    check_clips(exported, path if sidecar_path is None else sidecar_path, sidecar_path is not None)
    sidecar = with_frame_map(exported, result.bg)
    labels = timecodes_path(target)
    check_output(labels, inputs, overwrite)
    write_texts({labels: timecodes_text(sidecar), target: text_of(sidecar, target)}, overwrite)
    return ImportedMap(sidecar, _changed(exported, result.bg), result.notes)


def format_of(text: str) -> ImportName:
    """The format of an edited map, told by content: file names change on the way.

    >>> format_of("fg_index,bg_index"), format_of('{"OTIO_SCHEMA": "Timeline.1"}'), format_of('{"frames": []}')
    ('csv', 'otio', 'json')
    """
    is_json = text.lstrip().startswith(("{", "["))
    if not is_json:
        return "csv"
    return "otio" if '"OTIO_SCHEMA"' in text else "json"


def with_frame_map(exported: Sidecar, bg: I64) -> Sidecar:
    """The sidecar with the map `bg`, i64 [n_fg].

    What is known of an FG frame (confidence, BG frames that look alike) is kept while its new BG frame is one of those
    that look alike; elsewhere confidence is unknown. Frames that change are pinned, and pins of others are kept.
    """
    known = exported.frame_map
    if (bg == known.bg).all():
        return exported
    low = known.bg if known.low is None else known.low
    high = _after(known.bg) if known.high is None else known.high
    is_kept = np.where(bg == UNMATCHED, known.bg == UNMATCHED, (low <= bg) & (bg < high))
    confidence = None if known.confidence is None else np.where(is_kept, known.confidence, np.float32(np.nan))
    frame_map = FrameMap(
        bg,
        low=np.where(is_kept, low, bg),
        high=np.where(is_kept, high, _after(bg)),
        confidence=None if confidence is None or np.isnan(confidence).all() else confidence,
    )
    changed = {int(i): int(bg[i]) for i in np.flatnonzero(bg != known.bg)}
    pins = repinned(exported.pins, pinned_runs(changed))
    return replace(exported, frame_map=frame_map, pins=pins, quality=_quality(exported, frame_map))


def _after(bg: I64) -> I64:
    """i64 [n_fg]: where a range of one BG frame ends; UNMATCHED like bg."""
    return np.where(bg == UNMATCHED, UNMATCHED, bg + 1)


def _quality(exported: Sidecar, frame_map: FrameMap) -> Quality:
    before = exported.quality
    now = assess_quality(exported.placement, frame_map, exported.fg, exported.bg, 0, True, None)
    changed = _changed(exported, frame_map.bg)
    reason = count_text(changed, "FG frame was set by hand", "FG frames were set by hand")
    return replace(now, is_forced=before.is_forced, sound_late_ms=before.sound_late_ms, reasons=(*now.reasons, reason))


def _changed(exported: Sidecar, bg: I64) -> int:
    return int((bg != exported.frame_map.bg).sum())


def _read_text(path: Path) -> str:
    try:
        check_regular_file(path)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as e:
        raise MapError(f"cannot read '{path}': {(e.strerror or str(e)).lower()}") from e
    except UnicodeDecodeError as e:
        raise MapError(f"'{path}' is not UTF-8 text (byte {e.start}); save it as that, or export anew") from e
