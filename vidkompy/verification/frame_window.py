"""A sliding window over the frames of a source clip, with the frames marked that error concealment made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from av.video.frame import VideoFrame

from vidkompy.media.decoding import decode_frames, decode_frames_from
from vidkompy.model import Clip
from vidkompy.verification.picture_distance import Picture

CENTRE = 0  # distance of a window's centre to itself


@dataclass
class _Kept:
    """A frame of the clip and its picture with one of its grades."""

    index: int
    frame: VideoFrame
    grade: int
    picture: Picture


class FrameWindow:
    """Frames around an index. Each is decoded once while the index grows; where it falls, decoding starts anew.

    neighbours   frames either side that are kept
    as_picture   a frame's picture with one of its grades
    damage_reach frames by which a fault may lie off the frame that it harms
    concealed    frames, of those decoded so far, that a decoder's error concealment made up
    """

    def __init__(
        self, clip: Clip, neighbours: int, damage_reach: int, as_picture: Callable[[VideoFrame, int], Picture]
    ):
        self._clip, self._as_picture = clip, as_picture
        self._frames: Iterator[VideoFrame] = decode_frames(clip)
        self._neighbours, self._damage_reach = neighbours, damage_reach
        self._window: deque[_Kept] = deque()
        self._next = 0
        self._is_concealing = False
        self.concealed = set[int]()

    def around(self, centre: int, grade: int = 0) -> dict[int, Picture]:
        """Frames centre - neighbours .. centre + neighbours by their distance to `centre`, as far as there are any."""
        first, last = centre - self._neighbours, centre + self._neighbours
        if centre < (self._window[0].index if self._window else self._next):
            self._next = max(first, 0)
            self._frames = decode_frames_from(self._clip, int(self._clip.pts[self._next]))
            self._window.clear()
        while self._next <= last and (frame := next(self._frames, None)) is not None:
            self._mark_concealed(frame)
            if self._next >= first:
                self._window.append(_Kept(self._next, frame, grade, self._as_picture(frame, grade)))
            self._next += 1
        while self._window and self._window[0].index < first:
            self._window.popleft()
        for kept in self._window:
            if kept.grade != grade:
                kept.grade, kept.picture = grade, self._as_picture(kept.frame, grade)
        return {kept.index - centre: kept.picture for kept in self._window if kept.index <= last}

    def _mark_concealed(self, frame: VideoFrame) -> None:
        """Mark frames as concealed: from a fault to the next keyframe a decoder makes pictures up, and no two decoders
        do so alike.
        """
        clip, n = self._clip, self._next
        if not clip.is_concealed or n >= clip.frames:
            return
        reach = self._damage_reach / clip.frame_rate
        is_near_fault = any(abs(fault.seconds - clip.seconds(n)) <= reach for fault in clip.damage)
        self._is_concealing = is_near_fault or (self._is_concealing and not frame.key_frame)
        if self._is_concealing:
            self.concealed.add(n)
