"""BG's sound on FG's clock, alone or with FG's: one audio graph in samples, beside the one for pictures.

Its text is written here and not by ffmpeg-python, which takes seconds over hundreds of pieces. Silence is made by
delaying and padding what is there, so the graph need not know how many channels there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SAMPLE_RATE = 48000  # samples/s of all sound that is drawn: every container and encoder takes it
FADE_SAMPLES = 240  # samples, 5 ms: where sound is cut it would click
JOIN_TOLERANCE = 48  # samples: pieces that follow each other as closely in BG are one sound
SOUND_LABEL = "[sound]"
STRETCH_FILTER = "rubberband"
SOUND_FILTERS = frozenset(
    ("adelay", "afade", "aformat", "amix", "apad", "aresample", "asetpts", "asetrate")
) | frozenset(("asetnsamples", "asplit", "atrim", "concat", "volume"))
_RUBBERBAND_LEAD = (
    720  # samples rubberband's short window holds back: clicks came (1 - 1 / tempo) times that late, 697 to 750
)
_FRAME_FILTER = "asetnsamples=n=1024:p=0"  # flac of ffmpeg 9 refuses to start on a short frame, as cuts leave one
_BLOCK_PIECES = 16  # cut from one branch of the sound
_MOST_RATIO_TERM = 20000  # the largest number in a ratio of rates: off by 1e-9 at most, 10 us in two hours


@dataclass(frozen=True)
class Piece:
    """BG's samples from bg_start, bg_count of them, stretched to `count` samples from `start` of the output on."""

    start: int
    count: int
    bg_start: int
    bg_count: int

    @property
    def stop(self) -> int:
        return self.start + self.count

    @property
    def bg_stop(self) -> int:
        return self.bg_start + self.bg_count


@dataclass(frozen=True)
class Sound:
    """The sound of an output: BG's pieces, silence between them, and FG's first track if fg_start is given.

    Samples of BG and FG count from the first one that decodes: what a container's start is, and how much of an
    encoder's lead-in is cut off, depends on the version of ffmpeg (21 ms in Matroska with AAC).

    pieces       in the order of the output, none overlapping
    count        samples of the output
    keeps_pitch  where speed changes; else it follows, as on a tape
    fg_start     sample of the output at which FG's first one lies, may be negative; None: FG is not mixed in
    layout       channel layout that is drawn; "" leaves BG's, but a mix needs one
    bg_folded    channels of BG's sound that become stereo, in turn left and right; 0: none
    fg_folded    the same of FG's
    """

    pieces: Sequence[Piece]
    count: int
    keeps_pitch: bool = False
    fg_start: int | None = None
    layout: str = ""
    bg_folded: int = 0
    fg_folded: int = 0

    @property
    def filters(self) -> frozenset[str]:
        """Names of the filters that it needs."""
        stretches = self.keeps_pitch and any(p.count != p.bg_count for p in self.pieces)
        folds = self.bg_folded or self.fg_folded
        return SOUND_FILTERS | ({STRETCH_FILTER} if stretches else set()) | ({"pan"} if folds else set())


def sound_graph(sound: Sound, bg_input: int, fg_scope: str = "", bg_scope: str = "") -> str:
    """Filters from [bg_input:a:0], and [0:a:0] in a mix, to SOUND_LABEL. Scopes: as in Source."""
    end = f"apad=whole_len={sound.count},atrim=end_sample={sound.count},{_FRAME_FILTER}"
    layout = f",aformat=channel_layouts={sound.layout}" if sound.layout else ""
    below = _pieces(sound, f"[{bg_input}:{bg_scope}a:0]{_fold_down(sound.bg_folded)}{_without_gaps()}", end) + layout
    if sound.fg_start is None:
        return f"{below}{SOUND_LABEL}"
    shift = f"adelay={sound.fg_start}S:all=1" if sound.fg_start >= 0 else f"atrim=start_sample={-sound.fg_start}"
    below, end = f"{below}[bg_sound]", f"amix=inputs=2:normalize=0,{_FRAME_FILTER}"
    above = f"[0:{fg_scope}a:0]{_fold_down(sound.fg_folded)}{_without_gaps()},{shift},{_renumber()}{layout}[fg_sound]"
    return f"{below};{above};[fg_sound][bg_sound]{end}{SOUND_LABEL}"


def _fold_down(channels: int) -> str:
    """Stereo of all channels by number: pan takes those that have no layout too. "<" keeps the sum in full scale."""
    if not channels:
        return ""
    left, right = ("+".join(f"c{k}" for k in range(first, channels, 2)) for first in (0, 1))
    return f"pan=stereo|c0<{left}|c1<{right or left},"


