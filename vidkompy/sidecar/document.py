"""Sidecars as JSON, NAME.vidkompy.json: written by an analysis, read by a render, diff-able, editable by hand."""

from __future__ import annotations

import hashlib
import json
import shlex
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from vidkompy import __version__
from vidkompy.counts import count_text
from vidkompy.errors import MalformedError, SidecarError, excerpt
from vidkompy.limits import MAX_SIDECAR_BYTES
from vidkompy.media.atomic_outputs import write_text
from vidkompy.media.input_checks import check_regular_file
from vidkompy.model import Clip, FrameMap, Json, Placement, Quality, Run, Sidecar
from vidkompy.sidecar.clip_record import check_range, clip_from_json, clip_json, fraction_of
from vidkompy.sidecar.colour_record import colours_from_json, colours_json
from vidkompy.sidecar.frame_ranges import alike_json, confidence_json, with_frame_ranges
from vidkompy.sidecar.hand_edits import fingerprints_json, pins_json, with_hand_edits
from vidkompy.sidecar.ignored_boxes import BOX_SIDES, ignored_from_json, ignored_json
from vidkompy.sidecar.schemas import schema
from vidkompy.sidecar.track_record import track_from_json, track_json

SIDECAR_SCHEMA = "vidkompy.sidecar/1"

MAX_SCHEMA_MESSAGE = 200  # characters of a schema validator's message, which repeats whole values
KEPT_OF_MESSAGE = 60  # characters of its beginning, and of its end, that are kept of a longer one
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors write it


def read_sidecar(path: str | Path) -> Sidecar:
    """The sidecar in a file; its clips are not opened. Paths in it are relative to the file's folder.

    Raises SidecarError if the file cannot be read or is no JSON, MalformedError with the place inside the document at
    the end of its message.
    """
    path = Path(path)
    try:
        check_regular_file(path)
        if (size := path.stat().st_size) > MAX_SIDECAR_BYTES:
            raise SidecarError(
                f"'{path}' has {size} bytes, wanted {MAX_SIDECAR_BYTES} at most, which hold any map; is it a sidecar?"
            )
        document = parse_json(path.read_bytes())
    except OSError as e:
        raise SidecarError(f"cannot read sidecar '{path}': {(e.strerror or str(e)).lower()}") from e
    except orjson.JSONDecodeError as e:
        raise SidecarError(f"'{path}' is not JSON: {e}; wanted a sidecar written by 'vidkompy analyze'") from e
    return parse_document(document, path)


def write_sidecar(sidecar: Sidecar, path: str | Path, overwrite: bool = True) -> None:
    """Write a sidecar whole or not at all; paths in it are relative to its folder. Raises OutputError.

    overwrite   whether an existing file may be replaced
    """
    write_text(Path(path), text_of(sidecar, Path(path)), overwrite)


def text_of(sidecar: Sidecar, path: Path) -> str:
    """Text of the file at `path`: paths in it are relative to its folder."""
    return format_json(document_of(sidecar, path.parent))


def parse_json(data: bytes) -> Any:
    """Value of a JSON text in UTF-8. Raises json.JSONDecodeError."""
    return orjson.loads(data.removeprefix(BYTE_ORDER_MARK))


def check_clips(sidecar: Sidecar, path: str | Path, is_sidecar: bool = True) -> None:
    """Compare both clips with the size and hash in the sidecar.

    path         of the sidecar, for the message
    is_sidecar   whether that file is one; else it is a map that holds what a sidecar says
    Raises SidecarError unless both files still are those that were analysed.
    """
    for problem in changed_clips(sidecar, path, is_sidecar):
        raise problem


def changed_clips(
    sidecar: Sidecar, path: str | Path, is_sidecar: bool = True, is_content_read: bool = True
) -> Iterator[SidecarError]:
    """What `check_clips` raises, for each clip whose file is gone or no longer the one that was analysed.

    is_content_read   else a file of the same size passes, and long clips take no time
    """
    for option, clip in (("--fg", sidecar.fg), ("--bg", sidecar.bg)):
        try:
            relink = f"vidkompy relink {shlex.quote(str(path))} {option}"
            _check_clip(clip, path, is_sidecar, is_content_read, relink)
        except SidecarError as e:
            yield e


def _check_clip(clip: Clip, path: str | Path, is_sidecar: bool, is_content_read: bool, relink: str) -> None:
    """relink: the command to type, but for the file."""
    try:
        check_regular_file(clip.path)
        size = clip.path.stat().st_size
        with clip.path.open("rb") as file:
            is_unchanged = size == clip.size and (
                not is_content_read or hashlib.file_digest(file, "sha256").hexdigest() == clip.sha256
            )
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        advice = f"name what became of it: {relink} FILE" if is_sidecar else "correct its path there"
        raise SidecarError(f"cannot read '{clip.path}', named by '{path}': {reason}; {advice}") from e
    if not is_unchanged:
        advice = f"if it was remuxed, re-encoded or trimmed: {relink} {shlex.quote(str(clip.path))}"
        raise SidecarError(
            f"'{clip.path}' is not the file that '{path}' was measured on ({size} bytes now, {clip.size} then, or "
            f"other content of that size); {advice if is_sidecar else 'analyse again, or correct the path there'}"
        )


