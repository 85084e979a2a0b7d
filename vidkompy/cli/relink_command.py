"""`vidkompy relink`: which files are given, what is written where, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidkompy.cli.analysis_commands import cache_of
from vidkompy.cli.commands import Relink
from vidkompy.cli.messages import print_message
from vidkompy.cli.output_paths import check_free, timecodes_of
from vidkompy.cli.progress import progress_reports
from vidkompy.cli.results import Result
from vidkompy.errors import SidecarError

if TYPE_CHECKING:
    from vidkompy.media.stream_choice import StreamSelector
    from vidkompy.model import Json, Sidecar
    from vidkompy.relinking.relink import Relinked, Role


def run_relink(c: Relink) -> Result:
    from vidkompy.cli.stream_notes import naming_streams
    from vidkompy.relinking.relink import relink
    from vidkompy.sidecar.document import read_sidecar

    before = read_sidecar(c.sidecar)
    text = c.sidecar.read_text(encoding="utf-8")
    files: dict[Role, Path] = {}
    if c.fg is not None:
        files["fg"] = c.fg
    if c.bg is not None:
        files["bg"] = c.bg
    target = c.output or c.sidecar
    _check_targets(c, target, (*files.values(), before.fg.path, before.bg.path))
    streams = _streams(c, before, files)
    named = [(role.upper(), files[role], selector) for role, selector in streams.items()]
    with naming_streams(*named), progress_reports() as report:
        sidecar, relinked = relink(before, files, cache_of(c.no_cache), report, streams)
    kept = _write(sidecar, target, c, text)
    for line in relinked_lines(relinked):
        print_message(line)
    facts = {
        "sidecar": str(target),
        "timecodes": str(timecodes_of(target)),
        "kept": None if kept is None else str(kept),
        "clips": [_facts(one) for one in relinked],
    }
    return Result(facts, (str(target),))


def _streams(c: Relink, before: Sidecar, files: dict[Role, Path]) -> dict[Role, StreamSelector]:
    """Which video stream of each file is taken: that which is asked for, else as before. Raises UsageError."""
    from vidkompy.cli.parsing import parse_stream
    from vidkompy.relinking.relink import stream_of

    chosen: dict[Role, StreamSelector] = {}
    for role, path in files.items():
        text, clip = (c.fg_stream, before.fg) if role == "fg" else (c.bg_stream, before.bg)
        asked = parse_stream(f"--{role}-stream", text)
        chosen[role] = asked if text is not None else stream_of(path, clip)
    return chosen


def _check_targets(c: Relink, target: Path, clips: Sequence[Path]) -> None:
    """Raises UsageError. What stands in place of the sidecar is kept, so that needs no --overwrite."""
    from vidkompy.media.atomic_outputs import protected_inputs

    is_in_place = c.output is None
    check_free(target, protected_inputs(target, c.sidecar, clips), c.overwrite or is_in_place)
    check_free(timecodes_of(target), (*clips, c.sidecar), c.overwrite or is_in_place)


def _write(sidecar: Sidecar, target: Path, c: Relink, text: str) -> Path | None:
    """Where the sidecar as it was, which is `text`, stays; None where it was not replaced. Raises SidecarError."""
    from vidkompy.media.atomic_outputs import write_texts
    from vidkompy.sidecar.document import text_of
    from vidkompy.sidecar.file_names import kept_path
    from vidkompy.sidecar.timecodes import timecodes_text

    texts = {timecodes_of(target): timecodes_text(sidecar), target: text_of(sidecar, target)}
    if c.output is not None:
        write_texts(texts, c.overwrite)
        return None
    if c.sidecar.read_text(encoding="utf-8") != text:
        raise SidecarError(f"'{c.sidecar}' was changed by another program meanwhile; relink again")
    kept = kept_path(c.sidecar)
    write_texts({kept: text, **texts}, overwrite=True)
    return kept


def relinked_lines(relinked: Sequence[Relinked]) -> Iterator[str]:
    """What became of each clip, how that is known, and what became of the map."""
    for one in relinked:
        yield f"{one.role.upper()}     '{one.after.path}' is '{one.before.path}', {one.change}: {one.evidence.words}"
        if one.lost:
            n = len(one.lost)
            text = f"{n} FG frames lose their BG frame" if n > 1 else "1 FG frame loses its BG frame"
            yield f"lost   {text}, first frame {one.lost[0]}"
        for note in one.notes:
            yield f"note   {note}"


def _facts(one: Relinked) -> Json:
    return {
        "clip": one.role,
        "before": str(one.before.path),
        "after": str(one.after.path),
        "change": one.change,
        "basis": one.evidence.basis,
        "evidence": one.evidence.words,
        "compared_frames": one.evidence.compared,
        "difference": one.evidence.difference,
        "shift": one.evidence.shift,
        "frames_before": one.before.frames,
        "frames": one.after.frames,
        "lost": list(one.lost),
        "notes": list(one.notes),
    }