def _without_gaps() -> str:
    """Samples without gap from 0 on, at SAMPLE_RATE. Timestamps off by 2 ms and more become silence, or are cut.

    By default aresample leaves gaps below 100 ms alone: what follows would come early.
    """
    return f"asetpts=PTS-STARTPTS,aresample={SAMPLE_RATE}:async=1:min_hard_comp=0.002:first_pts=0,{_renumber()}"


def _renumber() -> str:
    """Timestamps by counting samples, whatever they were."""
    return "asetpts=N/SR/TB"


def _pieces(sound: Sound, source: str, end: str) -> str:
    """All pieces, one behind the other. Cut in two steps: every frame of sound visits every branch of a split.

    Not with asegment: the sink for what is thrown away makes it read on, 1.1 GB of two hours (ffmpeg 9).
    """
    if not sound.pieces:
        return f"{source},volume=0,{end}"
    blocks = [sound.pieces[k : k + _BLOCK_PIECES] for k in range(0, len(sound.pieces), _BLOCK_PIECES)]
    starts = [min(piece.bg_start for piece in block) for block in blocks]
    parts = [f"{source},{_split('block', range(len(blocks)))}"]
    for k, (block, start) in enumerate(zip(blocks, starts, strict=True)):
        stop = max(piece.bg_stop for piece in block)
        numbers = range(k * _BLOCK_PIECES, k * _BLOCK_PIECES + len(block))
        parts.append(f"[block{k}]atrim=start_sample={start}:end_sample={stop},{_split('whole', numbers)}")
        for number, piece in zip(numbers, block, strict=True):
            ends = f"start_sample={piece.bg_start - start}:end_sample={piece.bg_stop - start}"
            parts.append(f"[whole{number}]atrim={ends}[cut{number}]")
    parts += [f"[cut{k}]{_stretched(sound, k)}[piece{k}]" for k in range(len(sound.pieces))]
    labels = "".join(f"[piece{k}]" for k in range(len(sound.pieces)))
    parts.append(f"{labels}concat=n={len(sound.pieces)}:v=0:a=1,{_renumber()},{end}")
    return ";".join(parts)


def _split(name: str, numbers: range) -> str:
    return f"asplit={len(numbers)}{''.join(f'[{name}{number}]' for number in numbers)}"


def _stretched(sound: Sound, k: int) -> str:
    """Piece k at its speed, exactly as long as it should be, behind the silence that precedes it."""
    piece = sound.pieces[k]
    before = sound.pieces[k - 1] if k else None
    after = sound.pieces[k + 1] if k + 1 < len(sound.pieces) else None
    filters = [_renumber(), *_speed_filters(piece, sound.keeps_pitch)]
    filters += [_renumber(), f"apad=whole_len={piece.count}", f"atrim=end_sample={piece.count}"]
    fade = min(FADE_SAMPLES, piece.count // 2)
    if not (before and _is_seamless(before, piece)):
        filters.append(f"afade=t=in:start_sample=0:nb_samples={fade}")
    if not (after and _is_seamless(piece, after)):
        filters.append(f"afade=t=out:start_sample={piece.count - fade}:nb_samples={fade}")
    silence = piece.start - (before.stop if before else 0)
    if silence:
        filters += [f"adelay={silence}S:all=1", _renumber()]
    return ",".join(filters)


def _is_seamless(a: Piece, b: Piece) -> bool:
    return a.stop == b.start and abs(b.bg_start - a.bg_stop) <= JOIN_TOLERANCE


def _speed_filters(piece: Piece, keeps_pitch: bool) -> list[str]:
    """asetrate takes whole numbers only: at 48 kHz it would be 15 ms off after an hour, between two chosen rates never.

    atempo is 7 to 20 ms early, by another amount at every click.
    """
    if piece.count == piece.bg_count:
        return []
    tempo = Fraction(piece.bg_count, piece.count)
    if keeps_pitch:
        late = round(_RUBBERBAND_LEAD * (1 - 1 / tempo))
        shift = f"atrim=start_sample={late}" if late > 0 else f"adelay={-late}S:all=1"
        option = f"tempo={float(tempo):.12f}:transients=crisp:window=short:channels=together"
        return [f"{STRETCH_FILTER}={option}", _renumber(), *([shift] if late else [])]
    ratio = tempo.limit_denominator(_MOST_RATIO_TERM)
    times = max(1, SAMPLE_RATE // ratio.denominator)
    read_rate, resampled_rate = ratio.numerator * times, ratio.denominator * times
    return [f"asetrate={read_rate}", f"aresample={resampled_rate}", f"asetrate={SAMPLE_RATE}"]
