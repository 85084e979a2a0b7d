"""An AAF file: a composition of clips, the master clips that they play, and the files behind those.

A clip of the composition names a slot of a master mob, that one a slot of a file's source mob, which holds the file's
URL, rate, length and size, and that one an import's source mob, which holds the file's timecode. So pyaaf2's own links
to media are made (`aaf2.ama`); what it asks ffprobe for is what the sidecar knows. Times in a mob's slot count in edit
units of that slot, StartTime of a clip included: a clip of the composition starts StartTime units of *its* rate into
the master clip, whatever rate that has.

A change of speed is an operation group around a clip, whose parameter SpeedRatio is output length by input length; a
ratio of as many as the group lasts is a still for readers. The definition is the standard's Video Speed Control; its
name is the one that Media Composer gives it, by which readers know it.

Nothing in the file depends on when or where it is written: identifiers are hashes of what they stand for.
Source: AAF Association, Object Specification v1.1 (SourceClip, OperationGroup, Timecode) and Edit Protocol;
https://github.com/markreidvfx/pyaaf2 1.7.1; https://github.com/OpenTimelineIO/otio-aaf-adapter 2.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from io import BytesIO
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from filtergraphs.formats import chroma_grid, depth
from vidkompy.errors import UsageError
from vidkompy.exchange.timeline import Media
from vidkompy.media.file_urls import file_url
from vidkompy.media.timecode import labels_per_second
from vidkompy.records import Record

SOUND_CHANNELS = (1, 2)  # of a file's sound: a slot holds one
SAMPLING_RATE, SAMPLE_BITS = 48000, 16  # of sound, as far as the file itself says nothing else
NO_DATE = datetime(1970, 1, 1)  # in place of the day of writing
SECTOR = 4096  # bytes that the file is a multiple of
COMPRESSED = "04010202-0000-0000-060e-2b3404010101"  # pictures, by whatever codec
SPEED_CONTROL = "9d2ea890-0968-11d3-8a38-0050040ef7d2"  # an OperationDefinition
SPEED_NAME = "Motion Control"
MAX_INTEGER = 2**31 - 1  # of a ratio's numbers
SPEED_RATIO = "72559a80-24d7-11d3-8a50-0050040ef7d2"  # a ParameterDefinition
FG_TRACK = 2  # above BG's
MARK_COLOURS = {"unmatched": (65535, 0, 0), "unsure": (65535, 65535, 0)}  # red, green, blue of 16 bits
TIMECODE_TRACK = 1  # the number that the first one of a mob has


class BgClip(NamedTuple):
    """A clip item on BG's track, or a gap.

    length  frames of the timeline
    first   BG frame number that its master clip begins with; None: a gap
    start   edit units of the timeline after that
    speed   seconds of BG a second, above 0
    """

    length: int
    first: int | None
    start: int = 0
    speed: Fraction = Fraction(1)

    @property
    def speed_ratio(self) -> Fraction:
        """Output length by input length."""
        return 1 / self.speed

    @property
    def input_length(self) -> int:
        """Edit units of BG that are played, the last one counted whole."""
        return ceil(self.length * self.speed)


class Mark(NamedTuple):
    """Frames of the timeline from `first` to before `stop`, with what they are called."""

    name: str
    first: int
    stop: int


class Composition(Record):
    """name: of the timeline. fg, bg: its media. placement: where FG lies, as text. key: what it is, in other words."""

    name: str
    fg: Media
    bg: Media
    bg_clips: tuple[BgClip, ...]
    marks: tuple[Mark, ...]
    placement: str
    key: str


@dataclass
class _Writing:
    """A file that is being written. mobs: those in it, by what they stand for."""

    aaf2: Any
    file: Any
    mobs: dict[str, Any] = field(default_factory=dict)


def aaf_bytes(composition: Composition) -> bytes:
    """The whole file. Raises UsageError where pyaaf2 is not installed."""
    aaf2 = _library()
    file = aaf2.open(sector_size=SECTOR)  # in memory
    writing = _Writing(aaf2, file)
    _sign(writing, composition.key)
    _add_composition(writing, composition)
    memory, file.f = file.f, BytesIO()  # what the file has when it is closed is thrown away
    file.close()
    content = bytes(memory.getvalue())
    return content + bytes(-len(content) % SECTOR)  # pyaaf2 leaves the last sector short in memory, not on disk


def is_ratio(value: Fraction) -> bool:
    """Whether the format can hold a value above 0."""
    return max(value.as_integer_ratio()) <= MAX_INTEGER


def _library() -> Any:
    try:
        import aaf2
        import aaf2.auid
        import aaf2.mobid
    except ImportError as e:
        raise UsageError("an aaf is written by pyaaf2, which is not installed: pip install 'vidkompy[aaf]'") from e
    return aaf2


def _sign(writing: _Writing, key: str) -> None:
    """In place of pyaaf2's own name, today's date and a random number."""
    header = writing.file.header
    header["LastModified"].value = NO_DATE
    (identification,) = header["IdentificationList"].value
    for name, value in (
        ("Date", NO_DATE),
        ("CompanyName", "vidkompy"),
        ("ProductName", "vidkompy"),
        ("ProductVersionString", ""),
        ("ProductID", _auid(writing, str(_identity("product")))),
        ("Platform", ""),
        ("GenerationAUID", _auid(writing, str(_identity(f"generation {key}")))),
    ):
        identification[name].value = value


def _add_composition(writing: _Writing, composition: Composition) -> None:
    fg, bg = composition.fg, composition.bg
    mob = _add_mob(writing, "CompositionMob", composition.name, composition.key)
    mob.usage = "Usage_TopLevel"
    fg_master = _master(writing, fg, 0, composition.placement)
    below = [_bg_component(writing, clip, bg) for clip in composition.bg_clips]
    above = [fg_master.create_source_clip(1, 0, fg.length)]
    tracks = [("BG", "picture", 1, below), ("FG", "picture", FG_TRACK, above)]
    for channel in SOUND_CHANNELS if fg.clip.audio else ():
        laid = fg_master.create_source_clip(1 + channel, 0, fg.length)
        tracks.append((f"FG sound {channel}", "sound", channel, [laid]))
    for name, kind, number, components in tracks:
        slot = _add_slot(mob, fg.rate, kind, components)
        slot.name = name
        slot["PhysicalTrackNumber"].value = number
    _add_timecode(mob, fg)
    if composition.marks:
        _add_marks(mob, composition)


def _add_marks(mob: Any, composition: Composition) -> None:
    """Markers of FG's track, in a slot of their own."""
    create = mob.root.create
    slot = create.EventMobSlot(len(mob.slots) + 1, "Markers")
    slot.edit_rate = composition.fg.rate
    slot["PhysicalTrackNumber"].value = FG_TRACK
    events = create.Sequence("DescriptiveMetadata")
    for mark in composition.marks:
        marker = create.DescriptiveMarker()
        for name, value in (
            ("Position", mark.first),
            ("Length", mark.stop - mark.first),
            ("Comment", mark.name),
            ("DescribedSlots", {FG_TRACK}),  # the slot's number too, as tracks come first
            ("CommentMarkerColor", dict(zip(("red", "green", "blue"), MARK_COLOURS[mark.name], strict=True))),
        ):
            marker[name].value = value
        events.components.append(marker)
    slot.segment = events
    mob.slots.append(slot)