def document_of(sidecar: Sidecar, folder: Path) -> Json:
    """A sidecar as values that JSON can hold, with paths relative to `folder`."""
    runs = sidecar.frame_map.runs()
    return {
        "schema": SIDECAR_SCHEMA,
        "generator": f"vidkompy {__version__}",
        "placement": asdict(sidecar.placement),
        **({} if sidecar.track is None else {"track": track_json(sidecar.track)}),
        "runs": [_run_json(run) for run in runs],
        "pins": pins_json(sidecar.pins),
        **({} if sidecar.content is None else {"content": dict(zip(BOX_SIDES, sidecar.content, strict=True))}),
        **({"ignored": ignored_json(sidecar.ignored)} if sidecar.ignored else {}),
        **({} if sidecar.colours is None else {"colours": colours_json(sidecar.colours)}),
        "searched": dict(zip(("from", "to"), sidecar.searched, strict=True)),
        "engine": sidecar.engine,
        "quality": {**asdict(sidecar.quality), "reasons": list(sidecar.quality.reasons)},
        "confidence": confidence_json(sidecar.frame_map),
        "alike": alike_json(sidecar.frame_map),
        "measured": fingerprints_json(sidecar.placement, runs),
        "clips": {"fg": clip_json(sidecar.fg, folder), "bg": clip_json(sidecar.bg, folder)},
    }


def _run_json(run: Run) -> Json:
    if run.bg is None:
        return {"fg": run.fg, "bg": None, "count": run.count}
    return {"fg": run.fg, "bg": run.bg, "count": run.count, "rate": str(run.rate), "phase": str(run.phase)}


def format_json(document: Mapping[str, Any]) -> str:
    """JSON with one line for each member of an object and for each item of a list."""

    def render(value: object, indent: str, depth: int) -> str:
        if depth and isinstance(value, dict) and value:
            inner = [f"{indent}  {_dump(k)}: {render(v, indent + '  ', depth - 1)}" for k, v in value.items()]
            return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n" + ",\n".join(f"{indent}  {_dump(item)}" for item in value) + f"\n{indent}]"
        return _dump(value)

    return render(document, "", 3) + "\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def parse_document(document: Any, path: Path) -> Sidecar:
    """Inverse of `document_of`; paths in it are relative to the folder of `path`. Raises MalformedError."""
    schema_name = document.get("schema") if isinstance(document, dict) else None
    if schema_name != SIDECAR_SCHEMA:
        raise MalformedError(path, f"schema is {excerpt(schema_name)}, wanted '{SIDECAR_SCHEMA}'", "$.schema")

    if violation := _schema_violation(document):
        raise MalformedError(path, *violation)
    document |= {
        name: _whole_floats_as_ints(document[name])
        for name in ("clips", "runs", "pins", "alike", "confidence", "ignored", "track", "colours")
        if name in document
    }
    fg, bg = (clip_from_json(document["clips"][role], path, f"$.clips.{role}") for role in ("fg", "bg"))
    runs, pins = ([_run({"count": 1, **r}) for r in document.get(name, ())] for name in ("runs", "pins"))
    frame_map = _frame_map_from_json(runs, fg, bg, path)
    for name in ("confidence", "alike"):
        _check_frames(document.get(name, ()), fg, bg, path, f"$.{name}")
    quality = document.get("quality", {})
    searched = document.get("searched", {"from": 0.0, "to": None})
    sidecar = Sidecar(
        fg=fg,
        bg=bg,
        placement=Placement(**document["placement"]),
        frame_map=with_frame_ranges(frame_map, document.get("confidence", ()), document.get("alike", ())),
        engine=document.get("engine", ""),
        quality=Quality(**{**quality, "reasons": tuple(quality.get("reasons", ()))}),
        pins=_pins(pins, fg, bg, path),
        searched=(searched["from"], searched["to"]),
        content=_content(document.get("content"), fg, path),
        ignored=ignored_from_json(document.get("ignored", ()), fg, path),
        track=track_from_json(document["track"], fg, path) if "track" in document else None,
        colours=colours_from_json(document["colours"], fg, path) if "colours" in document else None,
    )
    return with_hand_edits(sidecar, runs, document.get("measured"))


