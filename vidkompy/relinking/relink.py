"""Sidecar and the file that a clip of it became -> the sidecar that names that file. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from vidkompy.alignment.audio_offset import AudioOffset, audio_offset, measure_lags
from vidkompy.errors import NoMatch, UsageError
from vidkompy.measuring.clip_pair import check_sound_of_fg, probe_clip
from vidkompy.measuring.proxy_acquisition import obtain_proxies
from vidkompy.measuring.repeated_content import repeats_along
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.probe import content_hash, video_streams
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.proxies import Proxies
from vidkompy.media.signatures import signature_of
from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector
from vidkompy.model import UNMATCHED, Clip, Sidecar
from vidkompy.numerics.thread_limits import single_threaded_blas
from vidkompy.records import Record
from vidkompy.relinking.carried_over import dropped_pins, lost_frames, with_bg, with_fg
from vidkompy.relinking.carried_quality import OF_REPEATS, carried_quality
from vidkompy.relinking.evidence import Evidence, evidence_of_pictures, is_intact, other_content_error
from vidkompy.relinking.witness import evidence_of_other_clip, with_checked_place

Role = Literal["fg", "bg"]
Change = Literal["moved", "remuxed", "re-encoded", "rescaled", "trimmed", "extended"]
STAGES: dict[Role, str] = {"fg": "foreground", "bg": "background"}  # names under which decoding is reported


class Relinked(Record):
    """One clip of a sidecar that is another file now.

    change     what became of it
    evidence   how that is known
    lost       FG frames that had a BG frame and have none now
    notes      what else became of what the sidecar says, in words
    """

    role: Role
    before: Clip
    after: Clip
    change: Change
    evidence: Evidence
    lost: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def relink(
    sidecar: Sidecar,
    files: Mapping[Role, Path],
    cache: Cache = NO_CACHE,
    on_progress: ProgressCallback | None = None,
    streams: Mapping[Role, StreamSelector] = MappingProxyType({}),
) -> tuple[Sidecar, list[Relinked]]:
    """The sidecar with these files in place of its clips, and what became of each.

    streams   which of a file's video streams to take, if not that of `stream_of`
    Raises UsageError without any file, MediaError where one cannot be read, NoMatch where it shows something else, or
    nothing tells what it shows.
    """
    if not files:
        raise UsageError("nothing to relink is named; wanted --bg FILE or --fg FILE, the clip that moved or changed")
    hashes = {role: content_hash(path) for role, path in files.items()}
    clips: dict[Role, Clip] = {"fg": sidecar.fg, "bg": sidecar.bg}
    found = []
    with single_threaded_blas():
        for role in sorted(files, key=lambda role: hashes[role] != clips[role].sha256):  # a moved one may be a witness
            path, before = files[role], clips[role]
            if hashes[role] == before.sha256:
                moved = replace(before, path=path)
                sidecar = replace(sidecar, fg=moved) if role == "fg" else replace(sidecar, bg=moved)
                evidence = Evidence("bytes", 0, before.frames, 0.0, "all bytes are the same (SHA-256)")
                found.append(Relinked(role, before, moved, "moved", evidence))
                continue
            selector = streams.get(role) or stream_of(path, before)
            probed = probe_clip(path, bool(before.damage), cache, selector, hashes[role])
            sidecar, changed = _relink_changed(sidecar, role, probed, cache, on_progress)
            found.append(changed)
    return sidecar, found


def _relink_changed(
    sidecar: Sidecar, role: Role, probed: Clip, cache: Cache, on_progress: ProgressCallback | None
) -> tuple[Sidecar, Relinked]:
    """Raises MediaError, NoMatch."""
    before = sidecar.fg if role == "fg" else sidecar.bg
    if role == "fg":
        check_sound_of_fg(probed, bool(before.damage))
    proxies = obtain_proxies(probed, STAGES[role], cache, on_progress)
    after = replace(proxies.clip, signature=signature_of(proxies))
    evidence = evidence_of_pictures(before, proxies, STAGES[role], cache, on_progress)
    if isinstance(evidence, str):
        evidence = evidence_of_other_clip(sidecar, role, after, evidence, cache, on_progress)
    change = _change(before, after, evidence)
    if role == "fg":
        _check_no_new_frames(before, after, evidence.shift)
    carried = (with_fg if role == "fg" else with_bg)(sidecar, after, evidence.shift)
    if not (carried.frame_map.bg != UNMATCHED).any():
        raise other_content_error(probed.path, before, "no BG frame that FG shows is left in it")
    doubt = ""
    if evidence.basis not in ("all frames", "other clip"):  # small pictures do not tell whether it was cropped a little
        carried, doubt = with_checked_place(carried, role, before, cache, on_progress)
    notes = _notes(sidecar, carried, role, evidence.shift, doubt)
    sound, of_sound = _sound(sidecar, carried, role)
    has_other_frames = change in ("trimmed", "extended")
    is_longer = role == "bg" and (evidence.shift < 0 or evidence.shift + after.frames > before.frames)
    was_repeated = has_other_frames and any(map(OF_REPEATS.match, sidecar.quality.reasons))
    repeats = _repeats(carried, role, proxies, cache, on_progress) if is_longer or was_repeated else []
    doubts = [*(note for note in notes if note.startswith("the placement")), *repeats]
    carried = replace(carried, quality=carried_quality(sidecar, carried, has_other_frames, sound, doubts))
    lost = lost_frames(sidecar, carried, evidence.shift if role == "fg" else 0)
    relinked = Relinked(role, before, after, change, evidence, tuple(lost), (*notes, *repeats, *of_sound))
    return carried, relinked


def stream_of(path: Path, before: Clip) -> StreamSelector:
    """The stream of the same number where the file has it. Raises MediaError."""
    if before.stream and before.stream < len(video_streams(path)):
        return StreamSelector(before.stream)
    return MAIN_STREAM


def _change(before: Clip, after: Clip, evidence: Evidence) -> Change:
    end = evidence.shift + after.frames
    if evidence.shift > 0 or end < before.frames:
        return "trimmed"
    if evidence.shift < 0 or end > before.frames:
        return "extended"
    if evidence.basis == "all frames":
        return "remuxed"
    return "re-encoded" if (after.width, after.height) == (before.width, before.height) else "rescaled"


def _check_no_new_frames(before: Clip, after: Clip, shift: int) -> None:
    """Raises NoMatch where FG has frames that the sidecar says nothing of."""
    earlier, later = max(-shift, 0), max(shift + after.frames - before.frames, 0)
    if earlier or later:
        raise NoMatch(
            f"'{after.path}' has {earlier} frames before and {later} behind those of '{before.path}', of which the "
            "sidecar says nothing; analyse it: vidkompy analyze BG FG"
        )


def _notes(before: Sidecar, after: Sidecar, role: Role, shift: int, doubt: str) -> list[str]:
    """doubt: why the place is no longer sure, if that is known."""
    old, new = (before.fg, after.fg) if role == "fg" else (before.bg, after.bg)
    notes = []
    if (cut := (max(shift, 0), max(old.frames - shift - new.frames, 0))) != (0, 0):
        notes.append(f"{cut[0]} frames are gone at its start, {cut[1]} at its end")
    if (old.width, old.height) != (new.width, new.height):
        notes.append(f"its frames are {new.width}x{new.height}, of {old.width}x{old.height}")
    if after.placement.confidence is None and before.placement.confidence is not None:
        from_size = f" from a BG of {old.width}x{old.height}" if role == "bg" else ""
        notes.append(f"the placement was carried over{from_size}{f', and {doubt}' if doubt else ''}: check it")
    if gone := dropped_pins(before, after):
        notes.append(f"{gone} pins are dropped, as their frames are gone")
    return notes


def _repeats(
    carried: Sidecar, role: Role, proxies: Proxies, cache: Cache, on_progress: ProgressCallback | None
) -> list[str]:
    """What is said where BG, as it is now, shows again what FG shows, or where that cannot be told.

    proxies   of the clip in that role
    """
    if carried.searched != (0.0, None):
        return []  # the user chose a part
    role_of_other: Role = "bg" if role == "fg" else "fg"
    other = carried.bg if role == "fg" else carried.fg
    if carried.track is None and is_intact(other):
        clips = {role: proxies, role_of_other: obtain_proxies(other, STAGES[role_of_other], cache, on_progress)}
        try:
            fg = replace(clips["fg"], ignored=carried.ignored)
            return repeats_along(fg, clips["bg"], carried.placement, carried.frame_map)
        except (UsageError, NoMatch):  # too little of FG is seen there
            pass
    return ["whether BG shows again what FG shows was not looked for"]


def _sound(before: Sidecar, after: Sidecar, role: Role) -> tuple[AudioOffset | None, list[str]]:
    """FG's sound measured again, if the other clip is there; what is said where it is not."""
    other = after.bg if role == "fg" else after.fg
    if not (after.fg.audio and after.bg.audio):
        return None, []
    if not is_intact(other):
        was_known = before.quality.sound_late_ms is not None
        return None, ["how late FG's sound comes was not measured again"] if was_known else []
    lags = measure_lags(after.fg, after.bg)
    return (None if lags is None else audio_offset(lags, after.frame_map.bg, after.fg, after.bg)), []
