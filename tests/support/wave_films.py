"""Films of a scene that is a sum of waves: what they show between their samples is known too.

FG is the same scene seen through its place on BG, frame by frame, so that a drawing that puts it there is BG again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from filtergraphs.formats import chroma_grid
from filtergraphs.motion import Affine
from support.constructed_maps import I64
from vidkompy.media.probe import probe
from vidkompy.model import F64, FrameMap, Placement, Sidecar, Track

RATE = Fraction(25)
CONTRAST = 36  # rms, of 255
LOWEST, HIGHEST = 0.004, 0.22  # waves a px
WAVES = 40
STILL = Affine(0, 0)


@dataclass(frozen=True)
class Scene:
    """Levels of 8 bits at any place of any frame of three planes."""

    seed: int = 1

    def picture(self, size: tuple[int, int], pix_fmt: str, frame: int, place: Affine = STILL) -> list[F64]:
        """Planes of a clip of that size that lies so on the scene; chroma as it lies in MPEG-2 and H.264."""
        planes = []
        for plane in range(1 if pix_fmt.startswith("gray") else 3):
            step_x, step_y = chroma_grid(pix_fmt) if plane else (1, 1)
            columns, rows = -(-size[0] // step_x), -(-size[1] // step_y)
            x = np.arange(columns, dtype=np.float64) * step_x + 0.5  # left-sited
            y = np.arange(rows, dtype=np.float64) * step_y + step_y / 2
            planes.append(self._levels(x, y, place, frame, plane))
        return planes

    def _levels(self, x: F64, y: F64, place: Affine, frame: int, plane: int) -> F64:
        """f64 [len(y), len(x)]. The phase of a wave grows evenly along rows and columns: the levels are a product."""
        rng = np.random.default_rng([self.seed, plane])
        highest = HIGHEST / 2 if plane else HIGHEST  # planes of chroma may have half as many samples
        waves = np.exp(rng.uniform(np.log(LOWEST), np.log(highest), WAVES))
        angle, phase, speed = rng.uniform(0, 2 * np.pi, (3, WAVES))
        height = waves**-0.5
        height *= (CONTRAST if plane == 0 else CONTRAST / 2) / np.sqrt((height**2).sum() / 2)
        ahead, down = 2 * np.pi * waves * np.cos(angle), 2 * np.pi * waves * np.sin(angle)
        along_rows = np.outer(x, place.xx * ahead + place.yx * down)
        along_columns = np.outer(y, place.xy * ahead + place.yy * down)
        start = place.left * ahead + place.top * down + phase + speed * frame / 4
        levels = 128 + ((height * np.exp(1j * (along_columns + start))) @ np.exp(1j * along_rows).T).imag
        return np.asarray(levels.clip(16, 235), np.float64)


@dataclass(frozen=True)
class WavePair:
    """bg.mkv, fg.mkv, and what is true of them."""

    scene: Scene
    sidecar: Sidecar
    places: list[Affine]
    pix_fmt: str


def write_waves(path: Path, pictures: Sequence[list[F64]], pix_fmt: str) -> Path:
    """A lossless film of levels of 8 bits in the depth of the format."""
    height, width = pictures[0][0].shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        for n, planes in enumerate(pictures):
            frame = av.VideoFrame(width, height, pix_fmt)
            frame.pts, frame.time_base = n, 1 / RATE
            bits = frame.format.components[0].bits
            kind = np.dtype(np.uint16 if bits > 8 else np.uint8)
            for plane, levels in zip(frame.planes, planes, strict=True):
                rows = np.zeros((plane.height, plane.line_size // kind.itemsize), kind)
                rows[:, : plane.width] = np.rint(levels * 2 ** (bits - 8))
                plane.update(rows.tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def wave_pair(
    folder: Path,
    track: F64,
    fg_size: tuple[int, int],
    bg_size: tuple[int, int] = (192, 108),
    pix_fmt: str = "yuv420p",
    bg_index: I64 | None = None,
) -> WavePair:
    """FG seen through each of its places. track: f64 [n, 5], as Track.at; bg_index: BG's frames (default: the same)."""
    from vidkompy.drawing.moving import fg_places

    index = np.arange(len(track)) if bg_index is None else bg_index
    scene, places = Scene(), fg_places(track, fg_size)
    pictures = [scene.picture(fg_size, pix_fmt, int(j), place) for j, place in zip(index, places, strict=True)]
    fg = write_waves(folder / "fg.mkv", pictures, pix_fmt)
    below = [scene.picture(bg_size, pix_fmt, j) for j in range(int(index.max()) + 2)]
    bg = write_waves(folder / "bg.mkv", below, pix_fmt)
    x, y, width, height = np.median(track, axis=0)[:4].tolist()
    placement = Placement(round(x), round(y), width, height)
    sidecar = Sidecar(probe(fg), probe(bg), placement, FrameMap(index), "truth", track=Track(track))
    return WavePair(scene, sidecar, places, pix_fmt)


def standing_track(count: int, x: float, y: float, size: tuple[float, float], degrees: float = 0.0) -> F64:
    """f64 [count, 5]: the same place in each frame, to be changed."""
    return np.tile([x, y, *size, degrees], (count, 1))


def inverse(place: Affine) -> Affine:
    """The canvas as a clip sees it that lies there."""
    linear = np.linalg.inv([[place.xx, place.xy], [place.yx, place.yy]])
    left, top = -linear @ [place.left, place.top]
    return Affine(left, top, *linear.ravel())


def psnr(a: F64, b: F64, peak: float) -> float:
    """dB."""
    return float(10 * np.log10(peak**2 / np.mean((a - b) ** 2)))