def _schema_violation(document: Json) -> tuple[str, str] | None:
    """Message and place of the first of the least deep violations of the schema; None if it is met."""
    import jsonschema_rs  # takes 0.02 s, and only reading needs it

    try:
        violations = jsonschema_rs.validator_for(schema()).iter_errors(document)
        first = min(violations, key=lambda violation: len(violation.instance_path), default=None)
    except ValueError as e:  # "Recursion limit reached", raised at 255 levels
        return f"nested too deeply to be a sidecar: {str(e).lower()}", "$"
    if first is None:
        return None
    json_path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in first.instance_path)
    message = first.message
    if len(message) > MAX_SCHEMA_MESSAGE:
        message = f"{message[:KEPT_OF_MESSAGE]} ... {message[-KEPT_OF_MESSAGE:]}"
    return message, f"${json_path}"


def _content(box: Json | None, fg: Clip, path: Path) -> tuple[int, int, int, int] | None:
    if box is None:
        return None
    left, top, right, bottom = (int(box[side]) for side in BOX_SIDES)
    if left >= right or top >= bottom or right > fg.width or bottom > fg.height:
        reach = f"{left},{top} to {right},{bottom}"
        raise MalformedError(path, f"{reach} is no part of the {fg.width}x{fg.height} FG", "$.content")
    return left, top, right, bottom


def _run(r: Json) -> Run:
    return Run(r["fg"], r["bg"], r["count"], fraction_of(r.get("rate", "1")), fraction_of(r.get("phase", "0")))


def _pins(runs: Sequence[Run], fg: Clip, bg: Clip, path: Path) -> tuple[Run, ...]:
    """Raises MalformedError where they name frames that a clip lacks, or one FG frame twice."""
    free = 0
    for n, run in enumerate(sorted(runs, key=lambda run: run.fg)):
        place = f"$.pins[{n}]"
        if run.fg < free or run.fg + run.count > fg.frames:
            problem = f"pins FG frames {run.fg}..{run.fg + run.count - 1}; wanted each of 0..{fg.frames - 1} once"
            raise MalformedError(path, problem, place)
        free = run.fg + run.count
        check_range(run, path, place)
        shown = run.indices()
        if run.bg is not None and not 0 <= int(shown.min()) <= int(shown.max()) < bg.frames:
            problem = f"reaches BG frames {shown.min()}..{shown.max()}, BG has 0..{bg.frames - 1}"
            raise MalformedError(path, problem, place)
    return tuple(sorted(runs, key=lambda run: run.fg))


def _frame_map_from_json(runs: Sequence[Run], fg: Clip, bg: Clip, path: Path) -> FrameMap:
    """The map of runs that cover FG without gap and show frames that BG has. Raises MalformedError for others."""
    covered = 0
    for n, run in enumerate(runs):
        if run.fg != covered:
            raise MalformedError(
                path, f"run starts at FG frame {run.fg}, wanted {covered}, where the last ended", f"$.runs[{n}].fg"
            )
        covered += run.count
        if covered > fg.frames:
            raise MalformedError(
                path,
                f"run ends at FG frame {covered}, but FG has {count_text(fg.frames, 'frame')}",
                f"$.runs[{n}].count",
            )
        check_range(run, path, f"$.runs[{n}]")
    if covered != fg.frames:
        raise MalformedError(path, f"runs cover {count_text(covered, 'FG frame')}, but FG has {fg.frames}", "$.runs")
    frame_map = FrameMap.from_runs(runs)
    is_matched = np.repeat([run.bg is not None for run in runs], [run.count for run in runs])
    beyond_bg = np.flatnonzero(is_matched & ((frame_map.bg < 0) | (frame_map.bg >= bg.frames)))
    if len(beyond_bg):
        n = bisect_right(runs, int(beyond_bg[0]), key=lambda run: run.fg) - 1
        indices = runs[n].indices()
        reach = f"{indices.min()}..{indices.max()}"
        raise MalformedError(path, f"run shows BG frames {reach}, but BG has 0..{bg.frames - 1}", f"$.runs[{n}].bg")
    return frame_map


def _whole_floats_as_ints(value: Any) -> Any:
    """A JSON value with 1.0 as 1: JSON does not tell them apart, Python's range and slices do."""
    if isinstance(value, dict):
        return {k: _whole_floats_as_ints(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_whole_floats_as_ints(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check_frames(items: Sequence[Json], fg: Clip, bg: Clip, path: Path, json_path: str) -> None:
    for n, item in enumerate(items):
        count, item_path = item["count"], f"{json_path}[{n}]"
        if item.get("low", 0) >= item.get("high", 1):
            raise MalformedError(path, f"no BG frame lies from {item['low']} up to {item['high']}", f"{item_path}.high")
        if item["fg"] + count > fg.frames:
            problem = f"reaches FG frame {item['fg'] + count - 1}, FG has 0..{fg.frames - 1}"
            raise MalformedError(path, problem, item_path)
        last = item.get("high", 1) - 1 + item.get("step", 0) * (count - 1)
        if last >= bg.frames:
            raise MalformedError(path, f"reaches BG frame {last}, BG has 0..{bg.frames - 1}", item_path)