def _bg_component(writing: _Writing, clip: BgClip, bg: Media) -> Any:
    create = writing.file.create
    if clip.first is None:
        return create.Filler("picture", clip.length)
    played = _master(writing, bg, clip.first).create_source_clip(1, clip.start, clip.input_length)
    if clip.speed == 1:
        return played
    definition = _speed_definition(writing)  # first: `create` remembers one class at a time
    group = create.OperationGroup(definition, clip.length)
    group.segments.append(played)
    group.parameters.append(create.ConstantValue("SpeedRatio", clip.speed_ratio))
    return group


def _speed_definition(writing: _Writing) -> Any:
    """The operation that changes speeds; registered once."""
    dictionary, create = writing.file.dictionary, writing.file.create
    known = dictionary.lookup_operationdef(_auid(writing, SPEED_CONTROL))
    if known is not None:
        return known
    ratio = create.ParameterDef(_auid(writing, SPEED_RATIO), "SpeedRatio", "", "Rational")
    dictionary.register_def(ratio)
    operation = create.OperationDef(_auid(writing, SPEED_CONTROL), SPEED_NAME, "Video Speed Control")
    dictionary.register_def(operation)
    operation.media_kind = "picture"
    operation["IsTimeWarp"].value = True
    operation["NumberInputs"].value = 1
    operation["OperationCategory"].value = "OperationCategory_Effect"
    operation["ParametersDefined"].append(ratio)
    return operation


def _master(writing: _Writing, media: Media, first: int, placement: str = "") -> Any:
    """The master mob that begins with frame number `first`; made once."""
    key = f"master {first} {placement} {_media_key(media)}"
    if key not in writing.mobs:
        source = _file_source(writing, media)
        mob = _add_mob(writing, "MasterMob", _name(media) + (f" from frame {first}" if first else ""), key)
        _add_linked_slots(writing, mob, media, source, first)
        if placement:
            mob.comments["Placement"] = placement
    return writing.mobs[key]


