"""Another program's file -> sidecar: the map as it was left there, with what is still known of its frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vidkompy.errors import MapError, UsageError
from vidkompy.exchange.format_contract import BASED_FORMATS, ImportName, ImportRequest, load_importer
from vidkompy.media.atomic_outputs import check_output, protected_inputs
from vidkompy.media.input_checks import check_regular_file
from vidkompy.model import I64, UNMATCHED, FrameMap, Quality, Sidecar
from vidkompy.sidecar.document import check_clips, read_sidecar, write_sidecar
from vidkompy.sidecar.quality import assess_quality


@dataclass(frozen=True)
class ImportedMap:
    """changed: FG frames that show another BG frame than before. notes: what was there and is not read."""

    sidecar: Sidecar
    changed: int
    notes: tuple[str, ...]


def import_map(path: Path, target: Path, base: Path | None = None, overwrite: bool = False) -> ImportedMap:
    """Writes `target`. base: the sidecar that was exported, for formats that do not hold all of it.

    Without `base` such a format belongs to the sidecar that is `target` so far.
    Raises UsageError, MapError, SidecarError, OutputError.
    """
    check_output(target, (path,), overwrite)
    text = _text(path)
    kind = _format_of(text)
    if base is not None and kind not in BASED_FORMATS:
        raise UsageError(f"'{path}' is {kind}, which names its clips itself; leave out --sidecar")
    if base is None and kind == "csv" and target.exists():
        base = target
    found = load_importer(kind)(ImportRequest(path, text, None if base is None else read_sidecar(base)))
    inputs = (path, found.before.fg.path, found.before.bg.path)
    check_output(target, inputs if base is None else protected_inputs(target, base, inputs), overwrite)
    check_clips(found.before, base or path)
    sidecar = with_frame_map(found.before, found.bg)
    write_sidecar(sidecar, target, overwrite)
    return ImportedMap(sidecar, int((found.bg != found.before.frame_map.bg).sum()), found.notes)


def with_frame_map(before: Sidecar, bg: I64) -> Sidecar:
    """The sidecar with the map `bg`, i64 [n_fg].

    What it says of a frame holds while that shows a frame which is as good by its own words; pins are kept.
    """
    known = before.frame_map
    if (bg == known.bg).all():
        return before
    low = known.bg if known.low is None else known.low
    high = np.where(known.bg == UNMATCHED, UNMATCHED, known.bg + 1) if known.high is None else known.high
    holds = np.where(bg == UNMATCHED, known.bg == UNMATCHED, (low <= bg) & (bg < high))
    levels = None if known.confidence is None else np.where(holds, known.confidence, np.float32(np.nan))
    frame_map = FrameMap(
        bg,
        low=np.where(holds, low, bg),
        high=np.where(holds, high, np.where(bg == UNMATCHED, UNMATCHED, bg + 1)),
        confidence=None if levels is None or np.isnan(levels).all() else levels,
    )
    return replace(before, frame_map=frame_map, quality=_quality(before, frame_map))


def _quality(before: Sidecar, frame_map: FrameMap) -> Quality:
    anew = assess_quality(before.placement, frame_map, before.fg, before.bg, 0, True, None)
    changed = int((frame_map.bg != before.frame_map.bg).sum())
    said = f"{changed} FG frame{'s were' if changed > 1 else ' was'} set by hand"
    was = before.quality
    return replace(anew, is_forced=was.is_forced, sound_late_ms=was.sound_late_ms, reasons=(*anew.reasons, said))


def _format_of(text: str) -> ImportName:
    """By content: file names change on the way."""
    if not text.lstrip().startswith(("{", "[")):
        return "csv"
    return "otio" if '"OTIO_SCHEMA"' in text else "json"


def _text(path: Path) -> str:
    try:
        check_regular_file(path)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as e:
        raise MapError(f"cannot read '{path}': {(e.strerror or str(e)).lower()}") from e
    except UnicodeDecodeError as e:
        raise MapError(f"'{path}' is not UTF-8 text (byte {e.start}); save it as that, or export anew") from e
