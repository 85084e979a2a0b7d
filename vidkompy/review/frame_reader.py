"""Any frame of a clip in colour, on demand: frames beside the last one come without another seek."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock

import numpy as np
from av.video.frame import VideoFrame

from vidkompy.errors import MediaError
from vidkompy.media.decoding import decode_frames_from
from vidkompy.model import U8, Clip

BEHIND = 16  # frames before the wanted one that are decoded too: whoever goes back a frame goes back another
AHEAD = 48  # frames further on, up to which decoding on is cheaper than a seek
MAX_KEPT_BYTES = 96 << 20  # of frames in memory: 16 of 1080p


class FrameReader:
    """Reads one clip; calls from several threads wait for each other."""

    def __init__(self, clip: Clip):
        self._clip, self._lock = clip, Lock()
        self._kept: OrderedDict[int, U8] = OrderedDict()
        self._frames: Iterator[VideoFrame] = iter(())
        self._next = clip.frames  # index of the frame that `_frames` yields next

    def frame(self, i: int) -> U8:
        """RGB, u8 [height, width, 3], upright. Raises MediaError where it does not come out as it did before."""
        with self._lock:
            if i not in self._kept:
                self._decode_up_to(i)
            self._kept.move_to_end(i)
            return self._kept[i]

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock, suppress(AttributeError):
            self._frames.close()  # type: ignore[attr-defined]  # a generator's

    def _decode_up_to(self, i: int) -> None:
        if not self._next <= i <= self._next + AHEAD:
            self._next = max(i - BEHIND, 0)
            self._frames = decode_frames_from(self._clip, int(self._clip.pts[self._next]))
        for frame in self._frames:
            at, self._next = self._next, self._next + 1
            if at >= self._clip.frames or frame.pts != self._clip.pts[at]:
                break
            self._keep(at, frame)
            if at == i:
                return
        self._next = self._clip.frames
        raise MediaError(f"frame {i} of '{self._clip.path}' was decoded once but not again; is the file changing?")

    def _keep(self, at: int, frame: VideoFrame) -> None:
        picture = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
        self._kept[at] = np.rot90(picture, self._clip.rotation // 90) if self._clip.rotation else picture
        self._kept.move_to_end(at)
        while len(self._kept) > BEHIND and len(self._kept) * picture.nbytes > MAX_KEPT_BYTES:
            self._kept.popitem(last=False)