def _file_source(writing: _Writing, media: Media) -> Any:
    """The source mob of a file; made once, with the one of its import."""
    key = f"file {_media_key(media)}"
    if key not in writing.mobs:
        imported = _add_mob(writing, "SourceMob", _name(media), f"import {_media_key(media)}")
        imported.descriptor = writing.file.create.ImportDescriptor()
        _add_linked_slots(writing, imported, media, None, 0)
        _add_timecode(imported, media)
        mob = _add_mob(writing, "SourceMob", _name(media), key)
        mob.descriptor = _descriptor(writing, media)
        _add_linked_slots(writing, mob, media, imported, 0)
    return writing.mobs[key]


def _add_linked_slots(writing: _Writing, mob: Any, media: Media, source: Any | None, first: int) -> None:
    """A slot of the picture, and one of each channel of sound, that play `source` from `first` on; None: its end."""
    length = media.length - first
    kinds = ["picture", *(["sound"] * len(SOUND_CHANNELS) if media.clip.audio else [])]
    for slot_id, kind in enumerate(kinds, 1):
        if source is None:
            clip = writing.file.create.SourceClip(0, length, media_kind=kind)
        else:
            clip = source.create_source_clip(slot_id, first, length)
        slot = _add_slot(mob, media.rate, kind, [clip])
        slot["PhysicalTrackNumber"].value = max(slot_id - 1, 1)


def _descriptor(writing: _Writing, media: Media) -> Any:
    """What the file holds, and its URL: one of the picture, and where it has sound one of that, both in one of all."""
    create, clip = writing.file.create, media.clip
    picture = create.CDCIDescriptor()
    is_turned = clip.rotation % 180 != 0  # sizes of clips are those after their rotation
    shape = clip.sar * clip.width / clip.height
    across, down = chroma_grid(clip.pix_fmt)
    for name, value in (
        ("ComponentWidth", depth(clip.pix_fmt)),
        ("HorizontalSubsampling", across),
        ("VerticalSubsampling", down),
        ("FrameLayout", "MixedFields" if clip.field_order else "FullFrame"),
        ("VideoLineMap", [0, 0]),
        ("StoredWidth", clip.height if is_turned else clip.width),
        ("StoredHeight", clip.width if is_turned else clip.height),
        ("ImageAspectRatio", shape if is_ratio(shape) else Fraction(clip.width, clip.height)),
        ("Compression", _auid(writing, COMPRESSED)),
    ):
        picture[name].value = value
    parts = [picture]
    if clip.audio:
        sound = create.SoundDescriptor()
        for name, value in (
            ("AudioSamplingRate", SAMPLING_RATE),
            ("Channels", len(SOUND_CHANNELS)),
            ("QuantizationBits", SAMPLE_BITS),
        ):
            sound[name].value = value
        parts.append(sound)
    whole = picture
    if len(parts) > 1:
        whole = create.MultipleDescriptor()
        whole["FileDescriptors"].value = parts
    for part in {id(part): part for part in (*parts, whole)}.values():
        part["SampleRate"].value = media.rate
        part["Length"].value = media.length
        locator = create.NetworkLocator()
        locator["URLString"].value = file_url(clip.path)
        part["Locator"].append(locator)
    return whole


def _add_mob(writing: _Writing, kind: str, name: str, key: str) -> Any:
    mob = getattr(writing.file.create, kind)(_utf8(name))
    number = writing.aaf2.mobid.MobID.new()  # of which the half that is random is replaced
    number.material = _identity(key)
    mob.mob_id = number
    for date in ("CreationTime", "LastModified"):
        mob[date].value = NO_DATE
    writing.file.content.mobs.append(mob)
    writing.mobs[key] = mob
    return mob


def _add_slot(mob: Any, rate: Fraction, kind: str, components: Sequence[Any]) -> Any:
    slot = mob.create_empty_sequence_slot(rate, media_kind=kind)
    slot.segment.components.extend(components)
    slot.segment.length = sum(component.length for component in components)
    return slot


def _add_timecode(mob: Any, media: Media) -> None:
    slot = mob.create_timeline_slot(media.rate)
    slot.name, slot["PhysicalTrackNumber"].value = "TC", TIMECODE_TRACK
    segment = mob.root.create.Timecode(labels_per_second(media.rate), media.is_drop_frame, media.length)
    segment.start = media.start
    slot.segment = segment


def _name(media: Media) -> str:
    return media.clip.path.name


def _utf8(name: str) -> str:
    """A name as texts can hold it: "?" stands for each byte that is no UTF-8."""
    return name.encode(errors="replace").decode()


def _media_key(media: Media) -> str:
    clip = media.clip
    parts = (file_url(clip.path), clip.content_key, media.rate, media.length, media.start, media.is_drop_frame)
    return " ".join(map(str, parts))


def _identity(key: str) -> UUID:
    """Always the same for a key."""
    return UUID(bytes=sha256(f"vidkompy aaf {key}".encode(errors="surrogatepass")).digest()[:16], version=4)


def _auid(writing: _Writing, number: str) -> Any:
    return writing.aaf2.auid.AUID(number)
